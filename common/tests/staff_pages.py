"""A small admin on somebody else's tables, through which the tests look at HouseAdmin from outside."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.backends import BaseBackend
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import path
from django_celery_beat.models import ClockedSchedule, IntervalSchedule, PeriodicTask
from unfold.sites import UnfoldAdminSite

from accounts.models import User
from common.admin import HouseAdmin, HouseInline, contribute_action, contribute_inline
from common.errors import Conflict, FieldError, Invalid

site = UnfoldAdminSite(name="admin")


class Granted(BaseBackend):
    """Stands where rbac stands. `granted` is what everybody may do; nobody but a superuser may touch what is `out_of_reach`."""

    granted: ClassVar[set[str]] = set()
    out_of_reach: ClassVar[set[object]] = set()

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id).first()

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        known = perm.partition(".")[2] in self.granted
        return user_obj.is_superuser or (known and getattr(obj, "pk", None) not in self.out_of_reach)


class TaskInline(HouseInline):
    model = PeriodicTask
    fields = ("name",)


@admin.register(PeriodicTask, site=site)
class TaskAdmin(HouseAdmin):
    """Opts in to nothing but one action."""

    list_display = ("name", "task", "enabled")
    list_filter = ("enabled",)
    link_filters = ("queue",)
    sortable_by = ("name",)
    search_fields = ("^name", "=id")
    fields = ("name", "task", "enabled")
    actions = ("disable",)

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, tasks: QuerySet[PeriodicTask]) -> None:
        tasks.update(enabled=False)
        if tasks.filter(name="kept").exists():
            raise Conflict("The task named kept stays.")


@admin.register(IntervalSchedule, site=site)
class IntervalAdmin(HouseAdmin):
    """Opts in to everything, and has a service that refuses what is above 99."""

    allows: ClassVar = frozenset({"add", "change", "delete"})
    fields = ("every", "period")
    sweeping = frozenset({"make_weekly"})

    def save_through_service(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Model:
        made = IntervalSchedule.objects.get(pk=obj.pk) if change else IntervalSchedule()
        made.every, made.period = form.cleaned_data["every"], form.cleaned_data["period"]
        made.save()
        if made.every > 99:
            raise Invalid(errors=[FieldError("every", "too_long", "At most 99.")])
        return made  # type: ignore[no-any-return]  # beat's models have no types

    def delete_through_service(self, request: HttpRequest, obj: Any) -> None:
        if obj.every == 1:
            raise Conflict("The smallest interval stays.")
        obj.delete()


@admin.register(ClockedSchedule, site=site)
class ClockedAdmin(HouseAdmin):
    """Opts in, and forgets the services."""

    allows: ClassVar = frozenset({"add", "delete"})
    fields = ("clocked_time",)


@admin.action(description="Make weekly", permissions=["change"])
def make_weekly(page: HouseAdmin, request: HttpRequest, rows: QuerySet[Any]) -> None:
    rows.update(every=7)


contribute_action("django_celery_beat.IntervalSchedule", make_weekly)
contribute_inline("django_celery_beat.IntervalSchedule", TaskInline)
urlpatterns = [path("admin/", site.urls)]
