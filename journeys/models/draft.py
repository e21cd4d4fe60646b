"""What was done to a draft, so that it can be undone and done again, without limit."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from journeys.models.journey import Journey


class DraftChange(models.Model):
    """One operation on the draft of a journey, with the patches that lead there and back.

    The newest that is not undone is what Undo takes back; the oldest that is undone is what Redo
    does again. A new operation drops those that are undone.
    """

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="draft_changes")
    operation = models.CharField(_("operation"), max_length=16)
    node = models.CharField(_("node"), max_length=40, blank=True)
    back = models.JSONField(_("the way back"))
    forth = models.JSONField(_("the way there"))
    is_undone = models.BooleanField(_("undone"), default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("change of a draft")
        verbose_name_plural = _("changes of drafts")
        ordering = ["-id"]
        indexes = [models.Index(fields=["journey", "-id"], name="draftchange_latest")]

    def __str__(self) -> str:
        return f"{self.journey_id} {self.operation} {self.node}"
