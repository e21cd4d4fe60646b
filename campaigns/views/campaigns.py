"""Campaigns: the list and the page of one plan."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from campaigns.actions.campaigns import CampaignRefused, archive, bring_back, release
from campaigns.gate.rules import BY_CODE
from campaigns.models import Campaign, CampaignKind, CampaignState, MessageState, SendingPause
from campaigns.queries.campaigns import (
    TONES,
    campaigns_of,
    counts_of,
    message_states_of,
    spending_of,
    stopping_rules_of,
)
from campaigns.queries.funnel import Asked
from campaigns.queries.log import log_of
from campaigns.usage import journeys_of_campaigns, sends_of_campaign
from campaigns.views.campaign_edit import on_clock_of
from campaigns.views.funnel import funnel_context, funnel_file
from campaigns.words import say_pause
from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may
from customers.formats import day, number, percent, share
from customers.links import address
from customers.scope import scope_of
from customers.sheets import FORMS

ROWS = 50
TURNS = {
    "release": (release, gettext_lazy("“%(campaign)s” is no draft any more.")),
    "archive": (archive, gettext_lazy("“%(campaign)s” is archived.")),
    "bring-back": (bring_back, gettext_lazy("“%(campaign)s” is back.")),
}


@login_required
@require_GET
def campaign_list(request: HttpRequest) -> HttpResponse:
    scope = scope_of(request)
    asked = {name: request.GET.get(name, "").strip()[:80] for name in ("q", "state", "kind")}
    rows = campaigns_of(scope.brand_ids, state=asked["state"], kind=asked["kind"], words=asked["q"])
    if asked["state"] != CampaignState.ARCHIVED:
        rows = rows.exclude(state=CampaignState.ARCHIVED)
    page = Paginator(rows.order_by("-starts_at", "name", "pk"), ROWS).get_page(
        request.GET.get("page")
    )
    found = list(page)
    ids = [campaign.pk for campaign in found]
    counts, journeys = counts_of(ids), journeys_of_campaigns(ids)
    paused = set(SendingPause.objects.filter(campaign__in=ids).values_list("campaign", flat=True))
    shown = [
        {
            "campaign": campaign,
            "counts": counts[campaign.pk],
            "journeys": len(journeys[campaign.pk]),
            "badge": badge_of(campaign, campaign.pk in paused),
            "period": period_words(campaign),
        }
        for campaign in found
    ]
    running = campaigns_of(scope.brand_ids, state=CampaignState.RUNNING).count()
    context = {
        "rows": shown,
        "page": page,
        "running": running,
        "sent": sum(each.allowed for each in counts.values()),
        "states": CampaignState.choices,
        "kinds": CampaignKind.choices,
        "filtered": any(asked.values()),
        "may_edit": brands_of(Actor.of_request(request), Right.EDIT).exists(),
        **asked,
    }
    return render(request, "campaigns/list.html", context)


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = get_object_or_404(campaigns_of(scope_of(request).brand_ids), pk=pk)
    now = utc_now()
    asked = whole_days(campaign, now)
    form = request.GET.get("form", "")
    if form in FORMS:
        return funnel_file(asked, now, campaign.code, form)
    counts = counts_of([pk])[pk]
    journeys = journeys_of_campaigns([pk])[pk]
    reached = sum(journey.goal for journey in journeys)
    rules = stopping_rules_of(campaign)
    states = message_states_of(campaign)
    pause = campaign.pauses.select_related("brand", "campaign", "by").first()
    spending = spending_of(campaign)
    after = request.GET.get("after", "")
    log, older = log_of(campaign, after=int(after) if after.isdecimal() and len(after) < 12 else 0)
    labels = dict(MessageState.choices)
    may_edit = may(Actor.of_request(request), Right.EDIT, campaign.brand)
    is_open = campaign.state not in (CampaignState.ENDED, CampaignState.ARCHIVED)
    context = {
        "campaign": campaign,
        "badge": badge_of(campaign, pause is not None),
        "counts": counts,
        "period": period_words(campaign),
        "sends": sends_of_campaign(pk, now),
        "new_send": address("journeys:new_send", pk) if may_edit and is_open else "",
        "journeys": [journey for journey in journeys if not journey.is_send],
        "reached": reached,
        "tiles": _tiles(campaign, reached),
        "spending": spending,
        "spent": sum((each.cost for each in spending if each.cost is not None), Decimal(0)),
        "unknown": [each.label for each in spending if each.messages and each.cost is None],
        "has_costs": any(each.cost is not None for each in spending),
        "rules": [
            {"name": BY_CODE[rule].label if rule in BY_CODE else rule, "value": n}
            for rule, n in rules.items()
        ],
        "states": [{"name": labels.get(state, state), "value": n} for state, n in states.items()],
        "log": log,
        "older": older or "",
        "now": now,
        "pause": pause,
        "pause_words": say_pause(pause) if pause else "",
        "may_edit": may_edit,
        "turn": _turns(campaign) if may_edit else [],
        **funnel_context(asked, now, file_url="?all=1"),
    }
    return render(request, "campaigns/detail.html", context)


@login_required
@require_POST
def turn(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Release a draft, archive, bring back."""
    campaign = get_object_or_404(campaigns_of(scope_of(request).brand_ids), pk=pk)
    if verb not in TURNS:
        raise Http404
    change, said = TURNS[verb]
    try:
        change(Actor.of_request(request), campaign, now=utc_now())
    except CampaignRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said % {"campaign": campaign.name})
    return redirect("campaigns:detail", pk)


# helpers


def badge_of(campaign: Campaign, is_paused: bool) -> dict[str, str]:
    """The state in words, with its tone; what is paused says so as long as it is not over."""
    state = CampaignState(campaign.state)
    if is_paused and state in (CampaignState.RUNNING, CampaignState.SCHEDULED):
        return {"words": _("paused"), "tone": "warn"}
    return {"words": str(state.label), "tone": TONES.get(state, "")}


def whole_days(campaign: Campaign, now: datetime) -> Asked:
    """Everything that a campaign has sent, in whole days of the reader's zone."""
    zone = timezone.get_current_timezone()
    first = campaign.created_at.astimezone(zone).date()
    if campaign.starts_at:
        first = min(first, campaign.starts_at.astimezone(zone).date())
    last = now.astimezone(zone).date() + timedelta(days=1)
    since, until = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (first, last))
    return Asked(since, until, campaign=campaign.pk)


def period_words(campaign: Campaign) -> str:
    """The period on the clock of the brand; what ends at a midnight ends the day before."""
    with on_clock_of(campaign.brand):
        return _period(campaign)


def _period(campaign: Campaign) -> str:
    starts, ends = campaign.starts_at, campaign.ends_at
    last = ends - timedelta(microseconds=1) if ends else None
    if starts and last:
        return _("%(starts)s to %(ends)s") % {"starts": day(starts), "ends": day(last)}
    if starts:
        return _("from %(starts)s on") % {"starts": day(starts)}
    if last:
        return _("until %(ends)s") % {"ends": day(last)}
    return _("without an end")


def _turns(campaign: Campaign) -> list[dict[str, str]]:
    """What may become of it, each with its question."""
    archive_ = {
        "verb": "archive",
        "label": _("Archive…"),
        "ask": _("Archive this campaign?"),
        "detail": _("It leaves the list; its messages and figures stay."),
        "yes": _("Archive"),
    }
    match campaign.state:
        case CampaignState.DRAFT:
            release_ = {
                "verb": "release",
                "label": _("Release…"),
                "ask": _("Is the plan ready?"),
                "detail": _("It is planned or runs from now on, as its period says."),
                "yes": _("Release"),
            }
            return [release_, archive_]
        case CampaignState.ARCHIVED:
            return [
                {
                    "verb": "bring-back",
                    "label": _("Bring back…"),
                    "ask": _("Bring this campaign back?"),
                    "detail": _("It is again what its period says."),
                    "yes": _("Bring back"),
                }
            ]
    return [archive_]


def _tiles(campaign: Campaign, reached: int) -> list[dict[str, str]]:
    target = campaign.target
    of_target = (
        _("%(share)s of the target of %(target)s")
        % {"share": percent(share(reached, target)), "target": number(target)}
        if target
        else _("no target is set")
    )
    return [{"name": _("Goal reached"), "value": number(reached), "note": of_target}]
