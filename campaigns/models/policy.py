"""Policies: how often and when a customer may be reached, who goes first, and who gets nothing."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.campaign import Campaign
from campaigns.models.content import Content
from customers.models import Brand, Channel, Purpose
from customers.models.base import one_of

LONGEST_WINDOW = 366 * 86400  # seconds


class CapPeriod(models.TextChoices):
    """Which stretch of time a cap counts over."""

    ROLLING = "rolling", _("a rolling window")
    DAY = "day", _("a day of the customer's calendar")
    WEEK = "week", _("a week of the customer's calendar")
    MONTH = "month", _("a month of the customer's calendar")


class FrequencyCap(models.Model):
    """At most `limit` messages to one customer within a rolling window or a calendar period.

    An empty scope field means "whatever it is". Transactional messages pass unless the purpose
    of the cap names them; with `counts_transactional` they take a place all the same.
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
    content = models.ForeignKey(Content, models.CASCADE, null=True, blank=True, related_name="caps")
    limit = models.PositiveSmallIntegerField(_("at most"))
    period = models.CharField(
        _("counted over"), max_length=8, choices=CapPeriod, default=CapPeriod.ROLLING
    )
    window_seconds = models.PositiveIntegerField(
        _("within (seconds)"), default=86400, help_text=_("Of a rolling window.")
    )
    per_address = models.BooleanField(
        _("per address"),
        default=False,
        help_text=_("Each address of a customer has places of its own."),
    )
    counts_transactional = models.BooleanField(
        _("transactional messages count"),
        default=False,
        help_text=_("They go out all the same, but take a place."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("frequency cap")
        verbose_name_plural = _("frequency caps")
        ordering = ["brand", "channel", "window_seconds"]
        constraints = [
            models.CheckConstraint(condition=Q(limit__gte=1), name="cap_limit_some"),
            models.CheckConstraint(
                condition=Q(window_seconds__range=(60, LONGEST_WINDOW)), name="cap_window_range"
            ),
            models.CheckConstraint(
                condition=Q(channel="") | Q(channel__in=Channel.values), name="cap_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(purpose="") | Q(purpose__in=Purpose.values), name="cap_purpose_known"
            ),
            one_of("cap", "period", CapPeriod),
        ]

    def __str__(self) -> str:
        return self.name


class QuietAction(models.TextChoices):
    """What becomes of a message in quiet hours or on a holiday."""

    DEFER = "defer", _("wait until they are over")
    SKIP = "skip", _("do not send")
    PASS = "pass", _("send all the same")


class ByPurpose(models.Model):
    """An action for each purpose."""

    marketing = models.CharField(
        _("a marketing message then"),
        max_length=8,
        choices=QuietAction,
        default=QuietAction.DEFER,
    )
    service = models.CharField(
        _("a service message then"), max_length=8, choices=QuietAction, default=QuietAction.DEFER
    )
    transactional = models.CharField(
        _("a transactional message then"),
        max_length=8,
        choices=QuietAction,
        default=QuietAction.PASS,
    )

    class Meta:
        abstract = True

    def action(self, purpose: str) -> str:
        """What becomes of a message of *purpose*."""
        return str(getattr(self, purpose))


class QuietHours(ByPurpose):
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
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("quiet hours")
        verbose_name_plural = _("quiet hours")
        constraints = [
            *(one_of("quiethours", purpose, QuietAction) for purpose in Purpose.values),
            models.CheckConstraint(condition=~Q(starts=F("ends")), name="quiethours_some"),
            models.UniqueConstraint(
                fields=["brand"], nulls_distinct=False, name="quiethours_one_per_brand"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts:%H:%M} - {self.ends:%H:%M}"


class Holiday(ByPurpose):
    """Days of the customer's own calendar on which nothing goes out, the last one included."""

    brand = models.ForeignKey(
        Brand,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="holidays",
        help_text=_("Empty: for every brand."),
    )
    name = models.CharField(_("name"), max_length=80)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["starts_on", "name"]
        constraints = [
            *(one_of("holiday", purpose, QuietAction) for purpose in Purpose.values),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="holiday_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Arbitration(models.Model):
    """Messages that want the same customer within `window_seconds` compete; one goes.

    Transactional messages never compete. A brand's own replaces that of the group, even when it
    is switched off.
    """

    brand = models.OneToOneField(
        Brand,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="arbitration",
        help_text=_("Empty: between all brands that have none of their own."),
    )
    window_seconds = models.PositiveIntegerField(_("within (seconds)"), default=4 * 3600)
    includes_service = models.BooleanField(_("service messages compete too"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("arbitration")
        verbose_name_plural = _("arbitrations")
        constraints = [
            models.CheckConstraint(
                condition=Q(window_seconds__range=(60, 7 * 86400)), name="arbitration_window_range"
            ),
            models.UniqueConstraint(
                fields=["brand"], nulls_distinct=False, name="arbitration_one_per_brand"
            ),
        ]

    def __str__(self) -> str:
        return str(self.brand) if self.brand else str(_("all brands"))


class QuotaPeriod(models.TextChoices):
    HOUR = "hour", pgettext_lazy("quota", "hour")
    DAY = "day", pgettext_lazy("quota", "day")
    MONTH = "month", pgettext_lazy("quota", "month")


class QuotaAction(models.TextChoices):
    DEFER = "defer", _("wait for the next period")
    SKIP = "skip", _("do not send")


class Quota(models.Model):
    """At most `limit` messages of a brand on a channel in an hour, day or month of its clock.

    Transactional messages pass and take a place.
    """

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="quotas")
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    limit = models.PositiveIntegerField(_("at most"))
    period = models.CharField(
        _("in one"), max_length=8, choices=QuotaPeriod, default=QuotaPeriod.DAY
    )
    action = models.CharField(
        _("a message beyond it"), max_length=8, choices=QuotaAction, default=QuotaAction.DEFER
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("channel quota")
        verbose_name_plural = _("channel quotas")
        ordering = ["brand", "channel", "period"]
        constraints = [
            one_of("quota", "channel", Channel),
            one_of("quota", "period", QuotaPeriod),
            one_of("quota", "action", QuotaAction),
            models.CheckConstraint(condition=Q(limit__gte=1), name="quota_limit_some"),
            models.UniqueConstraint(
                fields=["brand", "channel", "period"], name="quota_once_per_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} · {self.get_channel_display()}"


class QuotaUse(models.Model):
    """How much of a quota is used in one period. The gate's workers take turns at this row."""

    quota = models.ForeignKey(Quota, models.CASCADE, related_name="uses", db_index=False)
    starts_at = models.DateTimeField(_("from"))
    used = models.PositiveIntegerField(_("used"), default=0)

    class Meta:
        verbose_name = _("use of a quota")
        verbose_name_plural = _("uses of quotas")
        constraints = [
            models.UniqueConstraint(fields=["quota", "starts_at"], name="quotause_once_per_period")
        ]

    def __str__(self) -> str:
        return f"{self.quota_id}: {self.used}"


class LedgerPolicy(models.Model):
    """How long the gate's decisions are kept; one row."""

    keep_days = models.PositiveIntegerField(_("days"), null=True, blank=True, default=400)

    class Meta:
        verbose_name = _("policy of the ledger")
        verbose_name_plural = _("policies of the ledger")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="ledgerpolicy_one"),
            models.CheckConstraint(
                condition=Q(keep_days__isnull=True) | Q(keep_days__range=(31, 3660)),
                name="ledgerpolicy_days_range",
            ),
        ]

    def __str__(self) -> str:
        return str(self.keep_days or "–")


class SendApproval(models.Model):
    """From how many people on a send is confirmed twice: by a click, and by typing what it is.

    A brand's own size replaces that of the group. Everybody as an audience is always confirmed
    twice, whatever is set here.
    """

    brand = models.ForeignKey(
        Brand, models.CASCADE, null=True, blank=True, related_name="send_approvals"
    )
    size = models.PositiveIntegerField(
        _("from so many people on"), help_text=_("People in the audience who are not excluded.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("second confirmation of sends")
        verbose_name_plural = _("second confirmations of sends")
        ordering = ["brand"]
        constraints = [
            models.UniqueConstraint(
                fields=["brand"], nulls_distinct=False, name="sendapproval_one_per_brand"
            ),
            models.CheckConstraint(condition=Q(size__gte=1), name="sendapproval_size_some"),
        ]

    def __str__(self) -> str:
        return str(self.brand or _("every brand without its own"))
