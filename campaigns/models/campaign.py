"""Campaigns: plans with a goal, a budget and a time."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.sending import utm_validator
from customers.models import Brand, Channel
from customers.models.base import one_of
from customers.models.brand import code_validator


class CampaignKind(models.TextChoices):
    DAILY = "daily", _("daily")
    WEEKLY = "weekly", _("weekly")
    MONTHLY = "monthly", _("monthly")
    PROMOTION = "promotion", _("big promotion")


class CampaignState(models.TextChoices):
    """Draft and archived are somebody's decisions; between them the calendar decides."""

    DRAFT = "draft", _("draft")
    SCHEDULED = "scheduled", _("planned")
    RUNNING = "running", _("running")
    ENDED = "ended", _("ended")
    ARCHIVED = "archived", _("archived")


class Campaign(models.Model):
    """A plan of one brand; its journeys do the work."""

    brand = models.ForeignKey(Brand, models.PROTECT, related_name="campaigns")
    code = models.CharField(_("code"), max_length=40, validators=[code_validator])
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=CampaignKind)
    state = models.CharField(
        _("state"), max_length=12, choices=CampaignState, default=CampaignState.DRAFT
    )
    goal = models.CharField(_("goal"), max_length=240, blank=True)
    target = models.PositiveIntegerField(
        _("target"), null=True, blank=True, help_text=_("Conversions to reach.")
    )
    budget = models.DecimalField(
        _("budget"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    utm_campaign = models.CharField(
        _("UTM campaign"),
        max_length=80,
        blank=True,
        validators=[utm_validator],
        help_text=_("Written into the links of its messages. Empty: the code."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-starts_at", "name"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "code"], name="campaign_code_once"),
            one_of("campaign", "kind", CampaignKind),
            one_of("campaign", "state", CampaignState),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True)
                | Q(ends_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
                name="campaign_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(budget__isnull=True) | Q(budget__gte=0), name="campaign_budget_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ChannelCost(models.Model):
    """What one message of a campaign costs on a channel, in the currency of the campaign."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="costs", db_index=False)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    per_message = models.DecimalField(_("per message"), max_digits=10, decimal_places=4)

    class Meta:
        verbose_name = _("cost of a channel")
        verbose_name_plural = _("costs of channels")
        ordering = ["channel"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "channel"], name="channelcost_once"),
            one_of("channelcost", "channel", Channel),
            models.CheckConstraint(condition=Q(per_message__gte=0), name="channelcost_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: {self.per_message}"
