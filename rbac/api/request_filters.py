"""By what the lists of requests and reviews can be narrowed."""

import django_filters
from django.utils import timezone

from common.http.filters import TruthFilter
from common.http.places import WithinFilter
from rbac import selectors
from rbac.api.filters import FoundFilter
from rbac.models import RequestState, ReviewItemQuerySet, RoleRequestQuerySet, Verdict


class RoleRequestFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`mine`: what the caller asked for. `state` is by the clock. `role` by id or by name."""

    mine = TruthFilter(method="of_the_caller")
    state = django_filters.ChoiceFilter(choices=RequestState.choices, method="in_state")
    role = FoundFilter(selectors.role_called)
    requester = django_filters.UUIDFilter(field_name="requester_id")
    scope = django_filters.CharFilter()
    within = WithinFilter()

    def of_the_caller(self, rows: RoleRequestQuerySet, name: str, value: bool) -> RoleRequestQuerySet:
        del name
        me = self.request.user.pk
        return rows.filter(requester=me) if value else rows.exclude(requester=me)

    def in_state(self, rows: RoleRequestQuerySet, name: str, value: str) -> RoleRequestQuerySet:
        del name
        now = timezone.now()
        if value == RequestState.PENDING:
            return rows.pending(at=now)
        return rows.overtaken(at=now) if value == RequestState.LAPSED else rows.filter(state=value)


class AccessReviewFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    open = TruthFilter(field_name="closed_at", lookup_expr="isnull")
    role = FoundFilter(selectors.role_called)
    scope = django_filters.CharFilter()
    within = WithinFilter()


class ReviewItemFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`mine`: those that the caller is asked about."""

    mine = TruthFilter(method="asked_of_the_caller")
    reviewer = django_filters.UUIDFilter(field_name="reviewer_id")
    verdict = django_filters.ChoiceFilter(choices=Verdict.choices)
    decided = TruthFilter(field_name="decided_at", lookup_expr="isnull", exclude=True)

    def asked_of_the_caller(self, rows: ReviewItemQuerySet, name: str, value: bool) -> ReviewItemQuerySet:
        del name
        me = self.request.user.pk
        return rows.filter(reviewer=me) if value else rows.exclude(reviewer=me)
