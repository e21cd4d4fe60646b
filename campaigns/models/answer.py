"""What reports have counted, kept with its age where counting takes its time."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Answer(models.Model):
    """What a question was answered last. `asked_at` is set while somebody counts anew."""

    key = models.CharField(_("question"), max_length=80, primary_key=True)
    data = models.JSONField(_("answer"))
    read_at = models.DateTimeField(_("counted"), db_index=True)
    took = models.FloatField(_("seconds it took"))
    asked_at = models.DateTimeField(_("asked again"), null=True)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")

    def __str__(self) -> str:
        return self.key
