"""What wakes an enrollment: timers that fall due and listeners for events."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import EventType
from customers.models.base import one_of


class TimerKind(models.IntegerChoices):
    """Why the engine looks at an enrollment."""

    ARRIVED = 0, _("arrived")
    TIME = 1, _("time is up")
    EVENT = 2, _("event came")
    ANSWER = 3, _("answer came")
    LEAVE = 4, _("taken out")


# The label of a timer that somebody set, by moving her or by deciding that what is late is done
# now: whatever ends her visit, it does not end before this timer was due.
NOT_BEFORE = "not before"


class Timer(models.Model):
    """A due time of a visit, consumed when it is claimed. Narrow, and the only queue there is.

    It names the version, so that workers take turns between journeys, however large one of them is.
    """

    version_id = models.BigIntegerField(_("version"))
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
        indexes = [
            # Claims go in this order, so that a batch never cuts an enrollment's moment in two.
            models.Index(
                fields=["version_id", "due_at", "enrollment_id"],
                name="timer_due",
                include=["bucket"],
            ),
            # For pages that say when somebody is next due; the engine never asks this way.
            models.Index(fields=["enrollment_id"], name="timer_by_enrollment"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[0, 1, 2, 3, 4]), name="timer_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment_id}/{self.visit} {self.due_at:%Y-%m-%d %H:%M}"


class HeldReason(models.TextChoices):
    """Why a due timer is kept out of the way."""

    PAUSED = "paused", _("the journey is paused")
    SET_ASIDE = "set_aside", _("the customer is set aside")
    LATE = "late", _("it is too late, and somebody has to say what then")


class HeldTimer(models.Model):
    """A timer that fell due and may not be acted on yet.

    Kept apart from the others, so that a paused journey with a million due timers costs the
    running ones nothing. The engine moves it here when it meets it, and back when it may.
    """

    journey_id = models.BigIntegerField(_("journey"))
    reason = models.CharField(_("reason"), max_length=9, choices=HeldReason)
    version_id = models.BigIntegerField(_("version"))
    enrollment_id = models.BigIntegerField(_("enrollment"))
    visit = models.PositiveIntegerField(_("visit"))
    bucket = models.SmallIntegerField(_("bucket"))
    due_at = models.DateTimeField(_("due"))
    kind = models.SmallIntegerField(_("kind"), choices=TimerKind)
    event_id = models.BigIntegerField(_("event"), null=True)
    event_at = models.DateTimeField(_("event's time"), null=True)
    label = models.CharField(_("label"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("held timer")
        verbose_name_plural = _("held timers")
        indexes = [
            models.Index(fields=["journey_id", "reason"], name="heldtimer_by_journey"),
            models.Index(fields=["enrollment_id"], name="heldtimer_by_enrollment"),
        ]
        constraints = [one_of("heldtimer", "reason", HeldReason)]

    def __str__(self) -> str:
        return f"{self.enrollment_id}/{self.visit} ({self.reason})"


class Listener(models.Model):
    """An open wait for an event of one customer, from `opened_at` to `until`, both included.

    Visit 0 is the journey's goal: it listens during the whole walk, and after it until its time
    is over.
    """

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
