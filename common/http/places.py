"""Views of what lies at places: who calls sees, and touches, what lies where she holds the permission for it."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.http import HttpRequest
from rest_framework.fields import Field
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

from common import scopes
from common.errors import NotFound
from common.forms import ScopeField
from common.http.permissions import demand, need_of
from common.http.views import ApiView
from common.places import PlacedQuerySet, Row
from common.scopes import Place


class PlacedView(ApiView):
    """What it `needs` may be held anywhere; which rows that opens is asked of each.

    `shows` is the permission to look at such a row. Whoever may do what the operation needs knows of the row, too; to all
    others it is not there.
    """

    is_placed: ClassVar[bool] = True
    shows: ClassVar[str]

    def known(self, request: Request, rows: PlacedQuerySet[Row]) -> PlacedQuerySet[Row]:
        """Those of the rows of which the caller may know."""
        names = {self.shows, need_of(self, request.method) or self.shows}
        return rows.within([place for name in names for place in places_of(request, name)])

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.admit(request)

    def admit(self, request: Request) -> None:
        """Refuse, of what makes something new, before anything is done, or told again under its Idempotency-Key."""

    def one(self, request: Request, rows: PlacedQuerySet[Row], row_id: UUID) -> Row:
        """The row of that id, to which the caller may do what the operation needs."""
        found = self.known(request, rows).filter(pk=row_id).first()
        if found is None:
            raise NotFound
        self.check(request, need_of(self, request.method) or self.shows, self.guarded(found))
        return found

    def read(self, request: Request, form: type[BaseSerializer[Any]]) -> Any:
        """As any view reads, with fields that may ask who calls."""
        asked = form(data=request.data, context={"request": request, "view": self})
        asked.is_valid(raise_exception=True)
        return asked.validated_data

    def guarded(self, row: Any) -> object:
        """Whose place and rank guard the row."""
        return row


class Known:
    """Of a field for a row at a place: one of which the caller may not know does not exist for her.

    She knows of it where she holds `shows` or what the operation needs.
    """

    requires_context = True

    def __init__(self, shows: str) -> None:
        self.shows = shows

    def __call__(self, row: Any, field: Field[Any, Any, Any, Any]) -> None:
        request, view = field.context["request"], field.context["view"]
        names = (self.shows, need_of(view, request.method) or self.shows)
        if not any(request.user.has_perm(name, Place(row.scope)) for name in names):
            field.fail("does_not_exist", pk_value=row.pk)


class WithinFilter(django_filters.CharFilter):  # type: ignore[misc]  # django-filter is untyped
    """What lies at that scope or below it."""

    field_class = ScopeField

    def filter(self, rows: PlacedQuerySet[Any], value: str) -> PlacedQuerySet[Any]:
        return rows.within([value]) if value else rows


def places_of(request: Request | HttpRequest, permission: str) -> tuple[str, ...]:
    """The topmost places at which the caller holds the permission; none for strangers."""
    user: Any = request.user
    found: tuple[str, ...] = user.places_of(permission) if user.is_authenticated else ()
    return found


def asked_scope(request: Request) -> str | None:
    """The `scope` in the body, before that is read as a whole; whatever is no text is left for that to refuse."""
    said = request.data.get("scope") if isinstance(request.data, Mapping) else None
    return said if isinstance(said, str) else None


def home_for(request: Request | HttpRequest, permission: str, asked: str | None = None) -> str:
    """Where to make something new: where it was asked for, else where `home_of` says.

    Refused unless the caller holds the permission there.
    """
    scope = scopes.checked(asked or home_of(request, permission))
    demand(request, permission, Place(scope))
    return scope


def new_home(request: Request | HttpRequest, permission: str, present: str, asked: str) -> str:
    """Where it is at home from now on. To be moved takes the permission there, too."""
    return home_for(request, permission, asked) if asked not in {"", present} else present


def home_of(request: Request | HttpRequest, permission: str) -> str:
    """The one place where the caller may, or `/`."""
    places = places_of(request, permission)
    return places[0] if len(places) == 1 else scopes.ROOT
