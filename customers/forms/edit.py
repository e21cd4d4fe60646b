"""Forms by which people change a customer: typed fields, sentences for what doesn't fit."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from customers.ingest.limits import TEXT_LENGTH
from customers.models import (
    Attribute,
    Brand,
    Channel,
    ConsentState,
    DataType,
    Namespace,
    Purpose,
    Tag,
)


class AttributeForm(forms.Form):
    """One value of the type of its attribute. Leave it empty to remove the value."""

    def __init__(self, *args: Any, definition: Attribute, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.definition = definition
        self.fields["value"] = field_of(definition)

    def value(self) -> Any:
        """As the action takes it; call after is_valid."""
        given = self.cleaned_data["value"]
        if self.definition.data_type == DataType.LIST:
            given = [line.strip() for line in given.splitlines() if line.strip()]
        return None if given in ("", None, []) else given


class IdentityForm(forms.Form):
    """A kind of identity and its value."""

    space = forms.ModelChoiceField(
        label=gettext_lazy("Kind"), queryset=Namespace.objects.none(), empty_label=None
    )
    value = forms.CharField(label=gettext_lazy("Value"), max_length=320)

    def __init__(self, *args: Any, spaces: QuerySet[Namespace], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "space", spaces)


class TagForm(forms.Form):
    """A tag that is set by hand, and a value."""

    tag = forms.ModelChoiceField(
        label=gettext_lazy("Tag"), queryset=Tag.objects.none(), empty_label=None
    )
    value = forms.CharField(
        label=gettext_lazy("Value"),
        max_length=160,
        required=False,
        help_text=gettext_lazy("May stay empty when the tag says it all."),
    )

    def __init__(self, *args: Any, tags: QuerySet[Tag], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "tag", tags)


class ConsentForm(forms.Form):
    """To whom, by which channel, what for, what she said and how."""

    brand = forms.ModelChoiceField(
        label=gettext_lazy("Brand"), queryset=Brand.objects.none(), empty_label=None
    )
    channel = forms.ChoiceField(label=gettext_lazy("Channel"))
    purpose = forms.ChoiceField(label=gettext_lazy("Purpose"))
    state = forms.ChoiceField(label=gettext_lazy("What she said"), widget=forms.RadioSelect)
    note = forms.CharField(
        label=gettext_lazy("How she said it"),
        max_length=240,
        required=False,
        help_text=gettext_lazy("Such as “on the phone, ticket 4711”. A yes needs it as its proof."),
    )

    def __init__(self, *args: Any, brands: list[Brand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "brand", Brand.objects.filter(pk__in=[brand.pk for brand in brands]))
        for name, kinds in (("channel", Channel), ("purpose", Purpose), ("state", ConsentState)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type
            field.choices = [(code, capfirst(label)) for code, label in kinds.choices]
        if len(brands) == 1:
            self.fields["brand"].widget = forms.HiddenInput()
            self.fields["brand"].initial = brands[0].pk


def choose(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    """Let a field offer these rows."""
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type
    field.queryset = rows


def field_of(definition: Attribute) -> forms.Field:
    """The field that fits the type of an attribute."""
    common: dict[str, Any] = {"label": definition.title, "required": False}
    if definition.description:
        common["help_text"] = definition.description
    if definition.code == "language":
        return forms.ChoiceField(choices=[("", "–"), *settings.LANGUAGES], **common)
    match definition.data_type:
        case DataType.NUMBER:
            return forms.DecimalField(**common)
        case DataType.DATE:
            widget = forms.DateInput({"type": "date"}, "%Y-%m-%d")
            return forms.DateField(widget=widget, **common)
        case DataType.DATETIME:
            moment = forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")
            return forms.DateTimeField(widget=moment, **common)
        case DataType.BOOLEAN:
            said = [
                ("", "–"),
                ("true", pgettext("answer", "Yes")),
                ("false", pgettext("answer", "No")),
            ]
            return forms.ChoiceField(choices=said, **common)
        case DataType.LIST:
            common["help_text"] = _("One value in each line.")
            return forms.CharField(widget=forms.Textarea({"rows": 4}), **common)
    return forms.CharField(max_length=TEXT_LENGTH, **common)
