"""Before a role is saved: who would gain and who would lose. The page carries all that was typed, and the role's version."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.models import ServiceAccount, User
from common.admin import HouseAdmin
from common.http.places import places_of
from rbac.models import Role
from rbac.policy_files.effects import Effect
from rbac.services.previews import Preview

CONFIRMED = "_confirmed"
MOST_LISTED = 50
MOST_PATTERNS = 20
MACHINE = "service_account "


class Touched(NamedTuple):
    """Somebody, and what he gains or loses, in words."""

    name: str
    what: list[str]


class Side(NamedTuple):
    """Those who gain, or those who lose: all counted, the first listed."""

    verb: str
    tone: str
    total: int
    listed: list[Touched]

    @property
    def unlisted(self) -> int:
        return self.total - len(self.listed)


def page_of(page: HouseAdmin, request: HttpRequest, role: Role, preview: Preview) -> HttpResponse:
    said = [(name, value) for name, values in request.POST.lists() for value in values]
    context = {
        **page.admin_site.each_context(request),
        "title": f"What would change with {role.name}",
        "opts": page.opts,
        "role": role,
        "sides": [_side(request, preview, is_gain=True), _side(request, preview, is_gain=False)],
        "left_out": preview.left_out,
        "said": [(name, value) for name, value in said if name not in {"csrfmiddlewaretoken", CONFIRMED}],
        "confirmed": CONFIRMED,
    }
    return TemplateResponse(request, "rbac/preview.html", context)


def _side(request: HttpRequest, preview: Preview, *, is_gain: bool) -> Side:
    by_name: dict[str, list[Effect]] = defaultdict(list)
    for effect in preview.effects:
        for name in effect.who if effect.is_gain == is_gain else ():
            by_name[name].append(effect)
    names = sorted(by_name)[:MOST_LISTED]
    known = _known(request, names)
    listed = [Touched(name if name in known else "somebody elsewhere", _words(by_name[name])) for name in names]
    return Side("gain" if is_gain else "lose", "gain" if is_gain else "loss", len(by_name), listed)


def _known(request: HttpRequest, names: Iterable[str]) -> set[str]:
    """Those of whom the viewer may know."""
    names = list(names)
    people = User.objects.within(places_of(request, "user:view")).filter(email__in=names)
    called = [name.removeprefix(MACHINE) for name in names if name.startswith(MACHINE)]
    machines = ServiceAccount.objects.within(places_of(request, "service_account:view")).filter(name__in=called)
    named = {f"{MACHINE}{name}" for name in machines.values_list("name", flat=True)}
    return named.union(people.values_list("email", flat=True))


def _words(effects: Iterable[Effect]) -> list[str]:
    return [f"{_listed(effect.patterns)} at {effect.scope}, by the role {effect.role}" for effect in effects]


def _listed(patterns: tuple[str, ...]) -> str:
    more = len(patterns) - MOST_PATTERNS
    return ", ".join(patterns[:MOST_PATTERNS]) + (f" and {more} more" if more > 0 else "")
