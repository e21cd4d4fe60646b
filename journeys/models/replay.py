"""Replays: how far a recorded history has been walked, kept with what it wrote."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Replay(models.Model):
    """The position of a replay; moved in the transaction that writes the events before it."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    position = models.BigIntegerField(_("events read"), default=0)
    clock = models.DateTimeField(_("virtual clock"), null=True)
    problems = models.JSONField(_("unreadable events"), default=list)
    problem_count = models.PositiveIntegerField(_("number of unreadable events"), default=0)
    finished = models.BooleanField(_("finished"), default=False)

    class Meta:
        verbose_name = _("replay")
        verbose_name_plural = _("replays")

    def __str__(self) -> str:
        return self.name
