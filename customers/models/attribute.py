"""Attributes: the lasting properties that a customer may have, and how conflicts are settled."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models.base import Named, one_of
from customers.models.brand import code_validator


class DataType(models.TextChoices):
    TEXT = "text", pgettext_lazy("type of a column", "text")
    NUMBER = "number", _("number")
    DATE = "date", _("date")
    DATETIME = "datetime", _("date and time")
    BOOLEAN = "boolean", _("yes or no")
    LIST = "list", _("list")


class Conflict(models.TextChoices):
    """Which value stays when two sources or two merged customers differ."""

    LATEST = "latest", _("the latest")
    FIRST = "first", _("the first")
    TRUSTED = "trusted", _("that of the most trusted source")


class Attribute(Named):
    """The definition of an attribute; values live in Customer.attributes under its code."""

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[code_validator])
    data_type = models.CharField(_("type"), max_length=8, choices=DataType, default=DataType.TEXT)
    conflict = models.CharField(
        _("in a conflict"), max_length=8, choices=Conflict, default=Conflict.LATEST
    )
    is_personal = models.BooleanField(_("personal data"), default=False)
    description = models.CharField(_("description"), max_length=240, blank=True)

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering = ["code"]
        constraints = [
            one_of("attribute", "data_type", DataType),
            one_of("attribute", "conflict", Conflict),
        ]
