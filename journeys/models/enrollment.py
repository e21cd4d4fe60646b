"""Enrollments: one customer's walk through one version of a journey."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.models.base import one_of
from journeys.models.journey import Journey
from journeys.models.version import JourneyVersion


class EnrollmentState(models.TextChoices):
    ACTIVE = "active", _("on the way")
    FINISHED = "finished", _("finished")
    SET_ASIDE = "set_aside", _("set aside")


class Enrollment(models.Model):
    """Exactly one place: at `node` since `arrived_at`, or finished with a reason.

    `visit` counts the nodes this walk has arrived at; timers and listeners name the visit they
    belong to, so that one that comes late changes nothing. `entry_guard` makes the re-entry rule
    a unique key: '' for once only, the entry key for once per key, the event for always.
    No index covers a column that changes: updates of the row stay in its page. The database does
    not check what a walk refers to: the engine reads both in the statement that writes it, and the
    checks cost as much as the entry itself.
    """

    journey = models.ForeignKey(
        Journey, models.CASCADE, related_name="enrollments", db_index=False, db_constraint=False
    )
    version = models.ForeignKey(
        JourneyVersion,
        models.PROTECT,
        related_name="enrollments",
        db_index=False,
        db_constraint=False,
    )
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="enrollments", db_index=False, db_constraint=False
    )
    bucket = models.SmallIntegerField(_("bucket"))
    entry_key = models.CharField(_("entry key"), max_length=120, blank=True)
    entry_guard = models.CharField(_("entry guard"), max_length=160, blank=True)
    entered_at = models.DateTimeField(_("entered"))
    node = models.CharField(_("node"), max_length=40)
    visit = models.PositiveIntegerField(_("visit"), default=0)
    arrived_at = models.DateTimeField(_("arrived"))
    state = models.CharField(
        _("state"), max_length=9, choices=EnrollmentState, default=EnrollmentState.ACTIVE
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    exit_reason = models.CharField(_("exit reason"), max_length=40, blank=True)
    goal_at = models.DateTimeField(_("goal reached"), null=True, blank=True)
    context = models.JSONField(_("context"), default=dict)
    error = models.CharField(_("error"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "journey", "entry_guard"], name="enrollment_entry_guard"
            ),
            one_of("enrollment", "state", EnrollmentState),
            models.CheckConstraint(
                condition=Q(state="finished", finished_at__isnull=False)
                | (Q(finished_at__isnull=True) & ~Q(state="finished")),
                name="enrollment_finished_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["journey", "entered_at"], name="enrollment_by_journey"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.node} ({self.state})"
