"""Brands of the group. Campaigns, journeys, contents and rights belong to a brand."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import Named

code_validator = RegexValidator(
    r"^[a-z][a-z0-9_]{0,39}$",
    _("Use up to 40 small letters, digits and underscores, beginning with a letter."),
)


class Brand(Named):
    """One brand of the group. Customers belong to the group, not to a brand."""

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[code_validator])
    timezone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        help_text=_("The clock of customers whose own zone is not known, such as Asia/Shanghai."),
    )
    language = models.CharField(_("language"), max_length=12, default="en")
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    sender_name = models.CharField(_("sender name"), max_length=80, blank=True)
    order_event = models.CharField(
        _("event of an order"),
        max_length=120,
        default="order_paid",
        help_text=_("The name of the event by which an order is counted."),
    )
    order_amount = models.CharField(_("property with its amount"), max_length=120, default="amount")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[a-z][a-z0-9_]{0,39}$"), name="brand_code_form"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="brand_currency_form"
            ),
        ]
