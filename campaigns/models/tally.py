"""Sums over the verdicts of the gate, which pages show instead of counting candidates."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class VerdictCount(models.Model):
    """How many candidates of a node, wanted in an hour, ended by a verdict and the rule behind it.

    Only last words count: what waits or is deferred has its own index and is counted live.
    """

    pk = models.CompositePrimaryKey("journey_id", "version_id", "node", "hour", "verdict", "rule")
    journey_id = models.BigIntegerField(_("journey"))
    version_id = models.BigIntegerField(_("version"))
    node = models.CharField(_("node"), max_length=40)
    hour = models.DateTimeField(_("hour"))
    verdict = models.CharField(_("verdict"), max_length=8)
    rule = models.CharField(_("deciding rule"), max_length=24)
    n = models.BigIntegerField(_("number"))

    class Meta:
        verbose_name = _("verdict count")
        verbose_name_plural = _("verdict counts")

    def __str__(self) -> str:
        return f"{self.node} {self.verdict} {self.rule}: {self.n}"
