"""Forms of the evaluation of tags: weights, an outcome, a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.actions.tag_evaluation import LEAST, MOST
from customers.models import EventType, Expects, Tag, TagDay, TagSettings
from customers.tags.labels import value_label

if TYPE_CHECKING:
    SettingsForm = forms.ModelForm[TagSettings]
else:  # generic only for the type checker
    SettingsForm = forms.ModelForm

VALUES = 100


class WeightsForm(SettingsForm):
    """Weights of the four parts, and after how many days a tag is stale or unused."""

    class Meta:
        model = TagSettings
        fields = ["coverage", "use", "accuracy", "success", "stale_days", "unused_days"]


class OutcomeForm(forms.Form):
    """The event by which a tag is measured."""

    value = forms.ChoiceField(label=_("Customers who get"), required=False)
    expects = forms.ChoiceField(label=_("do this"), choices=Expects.choices)
    event = forms.ModelChoiceField(
        label=_("Event"),
        queryset=EventType.objects.order_by("name", "code"),
        to_field_name="code",
        empty_label="",
    )
    days = forms.IntegerField(
        label=_("within so many days"), min_value=1, max_value=365, initial=30
    )

    def __init__(self, *args: Any, tag: Tag, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["value"])
        field.choices = values_of(tag, str(self.initial.get("value", "")))


class SampleForm(forms.Form):
    """How many customers to draw, and with which value."""

    size = forms.IntegerField(
        label=_("Customers to check"), min_value=LEAST, max_value=MOST, initial=50
    )
    value = forms.ChoiceField(label=_("With the value"), required=False)

    def __init__(self, *args: Any, tag: Tag, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["value"])
        field.choices = values_of(tag)


def values_of(tag: Tag, *more: str) -> list[tuple[str, Any]]:
    """The most frequent values of a tag as choices, behind "any value"; two queries."""
    rows = TagDay.objects.filter(tag=tag, value__isnull=False).exclude(value="")
    last = rows.order_by("-day").values_list("day", flat=True).first()
    here = rows.filter(day=last) if last else rows.none()
    found = list(here.order_by("-customers", "value").values_list("value", flat=True))[:VALUES]
    found += [value for value in more if value and value not in found]
    return [("", _("any value")), *((str(v), value_label(tag, str(v))) for v in found)]
