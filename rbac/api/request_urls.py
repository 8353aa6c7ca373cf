"""Below /api/v1/: roles asked for, and reviews of those that people have."""

from django.urls import path

from rbac.api import requests, reviews

urlpatterns = [
    path("role-requests/", requests.RoleRequests.as_view(), name="role-request-list"),
    path("role-requests/break-glass/", requests.GlassBreaking.as_view(), name="role-request-break-glass"),
    path("role-requests/extend/", requests.ExtensionByLink.as_view(), name="role-request-extend"),
    path("role-requests/<uuid:request_id>/", requests.OneRoleRequest.as_view(), name="role-request-detail"),
    path("role-requests/<uuid:request_id>/approve/", requests.Approval.as_view(), name="role-request-approve"),
    path("role-requests/<uuid:request_id>/deny/", requests.Denial.as_view(), name="role-request-deny"),
    path("role-requests/<uuid:request_id>/withdraw/", requests.Withdrawal.as_view(), name="role-request-withdraw"),
    path("access-reviews/", reviews.AccessReviews.as_view(), name="access-review-list"),
    path("access-reviews/<uuid:review_id>/", reviews.OneAccessReview.as_view(), name="access-review-detail"),
    path("access-reviews/<uuid:review_id>/items/", reviews.ReviewItems.as_view(), name="review-item-list"),
    path(
        "access-reviews/<uuid:review_id>/items/<uuid:item_id>/decide/",
        reviews.ItemVerdict.as_view(),
        name="review-item-decide",
    ),
]
