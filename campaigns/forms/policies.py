"""Forms of the policies page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import FrequencyCap, QuietHours
from customers.models import Brand

UNITS = {3600: _("hours"), 86400: _("days"), 604800: _("weeks")}


class CapForm(forms.ModelForm):
    """A frequency cap, its window as a number and a unit."""

    limit = forms.IntegerField(label=_("At most"), min_value=1, max_value=1000)
    window = forms.IntegerField(label=_("Within"), min_value=1, max_value=8784)
    unit = forms.TypedChoiceField(
        label=_("Unit"), choices=tuple(UNITS.items()), coerce=int, initial=86400
    )

    class Meta:
        model = FrequencyCap
        fields = ["name", "limit", "brand", "channel", "purpose", "is_active"]

    def __init__(self, *args: Any, brands: Sequence[Brand], whole_group: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        narrow(self, brands, whole_group)
        for name, words in (
            ("channel", _("all channels")),
            ("purpose", _("all but transactional")),
        ):
            field = cast(forms.ChoiceField, self.fields[name])
            known: Any = field.choices
            field.choices = [("", words), *(choice for choice in known if choice[0])]
        if self.instance.pk:
            seconds = self.instance.window_seconds
            unit = max((u for u in UNITS if seconds % u == 0), default=3600)
            self.initial.update({"window": max(1, seconds // unit), "unit": unit})
        self.order_fields(["name", "limit", "window", "unit", "brand", "channel", "purpose"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "window" in values and "unit" in values:
            values["window_seconds"] = values["window"] * values["unit"]
            if values["window_seconds"] > 366 * 86400:
                self.add_error("window", _("A window is at most 366 days long."))
        return values


class QuietHoursForm(forms.ModelForm):
    """Quiet hours of a brand, or of every brand that has none of its own."""

    class Meta:
        model = QuietHours
        fields = ["brand", "starts", "ends", "action", "is_active"]
        widgets = {
            "starts": forms.TimeInput({"type": "time"}, format="%H:%M"),
            "ends": forms.TimeInput({"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args: Any, brands: Sequence[Brand], whole_group: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        narrow(self, brands, whole_group)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("starts") and values.get("starts") == values.get("ends"):
            self.add_error("ends", _("Quiet hours begin and end at different times."))
        return values


# helpers


def narrow(form: forms.ModelForm, brands: Sequence[Brand], whole_group: bool) -> None:
    """Offer only the brands for which this person may set policies."""
    field = cast(forms.ModelChoiceField, form.fields["brand"])
    field.queryset = Brand.objects.filter(Q(pk__in=[brand.pk for brand in brands]))
    field.required = not whole_group
    field.empty_label = str(_("all brands")) if whole_group else None
