"""Identities: the (namespace, value) pairs by which systems know a customer."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import Named, one_of
from customers.models.brand import Brand
from customers.models.customer import Customer
from customers.models.source import Source


class Strength(models.TextChoices):
    """How much an equal value says."""

    STRONG = "strong", _("identifies one person")
    WEAK = "weak", _("belongs to one customer but never joins two")


class Normaliser(models.TextChoices):
    """How a value is brought into the form in which it is compared."""

    PHONE = "phone", _("phone number (E.164)")
    EMAIL = "email", _("e-mail address")
    TEXT = "text", _("as it is, without blanks around it")
    LOWER = "lower", _("small letters")


class Namespace(Named):
    """A kind of identity: phone, e-mail, unionid, member id of one brand, device …"""

    id = models.SmallAutoField(primary_key=True)
    code = models.CharField(_("code"), max_length=40, unique=True)
    strength = models.CharField(_("strength"), max_length=8, choices=Strength)
    normaliser = models.CharField(
        _("normal form"), max_length=8, choices=Normaliser, default=Normaliser.TEXT
    )
    limit = models.PositiveSmallIntegerField(
        _("at most per customer"), default=5, help_text=_("More than that goes to review.")
    )
    is_personal = models.BooleanField(
        _("personal data"), default=True, help_text=_("Masked for roles that may not see it.")
    )
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("identity namespace")
        verbose_name_plural = _("identity namespaces")
        ordering = ["code"]
        constraints = [
            one_of("namespace", "strength", Strength),
            one_of("namespace", "normaliser", Normaliser),
            models.CheckConstraint(condition=models.Q(limit__gte=1), name="namespace_limit_some"),
        ]


class Identity(models.Model):
    """One value in one namespace; it belongs to exactly one customer."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="identities")
    namespace = models.ForeignKey(Namespace, models.PROTECT, related_name="+", db_index=False)
    value = models.CharField(_("value"), max_length=320, help_text=_("In normal form."))
    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(_("first seen"))
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [
            models.UniqueConstraint(fields=["namespace", "value"], name="identity_once"),
            models.CheckConstraint(condition=~models.Q(value=""), name="identity_value_some"),
        ]

    def __str__(self) -> str:
        return f"{self.namespace}: {self.value}"
