"""The page of a send: counted, started, paused and stopped, without a canvas."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns.evaluation.waterfall import Waterfall
from campaigns.evaluation.words import cost_of, figure, later_words, rows_of
from campaigns.gate.rules import BY_CODE
from campaigns.models import Campaign, CampaignState, MessageState
from campaigns.queries.policies import approval_size
from config.clock import utc_now
from customers.access import Right, may, require
from customers.models import Channel
from customers.scope import scope_of
from journeys.actions import JourneyRefused, archive, pause, resume, stop
from journeys.actions.sends import (
    count_send,
    expect_open,
    fresh_forecast,
    is_for_everybody,
    needs_second,
    people_of,
    start_send,
)
from journeys.canvas.experiment import briefs_of
from journeys.models import JourneyState, Send
from journeys.queries.counts import totals
from journeys.sends.state import Status, messages_by_state, states_of, stopped_by_rule
from journeys.sends.words import Names, say
from journeys.views.access import actor_of

SENDS = ("campaign__brand", "journey__brand", "journey__current", "started_by")
VERBS = {"pause": pause, "resume": resume, "stop": stop, "discard": archive}


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A send: what it is, whom it will reach, and what became of it."""
    send, now, actor = send_of(request, pk), utc_now(), actor_of(request)
    [status] = states_of([send], now)
    brand = send.campaign.brand
    names = Names([status.plan, status.running], [brand.pk])
    found = fresh_forecast(send, now) if status.plan else None
    shown = status.told
    kept = Waterfall.from_json(send.forecast) if send.forecast else None
    offers_start = may(actor, Right.PUBLISH, brand) and can_start(status)
    context = {
        "send": send,
        "campaign": send.campaign,
        "status": status,
        "words": say(shown, brand, names) if shown else "",
        "running_words": say(status.running, brand, names) if status.is_changed and (
            status.running) else "",
        "wants_count": can_start(status) and found is None and may(actor, Right.EDIT, brand),
        "may_edit": may(actor, Right.EDIT, brand) and status.state != "archived",
        "may_publish": may(actor, Right.PUBLISH, brand),
        "offers_start": offers_start,
        "offers_edit": may(actor, Right.EDIT, brand) and can_start(status, changing=True),
        "verbs": _verbs(status) if may(actor, Right.PUBLISH, brand) else [],
        "now": now,
        **_reach(send, status, names, found if can_start(status) else kept, now),
        **_outcome(send, status, kept),
        "briefs": briefs_of(send.journey, now) if send.started_at else [],
    }  # fmt: skip
    return render(request, "journeys/sends/detail.html", context)


@login_required
@require_POST
def count(request: HttpRequest, pk: int) -> HttpResponse:
    """Count the reach; the fragment that shows it, or back to the page."""
    send, now = send_of(request, pk), utc_now()
    error = ""
    try:
        count_send(actor_of(request), send, now=now)
    except JourneyRefused as refusal:
        error = str(refusal)
    if not getattr(request, "htmx", False):
        if error:
            messages.error(request, error)
        return redirect("journeys:send", pk)
    [status] = states_of([send], now)
    names = Names([status.plan], [send.campaign.brand_id])
    actor = actor_of(request)
    context = {
        "send": send,
        "campaign": send.campaign,
        "status": status,
        "error": error,
        "may_edit": True,
        "offers_start": may(actor, Right.PUBLISH, send.campaign.brand) and can_start(status),
        **_reach(send, status, names, fresh_forecast(send, now), now),
    }
    return render(request, "journeys/sends/reach.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what starting does, and ask; a second time for many, and for everybody."""
    send, now, actor = send_of(request, pk), utc_now(), actor_of(request)
    require(actor, Right.PUBLISH, send.campaign.brand)
    typed = request.POST.get("typed", "")[:160]
    error = ""
    if request.method == "POST":
        try:
            start_send(actor, send, now=now, typed=typed)
        except JourneyRefused as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("“%s” is started.") % send)
            return redirect("journeys:send", pk)
    [status] = states_of([send], now)
    found = fresh_forecast(send, now)
    if found is None or status.plan is None:
        messages.error(request, error or _("Count the reach first, then start it."))
        return redirect("journeys:send", pk)
    names = Names([status.plan], [send.campaign.brand_id])
    brand = send.campaign.brand
    context = {
        "send": send,
        "campaign": send.campaign,
        "status": status,
        "found": found,
        "people": people_of(found),
        "expected": figure(found.expected, found),
        "later": later_words(found),
        "words": say(status.plan, brand, names),
        "everybody": is_for_everybody(status.plan, found),
        "second": needs_second(status.plan, found, brand),
        "size": approval_size(brand.pk),
        "cost": cost_of(found.by_channel, costs_of(send.campaign)),
        "releases": send.campaign.state == CampaignState.DRAFT,
        "typed": typed,
        "error": error,
    }
    return render(request, "journeys/sends/start.html", context, status=422 if error else 200)


@login_required
@require_POST
def change(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Pause, resume, stop or put away: the actions of its journey."""
    send, now = send_of(request, pk), utc_now()
    if verb not in VERBS:
        raise Http404
    try:
        VERBS[verb](actor_of(request), send.journey, now)
    except JourneyRefused as refusal:
        messages.error(request, str(refusal))
    else:
        said = {
            "pause": _("“%s” is paused: nothing more of it goes out."),
            "resume": _("“%s” goes on."),
            "stop": _("“%s” is stopped. What waited is not sent any more."),
            "discard": _("“%s” is put away."),
        }
        messages.success(request, said[verb] % send)
    if verb == "discard":
        return redirect("campaigns:detail", send.campaign_id)
    return redirect("journeys:send", pk)


# helpers


def send_of(request: HttpRequest, pk: int) -> Send:
    """A send of one of the reader's brands, else 404."""
    brands = [brand.pk for brand in scope_of(request).mine]
    rows = Send.objects.select_related(*SENDS)
    return get_object_or_404(rows, pk=pk, campaign__brand__in=brands)


def costs_of(campaign: Campaign) -> dict[str, Any]:
    """What a message of the campaign costs, by channel."""
    return dict(campaign.costs.values_list("channel", "per_message"))


def can_start(status: Status, *, changing: bool = False) -> bool:
    """Whether there is something that starting it would begin; *changing*: that may be edited."""
    try:
        expect_open(status.send.campaign)
    except JourneyRefused:
        return False
    if status.plan is None or status.state == "archived":
        return False
    is_again = status.running is not None and status.running.repeat is not None
    if status.runs and not is_again:
        return False
    is_idle = status.state in ("draft", "stopped")
    return is_idle or changing or status.is_changed


def _reach(
    send: Send, status: Status, names: Names, found: Waterfall | None, now: datetime
) -> dict[str, Any]:
    """The waterfall and what it means."""
    plan = status.plan
    if found is None or plan is None:
        return {"found": None}
    brand = send.campaign.brand
    segment = names.segment_of(plan.segment)
    return {
        "found": found,
        "counted_at": send.forecast_at,
        "rows": rows_of(
            found,
            audience=names.segment(plan.segment) if plan.segment else "",
            exclude=names.segment(plan.exclude) if plan.exclude else "",
            has_control=bool(plan.control),
        ),
        "everybody": is_for_everybody(plan, found),
        "second": needs_second(plan, found, brand),
        "not_built": segment is not None and segment.built_at is None,
        "built_at": segment.built_at if segment else None,
        "cost": cost_of(found.by_channel, costs_of(send.campaign)),
        "by_channel": found.by_channel,
        "channels": [
            (Channel(code).label, figure(n, found)) for code, n in sorted(found.by_channel.items())
        ],
    }


def _outcome(send: Send, status: Status, kept: Waterfall | None) -> dict[str, Any]:
    """What became of it, beside what was foretold."""
    if not status.runs:
        return {"outcome": None}
    labels = dict(MessageState.choices)
    stops = stopped_by_rule(send)
    told: dict[str, int] = {}
    for stop_ in kept.stops if kept and not (status.running and status.running.repeat) else ():
        told[stop_.rule] = told.get(stop_.rule, 0) + stop_.n - stop_.control
    return {
        "outcome": {
            "entered": status.entered,
            "sent": status.sent,
            "waiting": status.waiting,
            "goals": totals(send.journey_id).goals
            if status.running and status.running.goal
            else None,
            "foretold": kept.expected if kept and kept.sample else None,
            "rules": [
                {
                    "name": BY_CODE[rule].label if rule in BY_CODE else rule,
                    "n": stops.get(rule, 0),
                    "told": told.get(rule, 0) if told else None,
                }
                for rule in dict.fromkeys([*BY_CODE, *stops])
                if stops.get(rule) or told.get(rule)
            ],
            "states": [
                {"name": labels[state], "value": n} for state, n in messages_by_state(send).items()
            ],
        }
    }


def _verbs(status: Status) -> list[dict[str, str]]:
    """What may be done to it just now, each with its question."""
    state = JourneyState(status.send.journey.state)
    every = {
        "pause": {
            "verb": "pause", "label": _("Pause…"), "icon": "pause", "ask": _("Pause this send?"),
            "detail": _("Nobody enters and nothing is sent until it is resumed."),
            "yes": _("Pause"),
        },
        "resume": {
            "verb": "resume", "label": _("Resume…"), "icon": "play", "ask": _("Let it go on?"),
            "detail": _("What is too late by now is not sent any more."), "yes": _("Resume"),
        },
        "stop": {
            "verb": "stop", "label": _("Stop…"), "icon": "stop", "ask": _("Stop this send?"),
            "detail": _("What was not sent yet is not sent any more. This can't be undone."),
            "yes": _("Stop"),
        },
        "discard": {
            "verb": "discard", "label": _("Put away…"), "icon": "lock", "ask": _("Put it away?"),
            "detail": _("It leaves the campaign's page; its figures stay in the reports."),
            "yes": _("Put away"),
        },
    }  # fmt: skip
    if state == JourneyState.PAUSED:
        names = ["resume", "stop"]
    elif status.state in ("planned", "sending", "between", "missed"):
        names = ["pause", "stop"] if state == JourneyState.RUNNING else ["stop"]
    elif state in (JourneyState.DRAFT, JourneyState.STOPPED):
        names = ["discard"]
    else:
        names = []
    return [every[name] for name in names]
