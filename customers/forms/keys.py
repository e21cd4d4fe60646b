"""The form that makes an API key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from customers.models import Brand

LIVES = [
    ("", _("never")),
    ("30", _("in 30 days")),
    ("90", _("in 90 days")),
    ("365", _("in a year")),
]


class KeyForm(forms.Form):
    """Name, brand and life of a key. Only brands whose keys the user may make can be chosen."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Who will use it, such as “web shop”.")
    )
    brand = forms.ModelChoiceField(
        label=_("Brand"), queryset=Brand.objects.none(), empty_label=None
    )
    lives = forms.ChoiceField(label=_("Ends"), choices=LIVES, required=False)

    def __init__(self, data: Any, *, brands: QuerySet[Brand]) -> None:
        super().__init__(data)
        field = self.fields["brand"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = brands

    def expires_at(self, now: datetime) -> datetime | None:
        """When the key ends, None for never. Call after is_valid."""
        days = self.cleaned_data["lives"]
        return now + timedelta(days=int(days)) if days else None
