"""Pauses of sending: what waits stays in the outbox until somebody lets it go on."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from customers.models import Brand, Channel


class SendingPause(models.Model):
    """Nothing is handed over of this brand, on this channel, for this campaign; what is empty
    means all of them, and what is given holds together."""

    brand = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True, related_name="+")
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, blank=True)
    campaign = models.ForeignKey(Campaign, models.CASCADE, null=True, blank=True, related_name="+")
    note = models.CharField(_("note"), max_length=240, blank=True)
    at = models.DateTimeField(_("since"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("pause of sending")
        verbose_name_plural = _("pauses of sending")
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "channel", "campaign"], nulls_distinct=False, name="pause_once"
            ),
            models.CheckConstraint(
                condition=Q(channel="") | Q(channel__in=Channel.values), name="pause_channel_known"
            ),
        ]

    def __str__(self) -> str:
        parts = [
            str(self.brand) if self.brand_id else "",
            self.get_channel_display() if self.channel else "",
            str(self.campaign) if self.campaign_id else "",
        ]
        return " · ".join(filter(None, parts)) or str(_("everything"))
