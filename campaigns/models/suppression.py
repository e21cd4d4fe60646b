"""Suppressions: addresses and customers that never get a message."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.formats import masked
from customers.models import Brand, Channel, Customer
from customers.models.base import one_of


class SuppressionScope(models.TextChoices):
    CUSTOMER = "customer", _("customer")
    ADDRESS = "address", _("address")
    DOMAIN = "domain", _("domain")


class SuppressionReason(models.TextChoices):
    MANUAL = "manual", _("by hand")
    IMPORT = "import", _("import")
    BOUNCE = "bounce", _("bounced")
    COMPLAINT = "complaint", _("complained")
    UNSUBSCRIBE = "unsubscribe", _("unsubscribed")


class Suppression(models.Model):
    """One entry of the list. Empty brand or channel: for all of them."""

    scope = models.CharField(_("scope"), max_length=8, choices=SuppressionScope)
    customer = models.ForeignKey(
        Customer, models.CASCADE, null=True, blank=True, related_name="suppressions"
    )
    value = models.CharField(
        _("address or domain"), max_length=320, blank=True, help_text=_("In normal form.")
    )
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, blank=True)
    reason = models.CharField(_("reason"), max_length=12, choices=SuppressionReason)
    note = models.CharField(_("note"), max_length=240, blank=True)
    at = models.DateTimeField(_("since"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        ordering = ["-at"]
        constraints = [
            one_of("suppression", "scope", SuppressionScope),
            one_of("suppression", "reason", SuppressionReason),
            models.CheckConstraint(
                condition=Q(scope="customer", customer__isnull=False, value="")
                | (Q(scope__in=["address", "domain"], customer__isnull=True) & ~Q(value="")),
                name="suppression_names_its_target",
            ),
            models.CheckConstraint(
                condition=Q(channel="") | Q(channel__in=Channel.values),
                name="suppression_channel_known",
            ),
            models.UniqueConstraint(
                fields=["scope", "customer", "value", "brand", "channel"],
                nulls_distinct=False,
                name="suppression_once",
            ),
        ]
        indexes = [
            models.Index(fields=["value"], name="suppression_value", condition=~Q(value="")),
        ]

    def __str__(self) -> str:
        # Titles and the audit log, which nobody can erase from, carry this: no personal data.
        if self.customer_id:
            return f"{self.get_scope_display()}: C-{self.customer_id}"
        if self.scope == SuppressionScope.DOMAIN:
            return f"{self.get_scope_display()}: {self.value}"
        kind = "email" if "@" in self.value else "phone" if self.value.startswith("+") else ""
        return f"{self.get_scope_display()}: {masked(self.value, kind)}"
