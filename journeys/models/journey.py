"""Journeys: graphs of nodes that customers walk through."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from customers.models import Brand
from customers.models.base import one_of
from customers.models.brand import code_validator


class JourneyState(models.TextChoices):
    """The life of a journey. See journeys/actions for the ways between them."""

    DRAFT = "draft", _("draft")
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    DRAINING = "draining", _("draining")
    STOPPED = "stopped", _("stopped")
    ARCHIVED = "archived", _("archived")


class AtEnd(models.TextChoices):
    """What becomes of a journey whose time is over."""

    DRAIN = "drain", _("who is inside walks to the end")
    STOP = "stop", _("everybody leaves at once")


class Journey(models.Model):
    """A journey of one brand: its draft, and the published version that new entries take."""

    brand = models.ForeignKey(Brand, models.PROTECT, related_name="journeys")
    code = models.CharField(_("code"), max_length=40, validators=[code_validator])
    name = models.CharField(_("name"), max_length=120)
    description = models.CharField(_("description"), max_length=240, blank=True)
    state = models.CharField(
        _("state"), max_length=8, choices=JourneyState, default=JourneyState.DRAFT
    )
    campaign = models.ForeignKey(
        Campaign, models.SET_NULL, null=True, blank=True, related_name="journeys"
    )
    draft = models.JSONField(_("draft"), default=dict)
    draft_number = models.PositiveIntegerField(_("draft number"), default=1)
    current = models.ForeignKey(
        "JourneyVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    timezone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        help_text=_("The clock of customers whose own zone is not known. Empty: the brand's."),
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=50, help_text=_("0 to 100; the higher one wins a customer.")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    starts_at = models.DateTimeField(_("valid from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    at_end = models.CharField(
        _("when its time is over"), max_length=5, choices=AtEnd, default=AtEnd.DRAIN
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("journey")
        verbose_name_plural = _("journeys")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "code"], name="journey_code_once"),
            one_of("journey", "state", JourneyState),
            one_of("journey", "at_end", AtEnd),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "archived"]) | Q(current__isnull=False),
                name="journey_runs_a_version",
            ),
            models.CheckConstraint(
                condition=Q(priority__range=(0, 100)), name="journey_priority_range"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True)
                | Q(ends_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
                name="journey_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name
