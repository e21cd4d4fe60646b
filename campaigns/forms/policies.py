"""Forms of the policies page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.actions.policies import BY_PURPOSE, wrong_days
from campaigns.models import (
    Arbitration,
    Campaign,
    CampaignState,
    CapPeriod,
    Content,
    FrequencyCap,
    Holiday,
    QuietHours,
    Quota,
    SendApproval,
)
from campaigns.usage import journeys_of_brands, names_of_journeys
from customers.models import Brand, Channel

UNITS = {3600: _("hours"), 86400: _("days"), 604800: _("weeks")}


class ChoiceOfBrand(forms.ModelChoiceField):
    """A campaign or content, with its brand since two brands may name theirs alike."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ({obj.brand.title})"


class CapForm(forms.ModelForm):
    """A frequency cap, its rolling window as a number and a unit."""

    limit = forms.IntegerField(label=_("At most"), min_value=1, max_value=1000)
    window = forms.IntegerField(
        label=_("Within"), min_value=1, max_value=8784, initial=7, required=False
    )
    unit = forms.TypedChoiceField(
        label=_("Unit"),
        choices=tuple(UNITS.items()),
        coerce=int,
        initial=86400,
        required=False,
    )

    campaign = ChoiceOfBrand(label=_("Campaign"), queryset=Campaign.objects.none(), required=False)
    content = ChoiceOfBrand(label=_("Content"), queryset=Content.objects.none(), required=False)
    journey_id = forms.TypedChoiceField(
        label=_("Journey"), coerce=int, empty_value=None, required=False
    )

    class Meta:
        model = FrequencyCap
        fields = [
            "name", "limit", "period", "brand", "channel", "purpose", "campaign", "journey_id",
            "content", "per_address", "counts_transactional", "is_active",
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
        if self.instance.pk and self.instance.period == CapPeriod.ROLLING:
            seconds = self.instance.window_seconds
            unit = max((u for u in UNITS if seconds % u == 0), default=3600)
            self.initial.update({"window": max(1, seconds // unit), "unit": unit})
        self.order_fields(["name", "limit", "period", "window", "unit", "brand", "channel"])

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
        texts = Content.objects.filter(brand__in=names, is_archived=False)
        field = cast(forms.ModelChoiceField, self.fields["content"])
        field.queryset = (
            texts | Content.objects.filter(pk=self.instance.content_id)
        ).select_related("brand")
        field.empty_label = str(_("all contents"))
        mine = self.instance.journey_id
        if mine and mine not in dict(journeys):
            use = names_of_journeys([mine]).get(mine)
            journeys.append((mine, use.name if use else f"#{mine}"))
        choice = cast(forms.ChoiceField, self.fields["journey_id"])
        choice.choices = [("", _("all journeys, and what belongs to none")), *journeys]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("period") != CapPeriod.ROLLING:
            values.pop("window_seconds", None)
        elif not values.get("window"):
            if "window" not in self.errors:
                self.add_error("window", _("A rolling window needs its length, such as 7 days."))
        else:
            values["window_seconds"] = values["window"] * (values.get("unit") or 86400)
            if values["window_seconds"] > 366 * 86400:
                self.add_error("window", _("A window is at most 366 days long."))
        return values


class QuietHoursForm(forms.ModelForm):
    """Quiet hours of a brand, or of every brand that has none of its own."""

    class Meta:
        model = QuietHours
        fields = ["brand", "starts", "ends", *BY_PURPOSE, "is_active"]
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


class HolidayForm(forms.ModelForm):
    """A holiday of a brand, or of all."""

    class Meta:
        model = Holiday
        fields = ["name", "brand", "starts_on", "ends_on", *BY_PURPOSE, "is_active"]
        widgets = {
            "starts_on": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            "ends_on": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, brands: Sequence[Brand], whole_group: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        narrow(self, brands, whole_group)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if problem := wrong_days(values.get("starts_on"), values.get("ends_on")):
            self.add_error("ends_on", problem)
        return values


class ArbitrationForm(forms.ModelForm):
    """Who competes within which time."""

    hours = forms.DecimalField(
        label=_("Within (hours)"), min_value=1, max_value=168, decimal_places=0, initial=4
    )

    class Meta:
        model = Arbitration
        fields = ["brand", "includes_service", "is_active"]

    def __init__(self, *args: Any, brands: Sequence[Brand], whole_group: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        narrow(self, brands, whole_group)
        if self.instance.pk:
            self.initial["hours"] = max(1, round(self.instance.window_seconds / 3600))
        self.order_fields(["brand", "hours"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("hours"):
            values["window_seconds"] = int(values["hours"]) * 3600
        return values


class QuotaForm(forms.ModelForm):
    """How much a brand sends on a channel at most."""

    limit = forms.IntegerField(label=_("At most"), min_value=1, max_value=2_000_000_000)

    class Meta:
        model = Quota
        fields = ["brand", "channel", "limit", "period", "action", "is_active"]

    def __init__(self, *args: Any, brands: Sequence[Brand], whole_group: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        narrow(self, brands, whole_group=False)


class SendApprovalForm(forms.ModelForm):
    """From how many people on a send is confirmed twice."""

    size = forms.IntegerField(
        label=_("From so many people on"), min_value=1, max_value=2_000_000_000, initial=10_000
    )

    class Meta:
        model = SendApproval
        fields = ["brand", "size", "is_active"]

    def __init__(self, *args: Any, brands: Sequence[Brand], whole_group: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        narrow(self, brands, whole_group)


class ControlGroupForm(forms.Form):
    """Which share of all customers gets no marketing, so that others can be compared with it."""

    brand = forms.ModelChoiceField(label=_("Brand"), queryset=Brand.objects.none(), required=False)
    share = forms.DecimalField(
        label=_("Share in per cent"),
        min_value=0,
        max_value=50,
        decimal_places=2,
        help_text=_("5 is usual. 0 ends the control group."),
    )

    def __init__(self, *args: Any, brands: Sequence[Brand], whole_group: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        narrow(self, brands, whole_group)


class PauseForm(forms.Form):
    """What is to wait."""

    brand = forms.ModelChoiceField(label=_("Brand"), queryset=Brand.objects.none(), required=False)
    channel = forms.ChoiceField(
        label=_("Channel"), choices=[("", _("all channels")), *Channel.choices], required=False
    )
    holds_transactional = forms.BooleanField(
        label=_("Transactional messages too"),
        required=False,
        help_text=_("Somebody waits for them, so they usually go on."),
    )
    note = forms.CharField(label=_("Why"), max_length=240, required=False)

    def __init__(self, *args: Any, brands: Sequence[Brand], whole_group: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        narrow(self, brands, whole_group)


class LedgerForm(forms.Form):
    """How long decisions are kept."""

    keep_days = forms.IntegerField(
        label=_("Days"),
        min_value=31,
        max_value=3660,
        required=False,
        help_text=_("Empty: for ever."),
    )


# helpers


def narrow(form: forms.BaseForm, brands: Sequence[Brand], whole_group: bool) -> None:
    """Offer only the brands for which this person may set policies."""
    field = cast(forms.ModelChoiceField, form.fields["brand"])
    field.label = _("Brand")
    field.queryset = Brand.objects.filter(Q(pk__in=[brand.pk for brand in brands]))
    field.required = not whole_group
    field.empty_label = str(_("all brands")) if whole_group else None
