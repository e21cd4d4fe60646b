"""What a brand expects of its events, what came otherwise, and what is set aside for it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of
from customers.models.brand import Brand


class SchemaMode(models.TextChoices):
    OFF = "off", _("take it as it comes")
    WARN = "warn", _("take it and count what is wrong")
    QUARANTINE = "quarantine", _("set it aside until it is mended")
    BLOCK = "block", _("don't take it in at all")


class PropertyType(models.TextChoices):
    TEXT = "text", _("a text")
    NUMBER = "number", _("a number")
    WHOLE = "whole", _("a whole number")
    BOOLEAN = "boolean", _("yes or no")
    MOMENT = "moment", _("date and time")
    LIST = "list", _("a list of values")
    OBJECT = "object", _("an object")


class EventSchema(models.Model):
    """What one event of one brand must be like; it may be written before the first one comes.

    `properties` maps a name to {"type", "required", "values"}; what isn't named may be anything.
    """

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+")
    event = models.CharField(_("event"), max_length=120)
    mode = models.CharField(_("mode"), max_length=10, choices=SchemaMode, default=SchemaMode.OFF)
    properties = models.JSONField(_("properties"), default=dict, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("expected event")
        verbose_name_plural = _("expected events")
        ordering = ["event"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "event"], name="eventschema_once"),
            one_of("eventschema", "mode", SchemaMode),
        ]

    def __str__(self) -> str:
        return self.event


class BreachKind(models.TextChoices):
    MISSING = "missing", _("is missing")
    TYPE = "type", _("is of another type")
    VALUE = "value", _("is none of the allowed values")


class EventBreach(models.Model):
    """How often events came otherwise than expected, by what was wrong."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+")
    event = models.CharField(_("event"), max_length=120)
    property = models.CharField(_("property"), max_length=120)
    kind = models.CharField(_("what"), max_length=7, choices=BreachKind)
    count = models.BigIntegerField(_("count"))
    sample = models.CharField(_("example"), max_length=80, blank=True)
    first_at = models.DateTimeField(_("first"))
    last_at = models.DateTimeField(_("last"))

    class Meta:
        verbose_name = _("breach of an expected event")
        verbose_name_plural = _("breaches of expected events")
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "event", "property", "kind"], name="eventbreach_once"
            ),
            one_of("eventbreach", "kind", BreachKind),
        ]

    def __str__(self) -> str:
        return f"{self.event}.{self.property}: {self.get_kind_display()}"


class QuarantinedItem(models.Model):
    """An item as its sender sent it, that one of its events keeps outside the door.

    `reasons` are [property, kind, value shown]. `mark` is the digest of the idempotency key: sent
    again it stands here once. `problem` is why the last replay did not take it in.
    """

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+", db_index=False)
    event = models.CharField(_("event"), max_length=120)
    source = models.CharField(_("source"), max_length=40)
    source_kind = models.CharField(_("kind of source"), max_length=8)
    item = models.JSONField(_("item"))
    reasons = models.JSONField(_("reasons"), default=list)
    mark = models.UUIDField(null=True)
    received_at = models.DateTimeField(_("received"), db_index=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("quarantined item")
        verbose_name_plural = _("quarantined items")
        ordering = ["-id"]
        indexes = [models.Index(fields=["brand", "event", "id"], name="quarantine_by_event")]
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "mark"], name="quarantined_once", condition=Q(mark__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.received_at:%Y-%m-%d %H:%M}"


class QuarantineVerb(models.TextChoices):
    REPLAY = "replay", _("take in again")
    DROP = "drop", _("drop")


class QuarantineState(models.TextChoices):
    RUNNING = "running", _("running")
    STOPPED = "stopped", _("stopped")
    DONE = "done", _("done")


class QuarantineJob(models.Model):
    """Taking in again, or dropping, what is set aside of one event; which is fixed at the start:
    the items up to `last_id`. `position` is the id behind which it goes on."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+")
    event = models.CharField(_("event"), max_length=120)
    verb = models.CharField(_("what"), max_length=6, choices=QuarantineVerb)
    mending = models.JSONField(_("mending"), default=list)
    state = models.CharField(
        _("state"), max_length=7, choices=QuarantineState, default=QuarantineState.RUNNING
    )
    total = models.PositiveBigIntegerField(_("items"))
    done = models.PositiveBigIntegerField(_("done"), default=0)
    taken = models.PositiveBigIntegerField(_("taken in or dropped"), default=0)
    position = models.BigIntegerField(_("position"), default=0)
    last_id = models.BigIntegerField(_("last item"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))
    moved_at = models.DateTimeField(_("last part"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("job of the quarantine")
        verbose_name_plural = _("jobs of the quarantine")
        ordering = ["-id"]
        constraints = [
            one_of("quarantinejob", "verb", QuarantineVerb),
            one_of("quarantinejob", "state", QuarantineState),
            models.UniqueConstraint(
                fields=["brand", "event"], name="quarantinejob_one_at_a_time",
                condition=Q(state="running"),
            ),
        ]  # fmt: skip

    @property
    def left(self) -> int:
        """How many of those done are still set aside."""
        return self.done - self.taken

    def __str__(self) -> str:
        return f"{self.event}: {self.get_verb_display()}"


class RefusedFact(models.Model):
    """What was refused at the door and why, for the live view. Kept for a day."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+", db_index=False)
    source = models.CharField(_("source"), max_length=40)
    event = models.CharField(_("event"), max_length=120, blank=True)
    text = models.CharField(_("why"), max_length=300)
    count = models.PositiveIntegerField(_("how many"), default=1)
    at = models.DateTimeField(_("when"), db_index=True)

    class Meta:
        verbose_name = _("refused fact")
        verbose_name_plural = _("refused facts")
        ordering = ["-id"]
        indexes = [models.Index(fields=["brand", "-id"], name="refusedfact_latest")]

    def __str__(self) -> str:
        return f"{self.event}: {self.text}"
