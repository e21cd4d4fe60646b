"""Sends: a campaign says something to an audience; a journey of few steps carries it out."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from journeys.models.journey import Journey


class Send(models.Model):
    """A send of a campaign. What goes to whom and when stands in the draft of its journey, see
    journeys/sends/plan.py; here stands what was foretold of that draft, and who let it go."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="sends")
    journey = models.OneToOneField(Journey, models.PROTECT, related_name="send")
    created_at = models.DateTimeField(_("created"))
    at_once = models.BooleanField(
        _("at once"), default=False, help_text=_("It goes when it is started, by no calendar.")
    )
    forecast = models.JSONField(
        _("forecast"), null=True, blank=True, help_text=_("The reach waterfall, as it was counted.")
    )
    forecast_at = models.DateTimeField(_("counted"), null=True, blank=True)
    forecast_of = models.PositiveIntegerField(_("counted of draft number"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    confirmed_as = models.CharField(
        _("typed to confirm"),
        max_length=160,
        blank=True,
        help_text=_("Empty: a click was enough."),
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("send")
        verbose_name_plural = _("sends")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(forecast__isnull=True)
                | Q(forecast_at__isnull=False, forecast_of__isnull=False),
                name="send_forecast_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.journey.name
