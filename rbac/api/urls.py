"""Below /api/v1/."""

from django.urls import path

from rbac.api import assignments, groups, me, permissions, roles, separation

urlpatterns = [
    path("permissions/", permissions.Permissions.as_view(), name="permission-list"),
    path("permissions/<uuid:permission_id>/", permissions.OnePermission.as_view(), name="permission-detail"),
    path("roles/", roles.Roles.as_view(), name="role-list"),
    path("roles/<uuid:role_id>/", roles.OneRole.as_view(), name="role-detail"),
    path("roles/<uuid:role_id>/effective-permissions/", roles.RolePermissions.as_view(), name="role-permissions"),
    path("roles/<uuid:role_id>/members/", roles.RoleMembers.as_view(), name="role-members"),
    path("role-assignments/", assignments.Assignments.as_view(), name="role-assignment-list"),
    path("role-assignments/<uuid:assignment_id>/", assignments.OneAssignment.as_view(), name="role-assignment-detail"),
    path("groups/", groups.Groups.as_view(), name="group-list"),
    path("groups/<uuid:group_id>/", groups.OneGroup.as_view(), name="group-detail"),
    path("groups/<uuid:group_id>/members/", groups.GroupMembers.as_view(), name="group-members"),
    path("groups/<uuid:group_id>/members/<uuid:user_id>/", groups.OneGroupMember.as_view(), name="group-member"),
    path("separation-of-duty/", separation.Separations.as_view(), name="separation-list"),
    path("separation-of-duty/<uuid:separation_id>/", separation.OneSeparation.as_view(), name="separation-detail"),
    path("me/permissions/", me.OwnPermissions.as_view(), name="own-permissions"),
]
