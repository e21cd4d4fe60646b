"""Tasks for people: a journey asks somebody to call, to write, to look, and waits for the result.

Journeys lie above this app, so they are known here by numbers only.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Brand, Customer
from customers.models.base import one_of


class TaskState(models.TextChoices):
    OPEN = "open", _("open")
    DONE = "done", _("done")
    NOT_DONE = "not_done", _("not done")
    EXPIRED = "expired", _("no longer needed")


class Task(models.Model):
    """One task about one customer: one per visit of a walk, by a unique key."""

    brand = models.ForeignKey(Brand, models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="tasks")
    title = models.CharField(_("title"), max_length=200)
    instructions = models.CharField(_("instructions"), max_length=2000, blank=True)
    journey_id = models.BigIntegerField(_("journey"))
    enrollment_id = models.BigIntegerField(_("enrollment"))
    node = models.CharField(_("node"), max_length=40)
    visit = models.PositiveIntegerField(_("visit"))
    state = models.CharField(_("state"), max_length=8, choices=TaskState, default=TaskState.OPEN)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    due_at = models.DateTimeField(_("due"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_at", "id"]
        constraints = [
            one_of("task", "state", TaskState),
            models.UniqueConstraint(fields=["enrollment_id", "visit"], name="task_once_per_visit"),
            models.CheckConstraint(
                condition=Q(state="open", finished_at__isnull=True)
                | (~Q(state="open") & Q(finished_at__isnull=False)),
                name="task_finished_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["brand", "due_at", "id"], name="task_open", condition=Q(state="open")
            ),
            models.Index(
                fields=["brand", "-finished_at", "-id"],
                name="task_finished",
                condition=~Q(state="open"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.title}"
