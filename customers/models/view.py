"""Views of the list of customers that somebody keeps: filters, columns and order."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.brand import Brand


class SavedView(models.Model):
    """The address of a list under a name; with a brand all of its members see it too."""

    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="customer_views"
    )
    brand = models.ForeignKey(
        Brand,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("shared with"),
        help_text=_("Empty: only its owner sees it."),
    )
    query = models.CharField(_("address"), max_length=2000, blank=True)
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="savedview_once")]

    def __str__(self) -> str:
        return self.name
