"""The list of messages: what was wanted, what the gate said, what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from campaigns.evaluation.funnel_words import NAMES
from campaigns.gate.rules import BY_CODE
from campaigns.models import Candidate, CandidateState, MessageState
from campaigns.queries.messages import Filters, messages_page, number
from campaigns.usage import Use, names_of_journeys
from config.clock import utc_now
from customers.access import Actor
from customers.access.people import shown_now
from customers.links import address
from customers.models import Channel
from customers.queries.people import name_of
from customers.scope import scope_of

TONES = {
    CandidateState.ALLOWED: "ok",
    CandidateState.STOPPED: "bad",
    CandidateState.DEFERRED: "warn",
}
# What a report asks and the form has no field for.
KEPT = ("bar", "since", "until", "campaign", "content", "node", "segment", "side", "text")
MESSAGE_TONES = {
    MessageState.HANDED_OVER: "ok",
    MessageState.DELIVERED: "ok",
    MessageState.FAILED: "bad",
    MessageState.HELD: "warn",
    MessageState.UNCERTAIN: "warn",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate as the list shows it."""

    candidate: Candidate
    who: str
    who_url: str
    url: str
    verdict_tone: str
    rule: str
    journey: Use | None
    state: str
    state_tone: str


@login_required
def message_list(request: HttpRequest) -> HttpResponse:
    scope = scope_of(request)
    filters = Filters.read(request.GET.dict())
    page = messages_page(
        scope.brand_ids,
        filters,
        after=number(request.GET.get("after")),
        before=number(request.GET.get("before")),
    )
    shown = shown_now(Actor.of_request(request), utc_now())
    wanted = {row.journey_id for row in page.rows} | {filters.journey or 0}
    named = names_of_journeys(sorted(wanted - {0}))
    context = {
        "rows": [_row(each, named, shown.of(each.customer)) for each in page.rows],
        "page": page,
        "filters": filters,
        "journey": named.get(filters.journey or 0),
        "channels": Channel.choices,
        "verdicts": CandidateState.choices,
        "states": MessageState.choices,
        "bar": NAMES.get(filters.bar, ""),
        "last_day": filters.until - timedelta(days=1) if filters.until else None,
        "kept": [(name, request.GET[name]) for name in KEPT if request.GET.get(name)],
    }
    return render(request, "campaigns/messages.html", context)


# helpers


def _row(candidate: Candidate, named: dict[int, Use], is_open: bool) -> Row:
    message = getattr(candidate, "message", None)
    rule = BY_CODE.get(candidate.rule)
    return Row(
        candidate=candidate,
        who=name_of(candidate.customer, unmask=is_open),
        who_url=address("customers:detail", candidate.customer_id),
        url=address("campaigns:message", candidate.pk),
        verdict_tone=TONES.get(CandidateState(candidate.state), ""),
        rule=str(rule.label) if rule else "",
        journey=named.get(candidate.journey_id),
        state=str(message.get_state_display()) if message else "",
        state_tone=MESSAGE_TONES.get(MessageState(message.state), "info") if message else "",
    )
