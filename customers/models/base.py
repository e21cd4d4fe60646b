"""What the nouns of all three floors share: names in two languages, checked choices."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def one_of(table: str, field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """Return a database check that *field* of *table* holds one of *choices*."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": choices.values}), name=f"{table}_{field}_known"
    )


class Named(models.Model):
    """A name that marketers see, with translations for the other languages of the group."""

    name = models.CharField(_("name"), max_length=120)
    names = models.JSONField(
        _("translations"),
        default=dict,
        blank=True,
        help_text=_('The name in other languages, such as {"zh-hans": "城市"}.'),
    )

    class Meta:
        abstract: ClassVar[bool] = True

    @property
    def own_name(self) -> str | Promise:
        """What it is called where `names` has nothing in the reader's language."""
        return self.name

    @property
    def title(self) -> str:
        """The name in the reader's language, else the name itself."""
        translated = self.names.get(get_language() or "") if self.names else None
        return translated or str(self.own_name)

    def __str__(self) -> str:
        return self.title
