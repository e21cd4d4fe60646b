"""People who are moved by somebody: to a new version, on, or out; with how far it got."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of
from journeys.models.journey import Journey
from journeys.models.version import JourneyVersion


class MoveKind(models.TextChoices):
    VERSION = "version", _("to a new version")
    ON = "on", _("on to the next step")
    OUT = "out", _("out of the journey")


class MoveState(models.TextChoices):
    RUNNING = "running", _("running")
    STOPPED = "stopped", _("stopped")
    DONE = "done", _("done")


class PeopleMove(models.Model):
    """Many people of a journey who are moved bucket by bucket, each bucket in one transaction.

    Who is meant was fixed when it began; what becomes of each is decided by where she stands when
    her bucket has its turn. `choices`: of a version move the choice per node ("*": every other
    node), of a move on {"outcome": name}.
    """

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="moves")
    kind = models.CharField(_("kind"), max_length=7, choices=MoveKind)
    source = models.ForeignKey(
        JourneyVersion, models.CASCADE, related_name="+", verbose_name=_("from version")
    )
    target = models.ForeignKey(
        JourneyVersion,
        models.CASCADE,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("to version"),
    )
    node = models.CharField(_("node"), max_length=40, blank=True)
    choices = models.JSONField(_("choices"), default=dict)
    state = models.CharField(_("state"), max_length=7, choices=MoveState, default=MoveState.RUNNING)
    total = models.PositiveBigIntegerField(_("people"), default=0)
    moved = models.PositiveBigIntegerField(_("moved"), default=0)
    left = models.PositiveBigIntegerField(_("left"), default=0)
    stayed = models.PositiveBigIntegerField(_("stayed"), default=0)
    by = models.CharField(_("by"), max_length=160, blank=True)
    created_at = models.DateTimeField(_("begun"))
    moved_at = models.DateTimeField(_("last part"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    swept_at = models.DateTimeField(_("looked after"), null=True, blank=True)

    class Meta:
        verbose_name = _("move of people")
        verbose_name_plural = _("moves of people")
        ordering = ["-id"]
        constraints = [
            one_of("peoplemove", "kind", MoveKind),
            one_of("peoplemove", "state", MoveState),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="peoplemove_open", condition=models.Q(swept_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.journey}: {self.get_kind_display()}"

    @property
    def done(self) -> int:
        """How many people have had their turn."""
        return self.moved + self.left + self.stayed


class PeopleMovePart(models.Model):
    """The people of one bucket, who have their turn together. Kept until the move is over, so that
    who came later can be told from who was meant to stay."""

    move = models.ForeignKey(PeopleMove, models.CASCADE, related_name="parts", db_index=False)
    bucket = models.SmallIntegerField(_("bucket"))
    turn = models.SmallIntegerField(_("turn"), default=0, help_text=_("1: who came late."))
    enrollment_ids = ArrayField(models.BigIntegerField(), verbose_name=_("enrollments"))
    is_done = models.BooleanField(_("done"), default=False)

    class Meta:
        verbose_name = _("part of a move")
        verbose_name_plural = _("parts of moves")
        constraints = [
            models.UniqueConstraint(fields=["move", "turn", "bucket"], name="peoplemovepart_once")
        ]

    def __str__(self) -> str:
        return f"{self.move_id}: {self.bucket}"
