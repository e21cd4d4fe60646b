"""The form that makes an API key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from customers.access import Right
from customers.models import Brand

SCOPES = [
    (Right.INGEST.value, _("send events and customers")),
    (Right.SEE.value, _("read segments, journeys, counts and inboxes")),
    (Right.EDIT.value, _("make and change segments, lists and drafts of journeys")),
    (Right.PUBLISH.value, _("publish, pause, resume and stop journeys")),
    (Right.MOVE_CUSTOMER.value, _("move people on in a journey, or take them out")),
    (Right.EXPORT.value, _("read personal identities of members")),
]
LIVES = [
    ("", _("never")),
    ("30", _("in 30 days")),
    ("90", _("in 90 days")),
    ("365", _("in a year")),
]


class KeyForm(forms.Form):
    """Name, brand, scopes and life of a key; of brands only those whose keys the user may make."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Who will use it, such as “web shop”.")
    )
    brand = forms.ModelChoiceField(
        label=_("Brand"), queryset=Brand.objects.none(), empty_label=None
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=SCOPES,
        initial=[Right.INGEST.value],
        widget=forms.CheckboxSelectMultiple,
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


OVERLAPS = [
    ("0", _("ends at once")),
    ("3600", _("works for an hour")),
    ("86400", _("works for a day")),
    ("604800", _("works for a week")),
    ("2592000", _("works for 30 days")),
]


class RotateForm(forms.Form):
    """How long the old secret of a key works beside the new one."""

    overlap = forms.ChoiceField(label=_("The old secret"), choices=OVERLAPS, initial="604800")

    def until(self, now: datetime) -> datetime:
        """When the old secret ends. Call after is_valid."""
        return now + timedelta(seconds=int(self.cleaned_data["overlap"]))
