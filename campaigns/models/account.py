"""Channel accounts: through whom a brand sends on a channel."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Brand, Channel
from customers.models.base import one_of


def new_token() -> str:
    """What makes the address unguessable to which a provider posts."""
    return secrets.token_urlsafe(24)


class ChannelAccount(models.Model):
    """An account at a provider. Secrets are encrypted at rest and never shown again."""

    brand = models.ForeignKey(
        Brand,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts",
        help_text=_("Empty: used by every brand that has none of its own."),
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    name = models.CharField(_("name"), max_length=80)
    provider = models.CharField(
        _("provider"), max_length=20, help_text=_("Such as smtp, or recording for tests.")
    )
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    secret = models.BinaryField(_("secret"), null=True, blank=True)
    # What proves the provider's posts, where that is another secret than the one for sending.
    callback_secret = models.BinaryField(_("secret of reports"), null=True, blank=True)
    token = models.CharField(
        _("token"), max_length=43, unique=True, default=new_token, editable=False
    )
    rate_per_second = models.PositiveIntegerField(_("at most per second"), default=50)
    is_default = models.BooleanField(_("default of its channel"), default=False)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    # Written by the outbox when it claims: until then this account has all the work it may do.
    free_at = models.DateTimeField(_("busy until"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("channel account")
        verbose_name_plural = _("channel accounts")
        ordering = ["channel", "name"]
        constraints = [
            one_of("channelaccount", "channel", Channel),
            models.UniqueConstraint(
                fields=["brand", "channel"],
                condition=Q(is_default=True),
                nulls_distinct=False,
                name="channelaccount_one_default",
            ),
            models.CheckConstraint(
                condition=Q(rate_per_second__gte=1), name="channelaccount_rate_some"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_channel_display()})"

    @property
    def callback_url(self) -> str:
        """Where the provider posts what became of messages."""
        return f"{settings.PUBLIC_URL}/hooks/{self.channel}/{self.token}/"
