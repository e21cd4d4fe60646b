"""Offers: coupons and the codes that are issued once each."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Brand, Customer
from customers.models.base import one_of
from customers.models.brand import code_validator


class OfferKind(models.TextChoices):
    AMOUNT = "amount", _("amount off")
    PERCENT = "percent", _("percent off")
    GIFT = "gift", _("gift")


class Offer(models.Model):
    """A coupon of a brand."""

    brand = models.ForeignKey(Brand, models.PROTECT, related_name="offers")
    code = models.CharField(_("code"), max_length=40, validators=[code_validator])
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=8, choices=OfferKind)
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=2)
    minimum = models.DecimalField(_("from an order of"), max_digits=12, decimal_places=2, default=0)
    starts_at = models.DateTimeField(_("valid from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "code"], name="offer_code_once"),
            one_of("offer", "kind", OfferKind),
            models.CheckConstraint(
                condition=Q(value__gte=0) & (~Q(kind="percent") | Q(value__lte=100)),
                name="offer_value_range",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True)
                | Q(ends_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
                name="offer_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OfferCode(models.Model):
    """One code from the pool of an offer; issued to at most one customer."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="codes", db_index=False)
    code = models.CharField(_("code"), max_length=64)
    customer = models.ForeignKey(
        Customer, models.SET_NULL, null=True, blank=True, related_name="offer_codes"
    )
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)
    redeemed_at = models.DateTimeField(_("redeemed"), null=True, blank=True)
    token = models.CharField(
        _("asking"),
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text=_("What it was issued for; each asking is answered once."),
    )

    class Meta:
        verbose_name = _("offer code")
        verbose_name_plural = _("offer codes")
        constraints = [
            models.UniqueConstraint(fields=["offer", "code"], name="offercode_once"),
            models.UniqueConstraint(
                fields=["offer", "token"], condition=~Q(token=""), name="offercode_one_per_asking"
            ),
            models.CheckConstraint(
                condition=Q(redeemed_at__isnull=True) | Q(issued_at__isnull=False),
                name="offercode_issued_before_redeemed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["offer", "id"], name="offercode_free", condition=Q(issued_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.code
