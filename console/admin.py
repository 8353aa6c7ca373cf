"""Staff's view of the machinery: what runs by the clock, and how tasks ended."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_results.models import TaskResult
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from common.admin import HouseAdmin, actor_of
from console import task_arguments
from console.services import schedules


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    every = forms.IntegerField(required=False, min_value=1, widget=UnfoldAdminIntegerFieldWidget)
    period = forms.ChoiceField(
        required=False, choices=[(period, period) for period in schedules.SECONDS], widget=UnfoldAdminSelectWidget
    )
    cron = forms.CharField(
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text="Instead of the two above: minute, hour, day of month, month, day of week, in UTC. 10 3 * * * is 03:10.",
    )

    class Meta:
        model = PeriodicTask
        fields = ("enabled",)
        help_texts: ClassVar = {"enabled": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.interval:
            self.initial["every"] = self.instance.interval.every
            self.initial["period"] = self.instance.interval.period
        else:
            self.initial["cron"] = schedules.expression_of(self.instance)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if bool(cleaned.get("every")) == bool(cleaned.get("cron")) and not self.errors:
            raise forms.ValidationError("Give either the time between two runs or a cron expression.")
        return cleaned

    def runs(self) -> schedules.Every | schedules.Cron:
        chosen = self.cleaned_data
        if chosen["cron"]:
            return schedules.Cron(chosen["cron"])
        return schedules.Every(chosen["every"], chosen["period"])


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(HouseAdmin):
    allows: ClassVar = frozenset({"change"})
    form = ScheduleForm
    list_display = ("name", "runs", "enabled", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    list_select_related = ("interval", "crontab")
    search_fields = ("^name", "^task")
    ordering = ("name",)
    sortable_by = ("name",)
    fieldsets = (
        (None, {"fields": ("purpose", "calls", "enabled")}),
        ("When it runs", {"fields": (("every", "period"), "cron")}),
        ("So far", {"fields": ("so_far",)}),
    )
    readonly_fields = ("purpose", "calls", "so_far")
    actions = ("run_now", "enable", "disable")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if self.has_change_permission(request, obj):
            return self.fieldsets
        return ((None, {"fields": (*self.readonly_fields, "enabled", "runs")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, *(() if self.has_change_permission(request, obj) else ("runs",)))

    def applies(self, action: str, obj: PeriodicTask) -> bool:
        fits: dict[str, bool] = {"enable": not obj.enabled, "disable": obj.enabled}
        return fits.get(action, True)

    def subject_id(self, obj: PeriodicTask) -> str:
        return str(schedules.subject_id_of(obj))

    @admin.display(description="purpose")
    def purpose(self, task: PeriodicTask) -> str:
        return str(task.description or task.name)

    @admin.display(description="calls")
    def calls(self, task: PeriodicTask) -> str:
        return f"{task.task} on the queue {task.queue or 'default'}"

    @admin.display(description="runs")
    def so_far(self, task: PeriodicTask) -> str:
        last = f", last at {task.last_run_at:%Y-%m-%d %H:%M:%S}" if task.last_run_at else ""
        return f"{task.total_run_count}{last}"

    @admin.display(description="runs")
    def runs(self, task: PeriodicTask) -> str:
        return f"every {schedules.expression_of(task)}" if task.interval else schedules.expression_of(task)

    def save_through_service(self, request: HttpRequest, obj: PeriodicTask, form: Any, change: bool) -> None:
        schedules.change(
            obj, enabled=form.cleaned_data["enabled"], runs=form.runs(), actor=actor_of(request), at=timezone.now()
        )

    @admin.action(description="Run now", permissions=["change"])
    def run_now(self, request: HttpRequest, tasks: QuerySet[PeriodicTask]) -> None:
        for task in tasks:
            schedules.run_now(task, actor=actor_of(request), at=timezone.now())
        self.message_user(request, "Sent to the workers. The result appears under Task results.")

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, tasks: QuerySet[PeriodicTask]) -> None:
        self._switch(request, tasks, enabled=True)

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, tasks: QuerySet[PeriodicTask]) -> None:
        self._switch(request, tasks, enabled=False)

    def _switch(self, request: HttpRequest, tasks: QuerySet[PeriodicTask], *, enabled: bool) -> None:
        actor, at = actor_of(request), timezone.now()
        changed = sum(schedules.change(task, enabled=enabled, actor=actor, at=at) for task in tasks)
        self.message_user(request, f"{changed} changed")


@admin.register(TaskResult)
class TaskResultAdmin(HouseAdmin):
    """How tasks ended. Values that they were given, answers and tracebacks may hold personal data, and are not shown."""

    list_display = ("task_name", "status", "date_done", "seconds", "worker")
    list_filter = ("status",)
    search_fields = ("=task_id", "^task_name")
    search_help_text = "The whole id of a task, or the beginning of its name"
    fields = readonly_fields = (
        "task_id",
        "task_name",
        "periodic_task_name",
        "status",
        "worker",
        "arguments",
        "failure",
        "date_created",
        "date_started",
        "date_done",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaskResult]:
        return super().get_queryset(request).defer("traceback", "meta")

    @admin.display(description="took")
    def seconds(self, result: TaskResult) -> str:
        started = result.date_started  # type: ignore[attr-defined]  # younger than the stubs
        taken = task_arguments.seconds_between(started, result.date_done)
        return "-" if taken is None else f"{taken:.2f} s"

    @admin.display(description="arguments (values masked)")
    def arguments(self, result: TaskResult) -> str:
        return ", ".join(task_arguments.names(result.task_kwargs)) or "-"

    @admin.display(description="failure")
    def failure(self, result: TaskResult) -> str:
        return task_arguments.failure(result.result) if result.status == "FAILURE" else "-"
