"""The form that asks a second time before a customer is erased."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer, ErasureReason


class EraseForm(forms.Form):
    """Why, whether she may come in again, and her number typed by hand."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why do the data have to go?"), widget=forms.RadioSelect
    )
    bar = forms.BooleanField(
        label=gettext_lazy("Don't take her in again"),
        required=False,
        help_text=gettext_lazy(
            "Files and calls that name one of her identities are refused from now on. Only "
            "digests of them are kept."
        ),
    )
    typed = forms.CharField(label=gettext_lazy("Her number"), max_length=40)

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type
        field.choices = [(code, capfirst(label)) for code, label in ErasureReason.choices]
        self.fields["typed"].help_text = _("Type %(number)s, so that it is nobody else.") % {
            "number": customer.reference
        }
        self.fields["typed"].widget.attrs["autocomplete"] = "off"

    def clean_typed(self) -> str:
        """The number of the customer, however it is spaced."""
        typed = str(self.cleaned_data["typed"])
        if re.sub(r"\D", "", typed) != str(self.customer.pk):
            raise forms.ValidationError(
                _("This is not the number of this customer. Type %(number)s.")
                % {"number": self.customer.reference}
            )
        return typed
