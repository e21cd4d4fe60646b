"""Why, at a step: what the gate said of its messages, by rule, and of each person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from campaigns.gate import why
from campaigns.models import Candidate, CandidateState
from campaigns.queries.messages import number
from config.clock import utc_now
from customers.access.people import shown_now
from customers.links import address
from customers.queries.people import name_of
from journeys.graph.sketch import sketch
from journeys.queries.home import rule_name
from journeys.queries.refusals import REFUSED, refused_at, words_at
from journeys.queries.titles import titles_of
from journeys.views.access import actor_of
from journeys.views.people import place_of


@dataclass(frozen=True, slots=True)
class Choice:
    """A rule with how many it stopped or lets wait, and the address that shows those only."""

    name: str
    n: int
    url: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One person and the gate's word on her message."""

    who: str
    who_url: str
    url: str
    is_stopped: bool
    verdict: str
    reason: str
    decided_at: datetime | None


@login_required
@require_GET
def refusals(request: HttpRequest, pk: int, node: str) -> HttpResponse:
    """How many were stopped by which rule, and why each of them."""
    journey, version = place_of(request, pk, node)
    given = request.GET
    state, rule = given.get("verdict", ""), given.get("rule", "")[:24]
    if state and state not in REFUSED:
        raise Http404
    words = words_at(version, node)
    found = refused_at(version, node, state=state, rule=rule, after=number(given.get("after")) or 0)
    shown = shown_now(actor_of(request), utc_now())
    step = sketch(version.graph).nodes.get(node)
    which = {} if version.pk == journey.current_id else {"version": version.number}

    def choices(verdict: str, rules: Any) -> list[Choice]:
        return [
            Choice(
                rule_name(code),
                n,
                "?" + urlencode({**which, "verdict": verdict, "rule": code}),
                (state, rule) == (verdict, code),
            )
            for code, n in rules
        ]

    context = {
        "journey": journey,
        "version": version,
        "node": node,
        "which": which,
        "sentence": titles_of([step], journey.brand_id).say(step) if step else node,
        "words": words,
        "stopped": choices("stopped", words.stopped),
        "deferred": choices("deferred", words.deferred),
        "rule": rule_name(rule) if rule else "",
        "everybody": "?" + urlencode(which) if which else "?",
        "rows": [_row(each, is_open=shown.of(each.customer)) for each in found.rows],
        "after": found.after,
    }
    return render(request, "journeys/refusals.html", context)


# helpers


def _row(candidate: Candidate, *, is_open: bool) -> Row:
    # The first sentence is the verdict, which stands in a column of its own.
    sentences = why(candidate)
    return Row(
        name_of(candidate.customer, unmask=is_open),
        address("journeys:enrollment", candidate.enrollment_id),
        address("campaigns:message", candidate.pk),
        candidate.state == CandidateState.STOPPED,
        candidate.get_state_display(),
        " ".join(sentences[1:]) or sentences[0],
        candidate.decided_at,
    )
