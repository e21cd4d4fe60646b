"""Where facts come from: a shop, a CRM, an import, a channel, a person."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import Named, one_of
from customers.models.brand import Brand


class SourceKind(models.TextChoices):
    API = "api", _("API")
    SDK = "sdk", _("SDK")
    IMPORT = "import", _("import")
    CHANNEL = "channel", _("channel feedback")
    JOURNEY = "journey", _("journey")
    MANUAL = "manual", _("by hand")
    REPLAY = "replay", _("replay")


class Source(Named):
    """A system or way by which facts arrive; the more trusted one wins a conflict."""

    id = models.SmallAutoField(primary_key=True)
    code = models.CharField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=SourceKind)
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="+")
    trust = models.SmallIntegerField(
        _("trust"), default=50, help_text=_("0 to 100; the higher one wins a conflict.")
    )

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["code"]
        constraints = [
            one_of("source", "kind", SourceKind),
            models.CheckConstraint(
                condition=models.Q(trust__range=(0, 100)), name="source_trust_range"
            ),
        ]
