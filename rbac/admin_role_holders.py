"""Who holds a role and how, for staff: page by page, and only what is given at places where they may see it."""

from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from accounts.models import ServiceAccount, User
from common.admin import HouseAdmin, contribute_section
from common.admin_sections import Section
from common.http.places import places_of
from rbac.models import Group, Role, RoleAssignment
from rbac.selectors.role_holders import Grip, Sight, holders_of
from rbac.selectors.searches import Window

AT_ONCE = 50
# On the role's own page, where more is told.
FIRST = 20


class Line(NamedTuple):
    """`address` is empty where the holder is nobody of whom the viewer may know."""

    name: str
    address: str
    how: str
    grip: Grip


def holders(request: HttpRequest, role: Role) -> Section | None:
    if not places_of(request, "role_assignment:view"):
        return None
    address = f"{reverse('admin:rbac_roleassignment_changelist')}?role__id__exact={role.pk}"
    told = {"role": role, **_page(request, role, Window(FIRST, ""))}
    return Section("Who holds it now", "rbac/holders.html", told, "All its assignments", address)


def whole(page: HouseAdmin, request: HttpRequest, role_id: UUID) -> HttpResponse:
    role = Role.objects.filter(pk=role_id).first()
    if not page.has_view_permission(request, role) or not places_of(request, "role_assignment:view"):
        raise PermissionDenied
    if role is None:
        raise Http404
    context = {
        **page.admin_site.each_context(request),
        "title": f"Who holds {role.name}",
        "opts": page.opts,
        "told": {"role": role, **_page(request, role, Window(AT_ONCE, _after(request)))},
    }
    return TemplateResponse(request, "rbac/all_holders.html", context)


def _after(request: HttpRequest) -> str:
    try:
        return str(UUID(request.GET.get("after", "")))
    except ValueError:
        return ""


def _page(request: HttpRequest, role: Role, window: Window) -> dict[str, Any]:
    sight = Sight(
        RoleAssignment.objects.within(places_of(request, "role_assignment:view")),
        Group.objects.within(places_of(request, "group:view")),
    )
    found = holders_of(role, sight=sight, window=window, at=timezone.now())
    names = _names(request, {grip.holder for grip in found.found})
    return {"lines": [_line(grip, names) for grip in found.found], "last": found.last}


def _line(grip: Grip, names: dict[UUID, tuple[str, str]]) -> Line:
    name, address = names.get(grip.holder, (str(grip.holder), ""))
    through = f"through the group {grip.group.name}" if grip.group and grip.holder != grip.group.pk else "directly"
    kind = "a group" if grip.group and grip.holder == grip.group.pk else through
    above = f"by the role {' > '.join(grip.path)}" if len(grip.path) > 1 else ""
    return Line(name, address, ", ".join(filter(None, (kind, above))), grip)


def _names(request: HttpRequest, ids: set[UUID]) -> dict[UUID, tuple[str, str]]:
    """Of those of whom the viewer may know: what they are called, and where their pages are."""
    found: dict[UUID, tuple[str, str]] = {}
    for model, noun in ((User, "user"), (ServiceAccount, "service_account")):
        rows: Any = model.objects.within(places_of(request, f"{noun}:view")).filter(pk__in=ids)
        page = f"admin:accounts_{model._meta.model_name}_change"  # noqa: SLF001  Django's documented door
        found |= {row.pk: (str(row), reverse(page, args=[row.pk])) for row in rows}
    return found


contribute_section("rbac.Role", holders)
