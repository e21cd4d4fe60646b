"""How the OpenAPI document describes campaigns, and how a plan is read from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework import serializers

from campaigns.models import CampaignKind, CampaignState
from customers.api.problems import bad_request
from customers.ingest.limits import is_unfit
from customers.models import Channel

TEXTS: Final = ("name", "kind", "goal", "currency", "utm_campaign")
MOMENTS: Final = ("starts_at", "ends_at")
FIELDS: Final[dict[str, type | tuple[type, ...]]] = {
    **dict.fromkeys(TEXTS, str),
    **dict.fromkeys(MOMENTS, (str, type(None))),
    "target": (int, type(None)),
    "budget": (str, int, float, type(None)),
    "costs": dict,
}


class CampaignBody(serializers.Serializer):
    """What of a plan can be set; what is left out stays, or is empty in a new one."""

    name = serializers.CharField(max_length=120, required=False)
    kind = serializers.ChoiceField(choices=CampaignKind.values, required=False)
    goal = serializers.CharField(max_length=240, required=False)
    target = serializers.IntegerField(allow_null=True, required=False)
    budget = serializers.DecimalField(14, 2, allow_null=True, required=False)
    currency = serializers.CharField(required=False, help_text="Empty: that of the brand.")
    starts_at = serializers.DateTimeField(allow_null=True, required=False)
    ends_at = serializers.DateTimeField(allow_null=True, required=False)
    utm_campaign = serializers.CharField(required=False)
    costs = serializers.DictField(
        child=serializers.DecimalField(10, 4, allow_null=True),
        required=False,
        help_text="What a message costs, by channel; null: not known.",
    )


class CampaignAnswer(CampaignBody):
    """A plan. State is draft, or what its period says: scheduled, running, ended; or archived."""

    code = serializers.CharField()
    state = serializers.ChoiceField(choices=CampaignState.values)
    is_paused = serializers.BooleanField()


class CampaignsAnswer(serializers.Serializer):
    campaigns = CampaignAnswer(many=True)
    next = serializers.CharField(help_text="For `after`; empty on the last page.")


class CampaignDetailAnswer(CampaignAnswer):
    """With what became of its messages, and what was spent on those that were handed over."""

    wanted = serializers.IntegerField()
    sent = serializers.IntegerField()
    stopped = serializers.IntegerField()
    waiting = serializers.IntegerField()
    spent = serializers.DecimalField(18, 4)


def values_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as the action takes it; raises a Problem (400) for what can't be read."""
    expect_storable(body)
    values = {name: body[name] for name in (*TEXTS, "target") if name in body}
    for name in MOMENTS:
        if name in body:
            values[name] = _moment(name, body[name])
    if "budget" in body:
        values["budget"] = _money("budget", body["budget"])
    if "costs" in body:
        known = set(Channel.values)
        for channel in body["costs"]:
            if channel not in known:
                words = _("“%(key)s” is one of: %(known)s.")
                told = {"key": "costs", "known": ", ".join(Channel.values)}
                raise bad_request(words % told)
        values["costs"] = {
            channel: _money(f"costs.{channel}", cost) for channel, cost in body["costs"].items()
        }
    return values


def expect_storable(body: Mapping[str, Any]) -> None:
    """Refuse what no database stores: half of a character beyond the first 65,536."""
    for value in body.values():
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and is_unfit(text) for text in texts):
            raise bad_request(_("A text can't hold a null character or half a character."))


# helpers


def _moment(name: str, given: str | None) -> datetime | None:
    try:
        found = parse_datetime(given) if given else None
    except ValueError:
        found = None
    if given and (found is None or found.tzinfo is None):
        text = _("“%(key)s” is a moment with its zone, such as 2026-06-18T09:00:00+08:00.")
        raise bad_request(text % {"key": name})
    return found


def _money(name: str, given: Any) -> Decimal | None:
    if given is None:
        return None
    try:
        found = Decimal(str(given)) if not isinstance(given, bool | list | dict) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite():
        raise bad_request(_("“%(key)s” is a number, or a text of one.") % {"key": name})
    places = 2 if name == "budget" else 4
    if found != round(found, places) or abs(found) >= 10**12:
        text = _("“%(key)s” has at most %(places)s places; got %(given)s.")
        raise bad_request(text % {"key": name, "places": places, "given": str(given)[:30]})
    return found
