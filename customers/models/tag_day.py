"""How many customers have a tag: as of the last count, and day by day."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.tag import Tag


class TagDay(models.Model):
    """Customers with a value of a tag at the end of a day of UTC, and what came and went on it.

    The row without a value is the tag as a whole, each customer once. Of the values only the most
    frequent ones have rows. The row of today is that of the last count.
    """

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="days", db_index=False)
    day = models.DateField(_("day"))
    value = models.CharField(_("value"), max_length=160, null=True)  # noqa: DJ001  ("" is a value)
    customers = models.PositiveBigIntegerField(_("customers"))
    came = models.PositiveBigIntegerField(_("came"), default=0)
    went = models.PositiveBigIntegerField(_("went"), default=0)

    class Meta:
        verbose_name = _("day of a tag")
        verbose_name_plural = _("days of tags")
        constraints = [
            models.UniqueConstraint(
                fields=["tag", "day", "value"], nulls_distinct=False, name="tagday_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} {self.day} {self.value or ''}: {self.customers}"


class Staleness(models.TextChoices):
    """Why a tag says less than it seems to."""

    LATE = "late", _("not refreshed in time")
    STILL = "still", _("unchanged while events came in")


class TagMeasure(models.Model):
    """What is known of a tag as a whole: the last count, its flags, and what it is worth.

    Lists read this row and never count. `bins` are [from, below or null, customers] of a tag of
    numbers; `parts` is what customers.tags.evaluation found, by part.
    """

    tag = models.OneToOneField(Tag, models.CASCADE, primary_key=True, related_name="measure")
    counted_at = models.DateTimeField(_("counted"))
    customers = models.PositiveBigIntegerField(_("customers"), default=0)
    values = models.PositiveBigIntegerField(_("different values"), default=0)
    bins = models.JSONField(_("spread"), default=list, blank=True)
    changed_at = models.DateTimeField(_("last change"), null=True, blank=True)
    uses = models.PositiveIntegerField(_("uses"), default=0)
    stale = models.CharField(_("stale"), max_length=5, choices=Staleness, blank=True)
    is_unused = models.BooleanField(_("unused"), default=False)
    problem = models.CharField(_("problem"), max_length=400, blank=True)
    evaluated_at = models.DateTimeField(_("evaluated"), null=True, blank=True)
    score = models.FloatField(_("score"), null=True, blank=True)
    parts = models.JSONField(_("parts"), default=dict, blank=True)

    class Meta:
        verbose_name = _("measure of a tag")
        verbose_name_plural = _("measures of tags")
        constraints = [
            models.CheckConstraint(
                condition=Q(stale="") | Q(stale__in=Staleness.values), name="tagmeasure_stale_known"
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__range=(0, 100)),
                name="tagmeasure_score_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id}: {self.customers}"
