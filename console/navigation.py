"""The sidebar: what staff look after, by what it means to them, and only what who asks may see. And the menu at her name."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.http import HttpRequest
from django.urls import reverse

GROUPS: dict[str, list[tuple[str, str, str]]] = {
    "People": [("accounts.User", "Users", "group")],
    "Machines": [
        ("accounts.ServiceAccount", "Service accounts", "smart_toy"),
        ("tokens.ServiceCredential", "Credentials", "password"),
    ],
    "Access": [
        ("rbac.Role", "Roles", "badge"),
        ("rbac.Group", "Groups", "groups"),
        ("rbac.GroupMembership", "Group members", "group_add"),
        ("rbac.RoleAssignment", "Assignments", "assignment_ind"),
        ("rbac.RoleRequest", "Requests", "how_to_reg"),
        ("rbac.AccessReview", "Reviews", "fact_check"),
        ("rbac.ReviewItem", "Reviewed assignments", "rule"),
        ("rbac.Permission", "Permissions", "key"),
        ("rbac.SeparationOfDuty", "Separations of duty", "call_split"),
    ],
    "Proof": [
        ("tokens.Session", "Sessions", "devices"),
        ("tokens.ApiKey", "API keys", "vpn_key"),
        ("tokens.SigningKey", "Signing keys", "encrypted"),
    ],
    "What happened": [
        ("events.Event", "Events", "history"),
        ("events.Delivery", "Deliveries", "outbox"),
        ("events.OutboxEntry", "Outbox", "pending_actions"),
    ],
    "Machinery": [
        ("django_celery_beat.PeriodicTask", "Schedules", "schedule"),
        ("django_celery_results.TaskResult", "Task results", "task_alt"),
    ],
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    overview = {"title": "Overview", "icon": "dashboard", "link": reverse("admin:index")}
    groups = [{"title": title, "items": _visible(request, pages)} for title, pages in GROUPS.items()]
    return [{"items": [overview]}, *(group for group in groups if group["items"])]


def account(request: HttpRequest) -> list[dict[str, str]]:
    """The menu at her name: what staff find about themselves. The page to sign in has no such menu."""
    if not admin.site.has_permission(request):
        return []
    person: Any = request.user
    password = {"title": "Change password", "link": reverse("admin:password_change")}
    roles = {"title": "Roles in use", "link": reverse("admin:roles_in_use")}
    return [*([password] if person.has_usable_password() else []), roles]


def _visible(request: HttpRequest, pages: list[tuple[str, str, str]]) -> list[dict[str, str]]:
    return [
        {"title": title, "icon": icon, "link": address}
        for label, title, icon in pages
        if (address := address_of(request, label))
    ]


def address_of(request: HttpRequest, label: str) -> str:
    """Where the list of that model is, or "" for who may not see it."""
    try:
        page = admin.site.get_model_admin(apps.get_model(label))
    except NotRegistered:
        return ""
    if not page.has_view_permission(request):
        return ""
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
