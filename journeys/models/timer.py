"""What wakes an enrollment: timers that fall due and listeners for events."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import EventType


class TimerKind(models.IntegerChoices):
    """Why the engine looks at an enrollment."""

    ARRIVED = 0, _("arrived")
    TIME = 1, _("time is up")
    EVENT = 2, _("event came")


class Timer(models.Model):
    """A due time of a visit, consumed when it is claimed. Narrow, and the only queue there is."""

    enrollment_id = models.BigIntegerField(_("enrollment"))
    visit = models.PositiveIntegerField(_("visit"))
    bucket = models.SmallIntegerField(_("bucket"))
    due_at = models.DateTimeField(_("due"))
    kind = models.SmallIntegerField(_("kind"), choices=TimerKind)
    event_id = models.BigIntegerField(_("event"), null=True)
    event_at = models.DateTimeField(_("event's time"), null=True)
    label = models.CharField(
        _("label"), max_length=40, blank=True, help_text=_("Which of several waits matched.")
    )

    class Meta:
        verbose_name = _("timer")
        verbose_name_plural = _("timers")
        indexes = [models.Index(fields=["due_at", "bucket"], name="timer_due")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[0, 1, 2]), name="timer_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment_id}/{self.visit} {self.due_at:%Y-%m-%d %H:%M}"


class Listener(models.Model):
    """An open wait for an event of one customer, from `opened_at` to `until`, both included."""

    customer_id = models.BigIntegerField(_("customer"))
    event_type = models.ForeignKey(EventType, models.PROTECT, related_name="+", db_index=False)
    enrollment_id = models.BigIntegerField(_("enrollment"))
    visit = models.PositiveIntegerField(_("visit"))
    bucket = models.SmallIntegerField(_("bucket"))
    version_id = models.BigIntegerField(_("version"))
    node = models.CharField(_("node"), max_length=40)
    label = models.CharField(_("label"), max_length=40, blank=True)
    opened_at = models.DateTimeField(_("open from"))
    until = models.DateTimeField(_("open until"), null=True)
    match_property = models.CharField(_("property to match"), max_length=120, blank=True)
    match_value = models.CharField(_("value to match"), max_length=240, blank=True)

    class Meta:
        verbose_name = _("listener")
        verbose_name_plural = _("listeners")
        indexes = [
            models.Index(fields=["customer_id", "event_type"], name="listener_by_customer"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment_id", "visit", "event_type", "label"], name="listener_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment_id}/{self.visit} {self.node}"


class Bucket(models.Model):
    """The 256 buckets of customers; a worker of the engine leases one by locking its row."""

    id = models.SmallIntegerField(primary_key=True)

    class Meta:
        verbose_name = _("bucket")
        verbose_name_plural = _("buckets")

    def __str__(self) -> str:
        return str(self.pk)
