"""What was found out about a segment: counts of attributes, tags and events, as they were kept."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of
from customers.models.segment import Segment


class InsightState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    STOPPED = "stopped", _("stopped")
    FAILED = "failed", _("failed")


class SegmentInsight(models.Model):
    """A segment against everybody (`other` is empty) or against another one, among the customers
    whom these brands know (none: the whole group). `result` holds counts, see
    customers.segments.insight.work, and stays while the next one is worked out."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="insights")
    other = models.ForeignKey(Segment, models.CASCADE, null=True, blank=True, related_name="+")
    brand_ids = ArrayField(models.BigIntegerField(), verbose_name=_("brands"), default=list)
    state = models.CharField(
        _("state"), max_length=7, choices=InsightState, default=InsightState.WAITING
    )
    step = models.PositiveSmallIntegerField(_("step"), default=0)
    problem = models.CharField(_("problem"), max_length=400, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"))
    moved_at = models.DateTimeField(_("last step"), null=True, blank=True)
    computed_at = models.DateTimeField(_("worked out"), null=True, blank=True)
    seconds = models.FloatField(_("seconds"), null=True, blank=True)
    runner = models.CharField(max_length=32, blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True)

    class Meta:
        verbose_name = _("insight into a segment")
        verbose_name_plural = _("insights into segments")
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "other", "brand_ids"],
                nulls_distinct=False,
                name="segmentinsight_once",
            ),
            one_of("segmentinsight", "state", InsightState),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} : {self.other_id or '*'}"

    @property
    def is_on_its_way(self) -> bool:
        """Whether it waits for a worker or one is at it."""
        return self.state in (InsightState.WAITING, InsightState.RUNNING)
