"""Periodic work of the server: seen, changed, switched off and started by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from celery import current_app
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_celery_beat.admin import PeriodicTaskForm as PlainForm
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTasks,
    SolarSchedule,
)

from config.routing import QUEUES, queue_of
from customers.access import Right
from customers.admin.base import Desk
from customers.admin.filters import period

if TYPE_CHECKING:
    from django.forms import Select, TextInput
else:
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput

for _model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(_model)


class PeriodicTaskForm(PlainForm):  # type: ignore[misc]
    """Chooses among the tasks of this server."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current_app.loader.import_default_modules()
        names = sorted(name for name in current_app.tasks if not name.startswith("celery."))
        self.fields.pop("regtask", None)
        known = self.instance.task
        if known and known not in names:
            names = [known, *names]
        self.fields["task"] = forms.ChoiceField(
            label=gettext_lazy("task"), choices=[(n, n) for n in names], widget=Select()
        )
        self.fields["queue"] = forms.ChoiceField(
            label=gettext_lazy("queue"),
            required=False,
            choices=[("", "-"), *((queue.name, queue.name) for queue in QUEUES)],
            widget=Select(),
        )
        for name in ("args", "kwargs", "headers"):
            if name in self.fields:
                self.fields[name].widget = TextInput()


class SystemDesk(Desk):
    """What belongs to the server and to no brand."""

    group = "system"
    brand_path = None
    right_to_see = Right.SET_RIGHTS
    right_to_change = Right.SET_RIGHTS


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(SystemDesk):
    icon = "schedule"
    position = 20
    form = PeriodicTaskForm
    list_display = ["name", "task", "enabled", "rhythm", "queue", "last_run_at", "total_run_count"]
    list_filter = ["enabled", "queue", period("last_run_at")]
    list_select_related = ["interval", "crontab", "solar", "clocked"]
    search_fields = ["name", "task", "description"]
    ordering = ["name"]
    readonly_fields = ["last_run_at", "total_run_count", "date_changed"]
    fieldsets = [
        (None, {"fields": ["name", "task", "enabled", "description"]}),
        (
            gettext_lazy("When"),
            {"fields": ["interval", "crontab", "clocked", "start_time", "one_off"]},
        ),
        (gettext_lazy("With"), {"fields": ["args", "kwargs"]}),
        (gettext_lazy("How"), {"fields": ["queue", "expire_seconds", "expires", "priority"]}),
        (gettext_lazy("Known"), {"fields": ["last_run_at", "total_run_count", "date_changed"]}),
    ]
    actions = ["enable", "disable", "run_now"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # The engine lives on some of these; what is to go is switched off first.
        allowed = super().has_delete_permission(request, obj)
        return allowed and obj is not None and not obj.enabled

    @admin.display(description=gettext_lazy("rhythm"))
    def rhythm(self, task: PeriodicTask) -> str:
        """How often it runs, in words."""
        return str(task.interval or task.crontab or task.solar or task.clocked or "")

    @admin.action(description=gettext_lazy("Switch the chosen tasks on"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Run tasks again."""
        self._switch(request, queryset, on=True)

    @admin.action(description=gettext_lazy("Switch the chosen tasks off"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Stop running tasks until they are switched on."""
        self._switch(request, queryset, on=False)

    @admin.action(description=gettext_lazy("Run the chosen tasks now"), permissions=["change"])
    def run_now(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Put one run of each into its queue."""
        for task in queryset:
            try:
                current_app.send_task(
                    task.task,
                    args=json.loads(task.args or "[]"),
                    kwargs=json.loads(task.kwargs or "{}"),
                    queue=task.queue or queue_of(task.task),
                    expires=3600,
                )
            except Exception as error:
                # Whatever the transport raises, the reader has to know that nothing was started.
                text = _("%(task)s was not started: the broker does not answer (%(error)s).")
                values = {"task": task.name, "error": type(error).__name__}
                self.message_user(request, text % values, messages.ERROR)
                continue
            self.note(request, task, "run")
            self.message_user(request, _("%(task)s was put into its queue.") % {"task": task.name})

    def _switch(self, request: HttpRequest, queryset: QuerySet[Any], *, on: bool) -> None:
        changed = [task for task in queryset if task.enabled != on]
        for task in changed:
            self.note(request, task, "change", {"enabled": [not on, on]})
        # A task that comes back is due by its rhythm from now, not by a run of long ago.
        fields = {"enabled": True} if on else {"enabled": False, "last_run_at": None}
        PeriodicTask.objects.filter(pk__in=[task.pk for task in changed]).update(**fields)
        PeriodicTasks.update_changed()
        text = _("%(n)d tasks are switched on.") if on else _("%(n)d tasks are switched off.")
        self.message_user(request, text % {"n": len(changed)}, messages.SUCCESS)


class ScheduleDesk(SystemDesk):
    """A rhythm; several tasks may share it."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Removing a rhythm would remove the tasks that have it.
        allowed = super().has_delete_permission(request, obj)
        return allowed and obj is not None and not obj.periodictask_set.exists()


@admin.register(IntervalSchedule)
class IntervalAdmin(ScheduleDesk):
    icon = "timer"
    position = 30
    list_display = ["__str__", "every", "period"]
    search_fields = ["every", "period"]


@admin.register(CrontabSchedule)
class CrontabAdmin(ScheduleDesk):
    icon = "calendar_month"
    position = 31
    list_display = ["__str__", "human_readable", "timezone"]
    search_fields = ["minute", "hour", "timezone"]
    fields = [
        "human_readable", "minute", "hour", "day_of_month", "month_of_year", "day_of_week",
        "timezone",
    ]  # fmt: skip
    readonly_fields = ["human_readable"]


@admin.register(ClockedSchedule)
class ClockedAdmin(ScheduleDesk):
    icon = "event"
    position = 32
    list_display = ["clocked_time"]
    list_filter = [period("clocked_time")]
    search_fields = ["=clocked_time"]
