"""Policies: how often and when a customer may be reached at all."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from customers.models import Brand, Channel, Purpose
from customers.models.base import one_of


class FrequencyCap(models.Model):
    """At most `limit` messages to one customer within `window_seconds`, rolling.

    An empty scope field means "whatever it is". Transactional messages pass unless the purpose
    of the cap names them.
    """

    name = models.CharField(_("name"), max_length=80)
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="caps")
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, blank=True)
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose, blank=True)
    campaign = models.ForeignKey(
        Campaign, models.CASCADE, null=True, blank=True, related_name="caps"
    )
    # The journeys app lies above this one, so a journey is known here by its number only.
    journey_id = models.BigIntegerField(_("journey"), null=True, blank=True)
    limit = models.PositiveSmallIntegerField(_("at most"))
    window_seconds = models.PositiveIntegerField(_("within (seconds)"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("frequency cap")
        verbose_name_plural = _("frequency caps")
        ordering = ["brand", "channel", "window_seconds"]
        constraints = [
            models.CheckConstraint(condition=Q(limit__gte=1), name="cap_limit_some"),
            models.CheckConstraint(
                condition=Q(window_seconds__range=(60, 366 * 86400)), name="cap_window_range"
            ),
            models.CheckConstraint(
                condition=Q(channel="") | Q(channel__in=Channel.values), name="cap_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(purpose="") | Q(purpose__in=Purpose.values), name="cap_purpose_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class QuietAction(models.TextChoices):
    DEFER = "defer", _("wait until they are over")
    SKIP = "skip", _("do not send")


class QuietHours(models.Model):
    """Hours of the customer's own clock in which nothing goes out; they may span midnight."""

    brand = models.OneToOneField(
        Brand,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="quiet_hours",
        help_text=_("Empty: for every brand that has none of its own."),
    )
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))
    action = models.CharField(
        _("a message then"), max_length=8, choices=QuietAction, default=QuietAction.DEFER
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("quiet hours")
        verbose_name_plural = _("quiet hours")
        constraints = [
            one_of("quiethours", "action", QuietAction),
            models.CheckConstraint(condition=~Q(starts=F("ends")), name="quiethours_some"),
            models.UniqueConstraint(
                fields=["brand"], nulls_distinct=False, name="quiethours_one_per_brand"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts:%H:%M} - {self.ends:%H:%M}"
