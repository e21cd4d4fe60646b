"""Reports of providers that came before the message they speak of was written down."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.account import ChannelAccount


class WaitingReport(models.Model):
    """A report whose message is still being handed over, or is not known by this id yet.

    It is taken in as soon as the message is written down, and dropped when nobody ever is.
    """

    account = models.ForeignKey(ChannelAccount, models.CASCADE, related_name="+", db_index=False)
    digest = models.CharField(_("digest"), max_length=64)
    message_id = models.BigIntegerField(_("message"), null=True, blank=True)
    provider_id = models.CharField(_("id at the provider"), max_length=200, blank=True)
    content = models.JSONField(_("content"))
    received_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("waiting report")
        verbose_name_plural = _("waiting reports")
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="waitingreport_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
