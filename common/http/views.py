"""What every view of the API is: closed unless it says who may call, strict in what it takes, a problem where it refuses."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import FilterSet
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from common import text
from common.errors import DomainError, FieldError, NotFound, Refused, VersionMismatch
from common.http import problems, rates
from common.http.etags import etag_of, expected_version
from common.http.filters import any_of, errors_of
from common.http.negotiation import Negotiation
from common.http.pagination import page_of
from common.http.parsers import StrictJSONParser
from common.http.permissions import PUBLIC, HoldsWhatIsNeeded, demand, need_of
from common.http.serializers import kept
from common.throttle import Limit


def answer(data: Any = None, *, status: int = 200, version: int | None = None) -> Response:
    """An answer; with a `version`, the resource's ETag goes with it."""
    headers = {} if version is None else {"ETag": etag_of(version)}
    return Response(data, status=status, headers=headers)


class InvalidParameter(DomainError):
    code = "invalid_parameter"
    title = "A query parameter is not valid"


class UnknownParameter(DomainError):
    code = "unknown_parameter"
    title = "There is no such query parameter"


class ApiView(APIView):
    """`needs` names for each method the permission it takes, `SELF` or `PUBLIC`; a method that is not there is refused.

    `limits` are narrower than the limit that all share. `refusals` are statuses beside those that OpenAPI is told of
    anyway (a sign-in's 401). Where `is_versioned` is off there is no ETag, and so no `If-Match` that could hold.
    `open_to_keys`: what needs `SELF` is answered to machines and API keys too, and not only to a person who has signed in.
    """

    needs: ClassVar[Mapping[str, str]] = {}
    limits: ClassVar[Mapping[str, Limit]] = {}
    refusals: ClassVar[frozenset[int]] = frozenset()
    is_versioned: ClassVar[bool] = True
    open_to_keys: ClassVar[bool] = False
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    permission_classes = [HoldsWhatIsNeeded]
    renderer_classes = [JSONRenderer]
    parser_classes = [StrictJSONParser]
    content_negotiation_class = Negotiation

    def get_authenticators(self) -> list[BaseAuthentication]:
        # A client that sends its dead token along when it signs in again must not be refused for it.
        # (The schema asks, too, without a request.)
        request: Request | None = self.request
        if request is not None and need_of(self, request.method) == PUBLIC:
            return []
        return super().get_authenticators()

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return problems.exception_handler

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        name = (request.method or "").lower()
        if name not in self.http_method_names or not hasattr(self, name):
            raise MethodNotAllowed(request.method or "")
        _refuse_unstorable(request, kwargs)
        super().initial(request, *args, **kwargs)
        if not self.is_versioned and expected_version(request) is not None:
            raise VersionMismatch

    def check_throttles(self, request: Request) -> None:
        narrower = self.limits.get(request.method or "")
        budgets = rates.spend_all(request, [rates.default_limit(), *([narrower] if narrower else [])])
        self.headers.update(rates.headers(budgets))  # DRF puts them on the answer, whatever it will be
        rates.refuse_spent(budgets)

    def read(self, request: Request, form: type[BaseSerializer[Any]]) -> Any:
        """The body as `form` understands it; what it cannot take is refused, field by field."""
        try:
            return kept(form).run_validation(request.data)
        except ValidationError:
            # Once more, for the words: a form of its own tells them as DRF does.
            asked = form(data=request.data)
            asked.is_valid(raise_exception=True)
            return asked.validated_data

    def told(self, refused: Refused) -> Response:
        """The refusal as the problem that it is, without raising it: the mark that it left must be committed."""
        return self.handle_exception(refused.error)

    def check(self, request: Request, permission: str, obj: object = None) -> None:
        """Go on only if the caller holds `permission` for `obj`."""
        demand(request, permission, obj)


def _refuse_unstorable(request: Request, kwargs: Mapping[str, Any]) -> None:
    if any(isinstance(value, str) and text.unstorable(value) for value in kwargs.values()):
        raise NotFound
    for name, values in request.query_params.lists() if request.META.get("QUERY_STRING") else ():
        flaw = text.unstorable("".join([name, *values]))
        if flaw:
            raise InvalidParameter(f"The query contains {flaw}.")


class ListView(ApiView):
    """A list in cursor pages. Query parameters that it does not know are refused: a typo must not list everything."""

    output: ClassVar[type[BaseSerializer[Any]]]
    filterset_class: ClassVar[type[FilterSet] | None] = None
    search_fields: ClassVar[Sequence[str]] = ()
    ordering_fields: ClassVar[Sequence[str]] = ()
    ordering: ClassVar[str] = "-id"
    longest_search: ClassVar[int] = 200
    most_words: ClassVar[int] = 8

    def rows(self, request: Request) -> QuerySet[Any]:
        """All that the caller may see."""
        raise NotImplementedError

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        del args, kwargs
        self._refuse_unknown(request.query_params)
        rows = self._searched(self._filtered(self.rows(request), request), request)
        page = page_of(rows, ordering=[self._order(request)], request=request)
        results = self.output(page.rows, many=True, context={"request": request, "view": self}).data
        return Response({"next": page.next, "previous": page.previous, "results": results})

    def _refuse_unknown(self, query: Mapping[str, Any]) -> None:
        known = {"cursor", "page_size", *(self.filterset_class.base_filters if self.filterset_class else ())}
        known |= {"search"} if self.search_fields else set()
        known |= {"ordering"} if self.ordering_fields else set()
        unknown = sorted(set(query) - known)
        if unknown:
            errors = [FieldError(name, "unknown_parameter", "There is no such parameter.") for name in unknown]
            raise UnknownParameter(f"This list takes: {', '.join(sorted(known))}.", errors=errors)

    def _filtered(self, rows: QuerySet[Any], request: Request) -> QuerySet[Any]:
        if self.filterset_class is None:
            return rows
        wanted = self.filterset_class(request.query_params, queryset=rows, request=request)
        if not wanted.is_valid():
            raise InvalidParameter(errors=list(errors_of(wanted)))
        found: QuerySet[Any] = wanted.qs
        return found

    def _searched(self, rows: QuerySet[Any], request: Request) -> QuerySet[Any]:
        said = request.query_params.get("search", "").strip()
        return self.search(rows, said) if said else rows

    def search(self, rows: QuerySet[Any], said: str) -> QuerySet[Any]:
        """Rows in which each word of `said` is found in one of `search_fields` (a lookup may follow: `email__startswith`)."""
        words = said.split()
        if len(said) > self.longest_search or len(words) > self.most_words:
            raise InvalidParameter("The search is too long.", errors=[FieldError("search", "too_long", "Too long.")])
        for word in words:
            rows = rows.filter(any_of(self.search_fields, word))
        return rows

    def _order(self, request: Request) -> str:
        wanted = request.query_params.get("ordering", self.ordering)
        if wanted != self.ordering and wanted.removeprefix("-") not in self.ordering_fields:
            known = f"One of: {', '.join(self.ordering_fields)}; with - for falling."
            raise InvalidParameter(known, errors=[FieldError("ordering", "invalid_choice", known)])
        return wanted
