"""Steps: the history of every walk, and the sums over it that pages show."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from journeys.models.version import JourneyVersion


class Step(models.Model):
    """One visit of an enrollment to a node, written when the visit ends. Append-only."""

    enrollment_id = models.BigIntegerField(_("enrollment"))
    visit = models.PositiveIntegerField(_("visit"))
    customer_id = models.BigIntegerField(_("customer"))
    journey_id = models.BigIntegerField(_("journey"))
    version_id = models.BigIntegerField(_("version"))
    node = models.CharField(_("node"), max_length=40)
    outcome = models.CharField(_("outcome"), max_length=40)
    arrived_at = models.DateTimeField(_("arrived"))
    left_at = models.DateTimeField(_("left"))
    detail = models.JSONField(_("why"), null=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["enrollment_id", "visit"]
        constraints = [
            # Exactly once, whatever is killed: the same visit can't be written twice.
            models.UniqueConstraint(fields=["enrollment_id", "visit"], name="step_once"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment_id}/{self.visit}: {self.node} → {self.outcome}"


class NodeCount(models.Model):
    """How many arrived at a node (outcome '') or left it by an outcome, per hour."""

    pk = models.CompositePrimaryKey("version_id", "node", "outcome", "hour")
    version = models.ForeignKey(
        JourneyVersion, models.CASCADE, related_name="counts", db_index=False
    )
    node = models.CharField(_("node"), max_length=40)
    outcome = models.CharField(_("outcome"), max_length=40)
    hour = models.DateTimeField(_("hour"))
    n = models.BigIntegerField(_("number"))

    class Meta:
        verbose_name = _("node count")
        verbose_name_plural = _("node counts")

    def __str__(self) -> str:
        return f"{self.node} {self.outcome}: {self.n}"
