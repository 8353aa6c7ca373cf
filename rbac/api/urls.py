"""Below /api/v1/."""

from django.urls import path

from rbac.api import views

urlpatterns = [
    path("permissions/", views.Permissions.as_view(), name="permission-list"),
    path("permissions/<uuid:permission_id>/", views.OnePermission.as_view(), name="permission-detail"),
    path("roles/", views.Roles.as_view(), name="role-list"),
    path("roles/<uuid:role_id>/", views.OneRole.as_view(), name="role-detail"),
    path("roles/<uuid:role_id>/effective-permissions/", views.RolePermissions.as_view(), name="role-permissions"),
    path("roles/<uuid:role_id>/members/", views.RoleMembers.as_view(), name="role-members"),
    path("role-assignments/", views.Assignments.as_view(), name="role-assignment-list"),
    path("role-assignments/<uuid:assignment_id>/", views.OneAssignment.as_view(), name="role-assignment-detail"),
    path("me/permissions/", views.OwnPermissions.as_view(), name="own-permissions"),
]
