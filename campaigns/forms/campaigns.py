"""The form of a campaign: what it wants, what it may cost and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.actions.campaigns import problems_of
from campaigns.models import Campaign
from customers.models import Brand, Channel, User

MOMENT = "%Y-%m-%dT%H:%M"
COST = "cost_"


class CampaignForm(forms.ModelForm):
    """A plan. Its brand and code are chosen once, since messages and reports name them."""

    class Meta:
        model = Campaign
        fields = [
            "name", "code", "brand", "kind", "goal", "target", "budget", "currency", "owner",
            "starts_at", "ends_at", "utm_campaign",
        ]  # fmt: skip
        labels = {"brand": _("Brand"), "owner": _("Owner")}
        help_texts = {
            "code": _("How exports and the API name it, such as spring_launch."),
            "goal": _("In words, such as “a second order within 30 days”."),
            "currency": _("Empty: the currency of the brand."),
            "starts_at": _("On the clock of the brand. Empty: from the beginning."),
            "ends_at": _("The campaign is over then, and its recurring sends end. Empty: never."),
            "target": _("So many customers are to reach the goals of its journeys."),
        }
        widgets = {
            "starts_at": forms.DateTimeInput({"type": "datetime-local"}, format=MOMENT),
            "ends_at": forms.DateTimeInput({"type": "datetime-local"}, format=MOMENT),
            "currency": forms.TextInput({"size": 3, "autocomplete": "off"}),
        }

    def __init__(self, *args: Any, brands: Sequence[Brand], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["currency"].required = False
        for name in ("target", "budget"):
            self.fields[name].widget.attrs["min"] = 0
        owner = cast(forms.ModelChoiceField, self.fields["owner"])
        owner.queryset = colleagues(brands)
        owner.empty_label = str(_("nobody"))
        costs = (
            dict(self.instance.costs.values_list("channel", "per_message"))
            if (self.instance.pk)
            else {}
        )
        for channel, label in Channel.choices:
            self.fields[f"{COST}{channel}"] = forms.DecimalField(
                label=label, required=False, max_digits=10, decimal_places=4,
                initial=costs.get(channel),
            )  # fmt: skip
        if self.instance.pk:
            del self.fields["code"], self.fields["brand"]
        else:
            brand = cast(forms.ModelChoiceField, self.fields["brand"])
            brand.queryset = Brand.objects.filter(pk__in=[each.pk for each in brands])
            brand.empty_label = None

    @property
    def costs(self) -> list[forms.BoundField]:
        """The fields of what a message costs, for the page."""
        return [self[name] for name in self.fields if name.startswith(COST)]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        costs = [name for name in self.fields if name.startswith(COST)]
        values["costs"] = {
            name.removeprefix(COST): values.pop(name) for name in costs if name in values
        }
        for name, text in problems_of(values).items():
            self.add_error(name, text)
        return values


# helpers


def colleagues(brands: Sequence[Brand]) -> Any:
    """Users who may see one of these brands and are not shut out."""
    sees = Q(memberships__brand__in=[brand.pk for brand in brands]) | Q(
        memberships__brand=None, memberships__isnull=False
    )
    found = User.objects.filter(sees | Q(is_superuser=True), is_active=True)
    return found.distinct().order_by("display_name", "email")
