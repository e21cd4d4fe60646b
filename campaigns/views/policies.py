"""The policies page: what holds for every message, in words, and what that does today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString

from campaigns import words
from campaigns.gate.rules import RULES
from campaigns.models import FrequencyCap, LedgerPolicy, Quota, SendingPause
from campaigns.queries.policies import (
    Today,
    approvals_of,
    arbitrations_of,
    caps_of,
    control_groups_of,
    holidays_of,
    pauses_of,
    quiet_hours_of,
    quotas_of,
    sendings_of,
    today,
)
from campaigns.usage import Use, names_of_journeys
from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may
from customers.scope import scope_of


@dataclass(frozen=True, slots=True)
class CapRow:
    """A cap in words, and whom it stopped today."""

    cap: FrequencyCap
    words: SafeString
    stopped: int
    may_edit: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A policy of another kind in words."""

    policy: Any
    words: SafeString
    may_edit: bool


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """A quota in words, and how much of it is used in its present period."""

    policy: Quota
    words: SafeString
    used: int
    may_edit: bool


@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Every policy that concerns the reader's brands; a query for each kind."""
    actor, scope, now = Actor.of_request(request), scope_of(request), utc_now()
    effect = today(scope.brand_ids, now)
    caps = list(caps_of(scope.brand_ids))
    named = names_of_journeys([cap.journey_id for cap in caps if cap.journey_id])
    rows = [_cap_row(cap, effect, named, actor) for cap in caps]
    coming = holidays_of(scope.brand_ids, timezone.localtime(now).date())[:50]
    kept = LedgerPolicy.objects.filter(pk=1).first() or LedgerPolicy(pk=1)
    context = {
        "caps": rows,
        "active": sum(row.cap.is_active for row in rows),
        "quiet": _rows(actor, quiet_hours_of(scope.brand_ids), words.say_quiet_hours),
        "holidays": _rows(actor, coming, words.say_holiday),
        "arbitrations": _rows(actor, arbitrations_of(scope.brand_ids), words.say_arbitration),
        "approvals": _rows(actor, approvals_of(scope.brand_ids), words.say_approval),
        "pauses": [
            Row(each, words.say_pause(each), may_resume(actor, each))
            for each in pauses_of(scope.brand_ids)
        ],
        "controls": _rows(actor, control_groups_of(scope.brand_ids), words.say_control),
        "quotas": [
            QuotaRow(each, words.say_quota(each), used, may(actor, Right.SET_POLICY, each.brand))
            for each, used in quotas_of(scope.brand_ids, now)
        ],
        "sendings": [
            Row(each, words.say_sending(each), may(actor, Right.SET_CHANNEL, each.brand))
            for each in sendings_of(scope.brand_ids)
        ],
        "effect": effect,
        "rules": [
            {
                "name": rule.label,
                "code": rule.code,
                "stopped": effect.stopped.get(rule.code, 0),
                "deferred": effect.deferred.get(rule.code, 0),
            }
            for rule in RULES
        ],
        "most": max([1, *effect.stopped.values()]),
        "may_edit": brands_of(actor, Right.SET_POLICY).exists(),
        "may_edit_all": may(actor, Right.SET_POLICY, None),
        "keep_days": kept.keep_days,
    }
    return render(request, "campaigns/policies.html", context)


# helpers


def may_resume(actor: Actor, pause: SendingPause) -> bool:
    """Whether *actor* may end it: a campaign's by whoever may edit it."""
    if pause.campaign is not None:
        return may(actor, Right.EDIT, pause.campaign.brand)
    return may(actor, Right.SET_POLICY, pause.brand)


def _rows(actor: Actor, policies: Iterable[Any], say: Any) -> list[Row]:
    return [
        Row(policy, say(policy), may(actor, Right.SET_POLICY, policy.brand)) for policy in policies
    ]


def _cap_row(cap: FrequencyCap, effect: Today, named: dict[int, Use], actor: Actor) -> CapRow:
    journey = named.get(cap.journey_id or 0)
    return CapRow(
        cap,
        words.say_cap(cap, journey.name if journey else ""),
        effect.by_cap.get(cap.pk, 0),
        may(actor, Right.SET_POLICY, cap.brand),
    )
