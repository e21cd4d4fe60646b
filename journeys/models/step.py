"""Steps: the history of every walk, and the sums over it that pages show."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from journeys.models.version import JourneyVersion


class Way(models.Model):
    """A way out of a node: one (node, outcome) of any graph, as the number that paths hold."""

    id = models.AutoField(primary_key=True)
    node = models.CharField(_("node"), max_length=40)
    outcome = models.CharField(_("outcome"), max_length=40)

    class Meta:
        managed = False
        db_table = "journeys_way"
        verbose_name = _("way")
        verbose_name_plural = _("ways")

    def __str__(self) -> str:
        return f"{self.node} → {self.outcome}"


class Stretch(models.Model):
    """From one wait to the next: visits of an enrollment that ended at one moment, in one row.

    `path` lists the ways by which they ended, `visit` is the number of the first one. It began at
    `arrived_at`; those after it took no time. `detail` says why the first one ended. Partitioned
    by month of `left_at` and append-only: old months are dropped whole. One row per stretch is two
    and a half times faster than one per visit (design: how journeys run). Nothing here names the
    customer: who is merged takes her history along by her enrollments.
    """

    pk = models.CompositePrimaryKey("enrollment_id", "visit", "left_at")
    enrollment_id = models.BigIntegerField(_("enrollment"))
    version_id = models.BigIntegerField(_("version"))
    arrived_at = models.DateTimeField(_("arrived"))
    left_at = models.DateTimeField(_("left"))
    visit = models.IntegerField(_("visit"))
    path = ArrayField(models.IntegerField(), verbose_name=_("path"))
    detail = models.JSONField(_("why"), null=True)

    class Meta:
        managed = False
        db_table = "journeys_stretch"
        verbose_name = _("stretch")
        verbose_name_plural = _("stretches")

    def __str__(self) -> str:
        return f"{self.enrollment_id}/{self.visit}"


class Step(models.Model):
    """One visit of an enrollment to a node, in a view over stretches. Only to be read."""

    id = models.BigIntegerField(primary_key=True)
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
        managed = False
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["enrollment_id", "visit"]

    def __str__(self) -> str:
        return f"{self.enrollment_id}/{self.visit}: {self.node} → {self.outcome}"


class NodeCount(models.Model):
    """How many arrived at a node (outcome '') or left it by an outcome, per hour.

    The node '' is the journey as a whole: its outcome 'goal' counts walks that reached their goal
    in that hour, 'goal_of_entry' those that entered in that hour and reached it at some time.
    """

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
