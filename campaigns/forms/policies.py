"""Forms of the policies page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, CampaignState, FrequencyCap, QuietHours
from campaigns.usage import journeys_of_brands, names_of_journeys
from customers.models import Brand

UNITS = {3600: _("hours"), 86400: _("days"), 604800: _("weeks")}


class CampaignChoice(forms.ModelChoiceField):
    """A campaign, with its brand since two brands may name theirs alike."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ({obj.brand.title})"


class CapForm(forms.ModelForm):
    """A frequency cap, its window as a number and a unit."""

    limit = forms.IntegerField(label=_("At most"), min_value=1, max_value=1000)
    window = forms.IntegerField(label=_("Within"), min_value=1, max_value=8784)
    unit = forms.TypedChoiceField(
        label=_("Unit"), choices=tuple(UNITS.items()), coerce=int, initial=86400
    )

    campaign = CampaignChoice(label=_("Campaign"), queryset=Campaign.objects.none(), required=False)
    journey_id = forms.TypedChoiceField(
        label=_("Journey"), coerce=int, empty_value=None, required=False
    )

    class Meta:
        model = FrequencyCap
        fields = [
            "name", "limit", "brand", "channel", "purpose", "campaign", "journey_id", "is_active",
        ]  # fmt: skip

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
        self._offer_scopes(brands)
        if self.instance.pk:
            seconds = self.instance.window_seconds
            unit = max((u for u in UNITS if seconds % u == 0), default=3600)
            self.initial.update({"window": max(1, seconds // unit), "unit": unit})
        self.order_fields(["name", "limit", "window", "unit", "brand", "channel", "purpose"])

    def _offer_scopes(self, brands: Sequence[Brand]) -> None:
        """Campaigns and journeys of these brands; what the cap is narrowed to already stays."""
        names = {brand.pk: brand.title for brand in brands}
        held = self.instance.campaign_id
        plans = Campaign.objects.filter(Q(brand__in=names) & ~Q(state=CampaignState.ARCHIVED))
        field = cast(forms.ModelChoiceField, self.fields["campaign"])
        field.queryset = (plans | Campaign.objects.filter(pk=held)).select_related("brand")
        field.empty_label = str(_("all campaigns, and what belongs to none"))
        journeys = [
            (each.id, f"{each.name} ({names[each.brand_id]})")
            for each in journeys_of_brands(list(names))
        ]
        mine = self.instance.journey_id
        if mine and mine not in dict(journeys):
            use = names_of_journeys([mine]).get(mine)
            journeys.append((mine, use.name if use else f"#{mine}"))
        choice = cast(forms.ChoiceField, self.fields["journey_id"])
        choice.choices = [("", _("all journeys, and what belongs to none")), *journeys]

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
    field.label = _("Brand")
    field.queryset = Brand.objects.filter(Q(pk__in=[brand.pk for brand in brands]))
    field.required = not whole_group
    field.empty_label = str(_("all brands")) if whole_group else None
