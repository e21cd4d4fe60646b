"""Erasures: that a customer was erased, when, by whom, and how much; nothing of who she was."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of
from customers.models.customer import Customer
from customers.models.identity import Namespace


class ErasureReason(models.TextChoices):
    """Why the data of a customer had to go."""

    REQUEST = "request", _("she asked for it")
    CONSENT = "consent", _("she took back what they were kept for")
    PURPOSE = "purpose", _("they are not needed any more")
    LAW = "law", _("a law or a court demands it")
    MISTAKE = "mistake", _("they should not have been taken in")


class Erasure(models.Model):
    """The certificate of one erasure. `counts` has an entry per table: its name, what it holds,
    the rows, and whether they are gone or stay without what was hers."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="erasures")
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    by_label = models.CharField(_("by"), max_length=160)
    reason = models.CharField(_("reason"), max_length=8, choices=ErasureReason)
    counts = models.JSONField(_("rows"), default=list)
    merged = models.PositiveIntegerField(_("merged customers"), default=0)
    is_barred = models.BooleanField(
        _("not taken in again"),
        default=False,
        help_text=_("Facts that name one of her identities are refused."),
    )
    # Files of imports that could still name her: number, state, and until when they are kept.
    unread_files = models.JSONField(default=list)
    lifted_at = models.DateTimeField(_("taken in again since"), null=True, blank=True)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-id"]
        constraints = [one_of("erasure", "reason", ErasureReason)]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number of the certificate: E-000 012."""
        return f"E-{self.pk:07,}".replace(",", "\u00a0") if self.pk else "E-?"


class BarredIdentity(models.Model):
    """A digest of an identity that must not come in again; see customers/erasure/bar.py."""

    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="barred")
    namespace = models.ForeignKey(Namespace, models.PROTECT, related_name="+", db_index=False)
    digest = models.BinaryField(_("digest"), max_length=32, unique=True)

    class Meta:
        verbose_name = _("barred identity")
        verbose_name_plural = _("barred identities")

    def __str__(self) -> str:
        return f"{self.erasure_id}: {self.namespace_id}"
