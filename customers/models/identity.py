"""Identities: the (namespace, value) pairs by which systems know a customer."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import Named, one_of
from customers.models.brand import Brand, code_validator
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
    code = models.CharField(_("code"), max_length=40, unique=True, validators=[code_validator])
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
    brand = models.ForeignKey(
        Brand,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Whose numbers these are; empty: of the whole group."),
    )
    general = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="of_brands",
        verbose_name=_("stands for"),
        help_text=_("What the brand's facts call by this other code is read as this one."),
    )

    class Meta:
        verbose_name = _("identity namespace")
        verbose_name_plural = _("identity namespaces")
        ordering = ["code"]
        constraints = [
            one_of("namespace", "strength", Strength),
            one_of("namespace", "normaliser", Normaliser),
            models.CheckConstraint(condition=models.Q(limit__gte=1), name="namespace_limit_some"),
            models.CheckConstraint(
                condition=Q(general__isnull=True) | Q(brand__isnull=False),
                name="namespace_stands_for_a_brand",
            ),
            # What a brand calls by one code is one thing.
            models.UniqueConstraint(
                fields=["brand", "general"],
                condition=Q(general__isnull=False),
                name="namespace_once_for_a_brand",
            ),
        ]

    def clean(self) -> None:
        """Values that stand in one normal form would not be found in another."""
        if self._state.adding:
            return
        was = Namespace.objects.filter(pk=self.pk).values_list("normaliser", flat=True).first()
        is_other = was not in (None, self.normaliser)
        if is_other and Identity.objects.filter(namespace=self.pk).exists():
            text = _(
                "There are values in this form, so it stays. Make another kind for another one."
            )
            raise ValidationError({"normaliser": text})


class Identity(models.Model):
    """One value in one namespace; it belongs to exactly one customer.

    Foreign keys to the few rows of namespaces and sources are not checked row by row: that took
    longer than the writing of the identities. The door locks these rows instead, once a batch.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="identities")
    namespace = models.ForeignKey(
        Namespace, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    value = models.CharField(_("value"), max_length=320, help_text=_("In normal form."))
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
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
