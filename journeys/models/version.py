"""Published versions of journeys, and the triggers that they set."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import EventType
from journeys.models.journey import Journey


class JourneyVersion(models.Model):
    """One published graph. It never changes: enrollments name the version they walk through."""

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    graph = models.JSONField(_("graph"))
    note = models.CharField(_("note"), max_length=240, blank=True)
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("journey version")
        verbose_name_plural = _("journey versions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["journey", "number"], name="journeyversion_once"),
        ]

    def __str__(self) -> str:
        return f"{self.journey} {self.number}"


class EventTrigger(models.Model):
    """A published trigger that listens to an event type. Arriving events are joined with this."""

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="+")
    version = models.ForeignKey(JourneyVersion, models.CASCADE, related_name="+")
    node = models.CharField(_("node"), max_length=40)
    event_type = models.ForeignKey(EventType, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("event trigger")
        verbose_name_plural = _("event triggers")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "node", "event_type"], name="eventtrigger_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.node}"


class AudienceEntry(models.Model):
    """How far a slice of an audience has entered by a trigger; moved with the enrollments that it
    counts. A large audience has several, by customer ids, so that several workers let it in."""

    version = models.ForeignKey(JourneyVersion, models.CASCADE, related_name="audience_entries")
    node = models.CharField(_("node"), max_length=40)
    part = models.SmallIntegerField(_("slice"), default=0, db_default=0)
    after_customer_id = models.BigIntegerField(_("entered up to customer"), default=0)
    last_customer_id = models.BigIntegerField(_("as far as customer"), null=True, blank=True)
    entered = models.BigIntegerField(_("entered"), default=0)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("audience entry")
        verbose_name_plural = _("audience entries")
        constraints = [
            models.UniqueConstraint(fields=["version", "node", "part"], name="audienceentry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.node}: {self.entered}"
