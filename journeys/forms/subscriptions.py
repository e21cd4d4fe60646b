"""The forms of a subscription: where, of what, and how long the old secret signs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.models import Brand, Namespace, Segment
from journeys.actions.subscriptions import Wanted
from journeys.models import Journey, JourneyState, Subscription, Topic

OVERLAPS = [
    ("0", _("ends at once")),
    ("3600", _("signs for an hour more")),
    ("86400", _("signs for a day more")),
    ("604800", _("signs for a week more")),
]


class SubscriptionForm(forms.Form):
    """What another system of a brand is told."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Who is told, such as “CRM”.")
    )
    url = forms.CharField(
        label="URL", max_length=500, help_text=_("Such as https://crm.example.com/waypost.")
    )
    topics = forms.MultipleChoiceField(
        label=_("Tell it when"), choices=Topic.choices, widget=forms.CheckboxSelectMultiple
    )
    segments = forms.MultipleChoiceField(
        label=_("Only of these segments"), required=False, help_text=_("None chosen: of all.")
    )
    journeys = forms.MultipleChoiceField(
        label=_("Only of these journeys"), required=False, help_text=_("None chosen: of all.")
    )
    namespaces = forms.MultipleChoiceField(
        label=_("Customers are named by"),
        required=False,
        help_text=_("Beside their number here. Choose personal ones only where it is needed."),
    )

    def __init__(
        self, data: Any, *, brand: Brand, subscription: Subscription | None = None
    ) -> None:
        held = subscription
        initial: dict[str, Any] = {"namespaces": ["user_id"]}
        if held is not None:
            initial = {
                "name": held.webhook.name, "url": held.webhook.url, "topics": held.topics,
                "segments": held.segments, "journeys": held.journeys,
                "namespaces": held.namespaces,
            }  # fmt: skip
        super().__init__(data, initial=initial)
        ours = Q(brand=brand) | Q(brand=None)
        alive = Journey.objects.filter(brand=brand).exclude(state=JourneyState.ARCHIVED)
        self._offer("segments", Segment.objects.filter(ours).order_by("name"))
        self._offer("journeys", alive.order_by("name"))
        self._offer("namespaces", Namespace.objects.filter(ours).order_by("code"))

    def wanted(self) -> Wanted:
        """What was typed. Call after is_valid."""
        return Wanted(**self.cleaned_data)

    # helpers

    def _offer(self, name: str, rows: QuerySet[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101
        choices = [(row.code, str(getattr(row, "title", row))) for row in rows[:500]]
        field.choices = choices
        field.widget.attrs["size"] = max(2, min(6, len(choices)))


class CheckForm(forms.Form):
    """A call as the other side has got it, to be checked against the secret."""

    headers = forms.CharField(
        label=_("The three headers"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("webhook-id, webhook-timestamp and webhook-signature, a line each."),
    )
    body = forms.CharField(
        label=_("The body, byte for byte"),
        max_length=200_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )

    def named(self) -> dict[str, str]:
        """The headers by their names in small letters. Call after is_valid."""
        lines = self.cleaned_data["headers"].splitlines()
        parts = (line.partition(":") for line in lines)
        return {name.strip().lower(): value.strip() for name, _colon, value in parts}


class SecretForm(forms.Form):
    """How long calls are signed by the old secret too."""

    overlap = forms.ChoiceField(label=_("The old secret"), choices=OVERLAPS, initial="86400")

    def until(self, now: datetime) -> datetime:
        """When the old secret ends. Call after is_valid."""
        return now + timedelta(seconds=int(self.cleaned_data["overlap"]))
