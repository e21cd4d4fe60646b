"""Keys by which names are found; written behind the names, see customers/names."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class NameKey(models.Model):
    """One key of the name of one customer: characters, pinyin, initials or a part of these.

    `spelled` holds the syllables of a key of initials, `place` on one key of each customer where
    she stands in the order of names. Triggers remove the keys with the customer and her name, so
    that no constraint has to be checked for every row.
    """

    pk = models.CompositePrimaryKey("customer_id", "key")
    customer_id = models.BigIntegerField(_("customer"))
    key = models.CharField(_("key"), max_length=80, db_collation="C")
    spelled = models.CharField(_("syllables"), max_length=160, blank=True, db_collation="C")
    place = models.CharField(_("place in order"), max_length=160, blank=True, db_collation="C")

    class Meta:
        verbose_name = _("key of a name")
        verbose_name_plural = _("keys of names")
        indexes = [
            models.Index(fields=["key", "customer_id"], name="namekey_by_key"),
            models.Index(
                fields=["place", "customer_id"], name="namekey_in_order", condition=~Q(place="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {len(self.key)}"


class NameToKey(models.Model):
    """A customer whose name is new and has no keys yet. Written by a trigger."""

    customer_id = models.BigIntegerField(_("customer"), primary_key=True)

    class Meta:
        verbose_name = _("name without keys")
        verbose_name_plural = _("names without keys")

    def __str__(self) -> str:
        return str(self.customer_id)
