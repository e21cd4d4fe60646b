"""How far a throttle has given away its places."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Throttle(models.Model):
    """The last interval (`slot`, counted from 1970) of which places were given away, and how many.

    One row per throttle; whoever gives away places locks it, so that no interval is overfull.
    """

    pk = models.CompositePrimaryKey("journey_id", "node")
    journey_id = models.BigIntegerField(_("journey"))
    node = models.CharField(_("node"), max_length=40)
    slot = models.BigIntegerField(_("interval"), default=0)
    used = models.PositiveIntegerField(_("places given away"), default=0)

    class Meta:
        verbose_name = _("throttle")
        verbose_name_plural = _("throttles")

    def __str__(self) -> str:
        return f"{self.journey_id} {self.node}: {self.used}"
