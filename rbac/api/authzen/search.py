"""Who may, where may she, what may she: the three searches. Each result, asked as a question, is a yes."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rbac.api.authzen import documents, forms, pages
from rbac.api.authzen.asking import Asker
from rbac.api.authzen.frame import AuthZenView
from rbac.selectors import searches


class SubjectSearch(AuthZenView):
    """Takes `decision:evaluate`. People or machines, by `subject.type`; of any other type there is nobody."""

    @extend_schema(request=documents.SubjectSearch, responses={200: documents.SubjectsFound, **documents.REFUSED})
    def post(self, request: Request) -> Response:
        kind, permission, scope = forms.who_may(request.data)
        Asker(request).demand_a_place(scope)
        page = pages.page_of(request.data, search="subject")
        found = searches.subjects(kind, permission, scope=scope, window=page.window, at=timezone.now())
        return Response(page.answer(found, [{"type": kind, "id": key} for key in found.keys]))


class ResourceSearch(AuthZenView):
    """We keep no resources, only the scopes at which they lie: the `id` of a result is a topmost scope at which she may.

    It stands for every resource there and below. Its `properties.scope` is the same, so that it can be asked about as it is;
    `resource.properties.scope` of the request narrows the search to what lies there.
    """

    @extend_schema(request=documents.ResourceSearch, responses={200: documents.ResourcesFound, **documents.REFUSED})
    def post(self, request: Request) -> Response:
        asked, asker = forms.where_may(request.data), Asker(request)
        asker.demand(asked.kind, asked.subject_id, asked.scope)
        page, holder = pages.page_of(request.data, search="resource"), asker.subject(asked.kind, asked.subject_id)
        found = searches.places(holder, asked.permission, within=asked.scope, window=page.window, at=timezone.now())
        type_ = asked.resource_type
        return Response(
            page.answer(found, [{"type": type_, "id": key, "properties": {"scope": key}} for key in found.keys])
        )


class ActionSearch(AuthZenView):
    """Of the permissions declared for `resource.type`, those that she holds at the scope, without the type before them."""

    @extend_schema(request=documents.ActionSearch, responses={200: documents.ActionsFound, **documents.REFUSED})
    def post(self, request: Request) -> Response:
        asked, asker = forms.what_may(request.data), Asker(request)
        asker.demand(asked.kind, asked.subject_id, asked.scope)
        page, holder = pages.page_of(request.data, search="action"), asker.subject(asked.kind, asked.subject_id)
        found = searches.actions(holder, asked.resource_type, scope=asked.scope, window=page.window, at=timezone.now())
        return Response(page.answer(found, [{"name": key.partition(":")[2]} for key in found.keys]))
