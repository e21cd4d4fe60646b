"""Disclosures: personal data of one customer shown to one colleague, for a reason and a while."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of
from customers.models.customer import Customer


class DisclosureReason(models.TextChoices):
    """What somebody needs to see a person's data for."""

    SERVICE = "service", _("she asked us something")
    ORDER = "order", _("an order or a delivery")
    CORRECTION = "correction", _("correcting her data")
    RIGHTS = "rights", _("a request about her data")
    FRAUD = "fraud", _("fraud or security")
    OTHER = "other", _("something else")


class Disclosure(models.Model):
    """Until `until` the pages show this user the data of this customer. Written once; ending it
    earlier only moves `until`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="disclosures")
    reason = models.CharField(_("reason"), max_length=10, choices=DisclosureReason)
    note = models.CharField(_("note"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"))
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("disclosure")
        verbose_name_plural = _("disclosures")
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "until"], name="disclosure_open")]
        constraints = [
            one_of("disclosure", "reason", DisclosureReason),
            models.CheckConstraint(
                condition=models.Q(until__gte=F("at")), name="disclosure_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"C-{self.customer_id}: {self.get_reason_display()}"
