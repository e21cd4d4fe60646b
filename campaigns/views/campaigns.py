"""Campaigns: the list and the page of one plan."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from campaigns.gate.rules import BY_CODE
from campaigns.models import Campaign, CampaignState, MessageState
from campaigns.queries.campaigns import (
    campaigns_of,
    counts_of,
    message_states_of,
    stopping_rules_of,
)
from campaigns.usage import journeys_of_campaigns
from campaigns.words import say_pause
from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may
from customers.formats import number, percent, share
from customers.scope import scope_of

TONES = {CampaignState.RUNNING: "ok", CampaignState.SCHEDULED: "info"}


@login_required
def campaign_list(request: HttpRequest) -> HttpResponse:
    scope = scope_of(request)
    found = list(campaigns_of(scope.brand_ids))
    ids = [campaign.pk for campaign in found]
    counts, journeys = counts_of(ids), journeys_of_campaigns(ids)
    rows = [
        {
            "campaign": campaign,
            "counts": counts[campaign.pk],
            "journeys": len(journeys[campaign.pk]),
            "tone": TONES.get(CampaignState(campaign.state), ""),
        }
        for campaign in found
    ]
    running = sum(campaign.state == CampaignState.RUNNING for campaign in found)
    sent = sum(each.allowed for each in counts.values())
    may_edit = brands_of(Actor.of_request(request), Right.EDIT).exists()
    context = {"rows": rows, "running": running, "sent": sent, "may_edit": may_edit}
    return render(request, "campaigns/list.html", context)


@login_required
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = get_object_or_404(campaigns_of(scope_of(request).brand_ids), pk=pk)
    counts = counts_of([pk])[pk]
    journeys = journeys_of_campaigns([pk])[pk]
    reached = sum(journey.goal for journey in journeys)
    rules = stopping_rules_of(campaign)
    states = message_states_of(campaign)
    pause = campaign.pauses.select_related("brand", "campaign", "by").first()
    labels = dict(MessageState.choices)
    context = {
        "campaign": campaign,
        "tone": TONES.get(CampaignState(campaign.state), ""),
        "counts": counts,
        "journeys": journeys,
        "reached": reached,
        "tiles": _tiles(campaign, reached),
        "rules": [
            {"name": BY_CODE[rule].label if rule in BY_CODE else rule, "value": n}
            for rule, n in rules.items()
        ],
        "states": [{"name": labels.get(state, state), "value": n} for state, n in states.items()],
        "now": utc_now(),
        "pause": pause,
        "pause_words": say_pause(pause) if pause else "",
        "may_edit": may(Actor.of_request(request), Right.EDIT, campaign.brand),
    }
    return render(request, "campaigns/detail.html", context)


# helpers


def _tiles(campaign: Campaign, reached: int) -> list[dict[str, str]]:
    target = campaign.target
    of_target = (
        _("%(share)s of the target of %(target)s")
        % {"share": percent(share(reached, target)), "target": number(target)}
        if target
        else _("no target is set")
    )
    return [{"name": _("Goal reached"), "value": number(reached), "note": of_target}]
