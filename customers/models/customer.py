"""The customer: one person behind any number of identities (One-ID)."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from customers import formats

BUCKETS = 256


class Customer(models.Model):
    """One person of the group, known or still anonymous.

    `attributes` holds the current values by attribute code; `provenance` holds for each code
    `[source id, ISO time]`. Both are one row wide, so that a branch of a journey and a rule
    read them without a join. Ids are dense: bit sets use them as positions. `brand_ids` are the
    brands that know her by an identity of hers: whoever works for one of them may be let in.
    """

    display_name = models.CharField(_("name"), max_length=120, blank=True)
    sort_key = models.CharField(_("sort key"), max_length=160, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, blank=True)
    is_known = models.BooleanField(
        _("known"), default=False, help_text=_("Has an identity that identifies a person.")
    )
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    provenance = models.JSONField(_("provenance"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"))
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_customers"
    )
    brand_ids = ArrayField(
        models.BigIntegerField(),
        verbose_name=_("brands that know her"),
        default=list,
        db_default=Value([], output_field=ArrayField(models.BigIntegerField())),
        blank=True,
    )
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["sort_key"], name="customer_sort_key", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(
                fields=["merged_into"],
                name="customer_merged_into",
                condition=Q(merged_into__isnull=False),
            ),
            BrinIndex(fields=["created_at"], name="customer_created_brin"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="customer_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        # Titles and the audit log, which nobody can erase from, carry this: no personal data.
        return self.reference

    @property
    def reference(self) -> str:
        """The id as people read it aloud: C-4 018 226."""
        return formats.reference(self.pk)

    @property
    def last_seen_at(self) -> datetime | None:
        """When she last did something. Whoever reads many selects `sighting` with them."""
        return self.sighting.at

    @property
    def bucket(self) -> int:
        """The unit of work for engine and gate, 0 to 255."""
        return int(self.pk) % BUCKETS


class Sighting(models.Model):
    """When a customer was last seen: one row for each, made with hers by the database.

    It stands by itself, since every event may move it; her own row is wide, and many tables refer
    to it. The key is not checked by the database: its rows come and go with those of customers.
    """

    customer = models.OneToOneField(
        Customer, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="sighting"
    )
    at = models.DateTimeField(_("last seen"), null=True, blank=True)

    class Meta:
        verbose_name = _("sighting")
        verbose_name_plural = _("sightings")

    def __str__(self) -> str:
        return str(self.at or "–")


def last_seen_sql(alias: str) -> str:
    """SQL of the moment when the customer of this alias was last seen."""
    return f"(SELECT seen.at FROM customers_sighting seen WHERE seen.customer_id = {alias}.id)"
