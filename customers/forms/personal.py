"""The form that asks what personal data are needed for."""

from __future__ import annotations

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from customers.models import DisclosureReason


class ReasonForm(forms.Form):
    """A reason from the list, and a note."""

    reason = forms.ChoiceField(label=_("What do you need them for?"), widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        help_text=_("Such as the number of a ticket. No names, please."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type
        field.choices = [(code, capfirst(label)) for code, label in DisclosureReason.choices]
