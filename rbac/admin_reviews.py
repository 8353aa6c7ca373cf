"""Staff's view of access reviews: begun on a form, decided item by item or in bulk."""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db.models import BooleanField, Case, Model, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from common.admin import HouseAdmin, MarkedRefusals, actor_of
from common.http.places import home_of, places_of
from common.places import lying_in
from rbac.admin_deciding import ReviewForm, note_of, note_page, tell
from rbac.models import AccessReview, ReviewItem, Verdict
from rbac.models.assignments import HOLDERS
from rbac.services import reviews, verdicts

SEES = "access_review:view"


@admin.register(AccessReview)
class AccessReviewAdmin(HouseAdmin):
    """Begun, and closed by the clock; never edited."""

    allows: ClassVar = frozenset({"add"})
    form = ReviewForm
    list_display = ("title", "scope", "role", "due_at", "on_silence", "closed_at")
    list_select_related = ("role",)
    list_filter = (("closed_at", admin.EmptyFieldListFilter),)
    link_filters = ("role__id__exact",)
    search_fields = ("=id",)
    autocomplete_fields = ("role",)
    fields = ("title", "scope", "role", "due_at", "on_silence")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.fields, "progress", "created_by", "created_at", "closed_at") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_fields(request, obj) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"scope": home_of(request, reviews.BEGINS), **super().get_changeform_initial_data(request)}

    @admin.display(description="progress")
    def progress(self, review: AccessReview) -> str:
        found: Any = AccessReview.objects.with_progress().get(pk=review.pk)
        return f"{found.kept} kept, {found.removed} removed, {found.undecided} undecided, {found.total} in all"

    def save_through_service(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Model | None:
        return reviews.begin(**form.cleaned_data, actor=actor_of(request), at=timezone.now())


@admin.register(ReviewItem)
class ReviewItemAdmin(MarkedRefusals):
    """What a review asks. Its reviewer sees it, and whoever sees the review or may end the assignment."""

    list_display = ("holder", "role", "scope", "reviewer", "verdict", "review")
    list_filter = ("verdict",)
    link_filters = ("review__id__exact", "reviewer__id__exact")
    search_fields = ("=id",)
    fields = readonly_fields = ("review", "holder", "role", "scope", "reviewer", "verdict", "note", "decided_at")
    actions = ("keep", "remove")

    def holds(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        """It has no permissions of its own: whom it concerns is said by its rows."""
        if action != "view" or not isinstance(request.user, User):
            return False
        found = getattr(obj, "pk", obj)
        if found:
            return _known_to(request).filter(pk=found).exists()
        return bool(places_of(request, SEES) or places_of(request, verdicts.ENDS)) or _is_asked(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReviewItem]:
        rows = _telling_holders(request, _known_to(request)).select_related("review", "assignment__role", "reviewer")
        return rows.order_by(*self.get_ordering(request))

    def applies(self, action: str, obj: ReviewItem) -> bool:
        return not obj.verdict

    @admin.display(description="holder")
    def holder(self, item: Any) -> str:
        holder = item.assignment.holder
        return str(holder if item.is_holder_known else holder.pk)

    @admin.display(description="role")
    def role(self, item: ReviewItem) -> str:
        return item.assignment.role.name

    @admin.display(description="scope")
    def scope(self, item: ReviewItem) -> str:
        return item.assignment.scope

    @admin.action(description="Keep", permissions=["view"])
    def keep(self, request: HttpRequest, chosen: QuerySet[ReviewItem]) -> HttpResponse | None:
        return self._decide(request, chosen, Verdict.KEEP, "{} of {} assignments are kept")

    @admin.action(description="Remove", permissions=["view"])
    def remove(self, request: HttpRequest, chosen: QuerySet[ReviewItem]) -> HttpResponse | None:
        return self._decide(request, chosen, Verdict.REMOVE, "{} of {} assignments have been ended")

    def _decide(
        self, request: HttpRequest, chosen: QuerySet[ReviewItem], verdict: Verdict, words: str
    ) -> HttpResponse | None:
        note = note_of(request)
        if note is None:
            lines = chosen.select_related("assignment__role")
            return note_page(self, request, lines, action=verdict.value, title=str(verdict.label))
        actor, at = actor_of(request), timezone.now()
        outcomes = [verdicts.decide(item, verdict, note=note, actor=actor, at=at) for item in chosen]
        tell(self, request, outcomes, words)
        return None


def _is_asked(request: HttpRequest) -> bool:
    """Whether a review ever asked her. Looked up once for a page, whose menu wants to know too."""
    remembered = request.__dict__
    if "is_asked_by_reviews" not in remembered:
        remembered["is_asked_by_reviews"] = ReviewItem.objects.filter(reviewer=request.user.pk).exists()
    return bool(remembered["is_asked_by_reviews"])


def _known_to(request: HttpRequest) -> QuerySet[ReviewItem]:
    sees, ends = places_of(request, SEES), places_of(request, verdicts.ENDS)
    return ReviewItem.objects.known_to(cast("User", request.user).pk, sees=sees, ends=ends)


def _telling_holders(request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
    """As for assignments: by name only where staff may know of him, or are asked about him."""
    known = Q(reviewer=request.user.pk)
    for field in HOLDERS:
        lies = lying_in(places_of(request, f"{field}:view"), field=f"assignment__{field}__scope")
        known |= Q(**{f"assignment__{field}__isnull": False}) & lies
    named = Case(When(known, then=True), default=False, output_field=BooleanField())
    with_holders: QuerySet[Any] = rows.select_related(*(f"assignment__{field}" for field in HOLDERS))
    told: QuerySet[Any] = with_holders.annotate(is_holder_known=named)
    return told
