"""What the watchdog found, and how long raw history is kept."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of


class TroubleKind(models.TextChoices):
    """Why a walk can't go on by itself."""

    STUCK = "stuck", _("nothing will ever move her on")
    LOST = "lost", _("her step is not in the journey")


class Trouble(models.Model):
    """One walk that the watchdog found in trouble; gone as soon as it is not any more."""

    enrollment_id = models.BigIntegerField(_("enrollment"), primary_key=True)
    journey_id = models.BigIntegerField(_("journey"), db_index=True)
    version_id = models.BigIntegerField(_("version"))
    node = models.CharField(_("node"), max_length=40)
    kind = models.CharField(_("kind"), max_length=5, choices=TroubleKind)
    found_at = models.DateTimeField(_("found"))

    class Meta:
        verbose_name = _("walk in trouble")
        verbose_name_plural = _("walks in trouble")
        constraints = [one_of("trouble", "kind", TroubleKind)]

    def __str__(self) -> str:
        return f"{self.enrollment_id}: {self.kind}"


class HistoryPolicy(models.Model):
    """How long raw steps are kept; one row. Sums per step and hour are kept for good."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    keep_days = models.PositiveIntegerField(
        _("days that raw steps are kept"),
        null=True,
        blank=True,
        help_text=_("Empty: for ever. Sums per step and hour are always kept."),
    )
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True)

    class Meta:
        verbose_name = _("history policy")
        verbose_name_plural = _("history policy")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="historypolicy_one"),
            models.CheckConstraint(
                condition=Q(keep_days__isnull=True) | Q(keep_days__gte=7),
                name="historypolicy_a_week",
            ),
        ]

    def __str__(self) -> str:
        return str(self.keep_days or "")


class LagCount(models.Model):
    """How many steps that fell due by the clock were done within `at_most_ms`, per minute.

    Bounds are powers of two, so that a minute has few rows and quantiles are right within a factor
    of two; kept for a day.
    """

    pk = models.CompositePrimaryKey("minute", "at_most_ms")
    minute = models.DateTimeField(_("minute"))
    at_most_ms = models.BigIntegerField(_("at most milliseconds"))
    n = models.BigIntegerField(_("number"))

    class Meta:
        verbose_name = _("lag count")
        verbose_name_plural = _("lag counts")

    def __str__(self) -> str:
        return f"{self.minute:%H:%M} ≤ {self.at_most_ms} ms: {self.n}"
