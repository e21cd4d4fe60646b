"""Experiments: arms against a control group. Who is in which arm is a hash, never a row."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Brand
from customers.models.base import one_of
from customers.models.brand import code_validator


class ExperimentState(models.TextChoices):
    RUNNING = "running", _("running")
    ENDED = "ended", _("ended")


class Experiment(models.Model):
    """A comparison at one branch of a journey, or the global control group (no journey)."""

    brand = models.ForeignKey(
        Brand, models.PROTECT, null=True, blank=True, related_name="experiments"
    )
    code = models.CharField(_("code"), max_length=40, unique=True, validators=[code_validator])
    name = models.CharField(_("name"), max_length=120)
    journey_id = models.BigIntegerField(_("journey"), null=True, blank=True)
    node = models.CharField(_("node"), max_length=40, blank=True)
    salt = models.CharField(_("salt"), max_length=40)
    arms = models.JSONField(
        _("arms"), help_text=_('Shares in per cent, such as {"control": 10, "a": 45, "b": 45}.')
    )
    state = models.CharField(
        _("state"), max_length=8, choices=ExperimentState, default=ExperimentState.RUNNING
    )
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("experiment")
        verbose_name_plural = _("experiments")
        ordering = ["-started_at"]
        constraints = [
            one_of("experiment", "state", ExperimentState),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="experiment_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["journey_id", "node"],
                condition=Q(journey_id__isnull=False, state="running"),
                name="experiment_one_per_node",
            ),
        ]

    def __str__(self) -> str:
        return self.name
