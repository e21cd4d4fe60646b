"""Pauses: what does not go out for a while, though everything else is in order."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from customers.models import Brand, Channel


class SendingPause(models.Model):
    """Nothing of this brand, channel or campaign goes out until it is resumed.

    An empty field means "whatever it is". Transactional messages go on unless they are held too:
    somebody waits for them.
    """

    brand = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True, related_name="+")
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, blank=True)
    campaign = models.ForeignKey(
        Campaign, models.CASCADE, null=True, blank=True, related_name="pauses"
    )
    holds_transactional = models.BooleanField(_("transactional messages too"), default=False)
    note = models.CharField(_("note"), max_length=240, blank=True)
    since = models.DateTimeField(_("since"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("pause of sending")
        verbose_name_plural = _("pauses of sending")
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "channel", "campaign"],
                nulls_distinct=False,
                name="sendingpause_once",
            ),
            models.CheckConstraint(
                condition=Q(channel="") | Q(channel__in=Channel.values),
                name="sendingpause_channel_known",
            ),
        ]

    def __str__(self) -> str:
        parts = [
            str(self.campaign) if self.campaign else "",
            str(self.brand) if self.brand and not self.campaign else "",
            str(self.get_channel_display()) if self.channel else "",
        ]
        return " · ".join(part for part in parts if part) or str(_("everything"))

    def covers(self, *, brand_id: int, channel: str, campaign_id: int | None, purpose: str) -> bool:
        """Whether it holds such a message."""
        return (
            self.brand_id in (None, brand_id)
            and self.channel in ("", channel)
            and self.campaign_id in (None, campaign_id)
            and (self.holds_transactional or purpose != "transactional")
        )
