"""Kept sets of customers, as bits: which there are, and how they do. See customers/sql/bits.sql."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of


class BitSetState(models.TextChoices):
    BUILDING = "building", _("being built")
    READY = "ready", _("ready")


class BitSet(models.Model):
    """One kept set. `definition` is what customers.bits.primitives made of it; its members change
    with what (kind, ref) names: an attribute, a tag, a segment, the events of a day."""

    id = models.AutoField(primary_key=True)
    key = models.CharField(_("key"), max_length=400, unique=True)
    definition = models.JSONField(_("definition"))
    kind = models.CharField(_("kind"), max_length=12)
    ref = models.CharField(_("of"), max_length=200)
    state = models.CharField(
        _("state"), max_length=8, choices=BitSetState, default=BitSetState.BUILDING
    )
    made_at = models.DateTimeField(_("made"))
    safe_after = models.BigIntegerField(_("safe after transaction"), null=True, blank=True)
    built_at = models.DateTimeField(_("built"), null=True, blank=True)
    used_at = models.DateTimeField(_("last used"))
    checked_at = models.DateTimeField(_("last compared"), null=True, blank=True)
    drift = models.PositiveIntegerField(_("differences found"), default=0)

    class Meta:
        verbose_name = _("kept set")
        verbose_name_plural = _("kept sets")
        ordering = ["key"]
        indexes = [models.Index(fields=["kind", "ref"], name="bitset_by_source")]
        constraints = [one_of("bitset", "state", BitSetState)]

    def __str__(self) -> str:
        return self.key
