"""Why did she (not) get it: one message, every decision of the gate, its text and states."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from campaigns.content.preview import preview
from campaigns.gate import why
from campaigns.gate.rules import BY_CODE
from campaigns.models import Candidate, CandidateState, Decision, Message, MessageState, Verdict
from campaigns.outbox.links import without_picture
from campaigns.outbox.words import why_not
from campaigns.usage import names_of_journeys
from campaigns.views.messages import MESSAGE_TONES, TONES
from config.csp import shows_mails
from customers.formats import clock, day, masked
from customers.links import address
from customers.profile.veil import Veil
from customers.queries.people import name_of
from customers.scope import scope_of
from customers.views.personal import sight_of_her


@dataclass(frozen=True, slots=True)
class At:
    """An entry of the timeline, in the form of partials/timeline.html."""

    icon: str
    title: str
    words: str
    time: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Text:
    """What was said: as it went out, or made again from the version it was made from."""

    subject: str = ""
    body: str = ""
    html: str = ""
    problem: str = ""
    is_exact: bool = False


@shows_mails
@login_required
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one candidate; five queries more than its look-up."""
    brands = [brand.pk for brand in scope_of(request).mine]
    rows = Candidate.objects.select_related(
        "brand", "customer", "content", "message__content_version", "message__account"
    )
    candidate = get_object_or_404(rows, pk=pk, brand__in=brands)
    sent: Message | None = getattr(candidate, "message", None)
    sight = sight_of_her(request, candidate.customer)
    is_open = sight["unmask"]
    veil = Veil.of(candidate.customer, is_open=is_open, told=candidate.context)
    context = sight | {
        "candidate": candidate,
        "sent": sent,
        "who": name_of(candidate.customer, unmask=is_open),
        "who_url": address("customers:detail", candidate.customer_id),
        "address": address_of(sent, is_open),
        "journey": names_of_journeys([candidate.journey_id]).get(candidate.journey_id),
        "walk_url": address("journeys:enrollment", candidate.enrollment_id),
        "content_url": address("campaigns:content", candidate.content_id),
        "sentences": [veil.text(each) for each in why(candidate)],
        "tone": TONES.get(CandidateState(candidate.state), "info"),
        "state_tone": MESSAGE_TONES.get(MessageState(sent.state), "info") if sent else "",
        "days": veil.days(days_of(candidate, sent)),
        "error": veil.text(why_not(sent.error)) if sent else "",
        "text": text_of(candidate, sent, veil),
    }
    return render(request, "campaigns/message.html", context)


# helpers


def address_of(sent: Message | None, is_open: bool) -> str:
    if sent is None or not sent.address or is_open:
        return sent.address if sent else ""
    return masked(sent.address, {"email": "email", "sms": "phone"}.get(sent.channel, ""))


def days_of(candidate: Candidate, sent: Message | None) -> list[tuple[str, list[At]]]:
    """Wish, every decision of the ledger with its numbers, and what became of the message."""
    found = [entry("note", _("Wanted by the journey"), "", candidate.wanted_at)]
    ledger = Decision.objects.filter(candidate_id=candidate.pk).order_by("decided_at", "id")
    found += [decided(decision, candidate) for decision in ledger]
    if sent is not None:
        found += states_of(sent)
    found.sort(key=lambda each: each.at)
    days: list[tuple[str, list[At]]] = []
    for each in found:
        if not days or days[-1][0] != day(each.at):
            days.append((day(each.at), []))
        days[-1][1].append(each)
    return days


def decided(decision: Decision, candidate: Candidate) -> At:
    """A verdict in words, from the numbers that the ledger kept."""
    rule = BY_CODE.get(decision.rule)
    as_it_was = copy.copy(candidate)
    as_it_was.rule, as_it_was.detail = decision.rule, decision.detail
    as_it_was.state, as_it_was.decided_at = decision.verdict, decision.decided_at
    titles = {
        Verdict.ALLOWED: _("The gate let it pass"),
        Verdict.DEFERRED: _("The gate held it back: %(rule)s"),
        Verdict.STOPPED: _("The gate stopped it: %(rule)s"),
    }
    icons = {Verdict.ALLOWED: "ok", Verdict.DEFERRED: "clock", Verdict.STOPPED: "bad"}
    verdict = Verdict(decision.verdict)
    title = titles[verdict] % {"rule": rule.label if rule else decision.rule}
    words = rule.say(as_it_was) if rule else _("No rule stood against it.")
    return entry(icons[verdict], title, words, decision.decided_at)


def states_of(sent: Message) -> list[At]:
    given = sent.account.name if sent.account else ""
    moments: Sequence[tuple[str, str, str, datetime | None]] = (
        ("send", _("Handed over"), given, sent.handed_over_at),
        ("ok", _("Delivered"), "", sent.delivered_at),
        ("eye", _("Opened"), "", sent.opened_at),
        ("arrow", _("Clicked"), "", sent.clicked_at),
        ("clock", _("Next attempt"), why_not(sent.error), sent.next_attempt_at),
    )
    return [entry(icon, title, words, at) for icon, title, words, at in moments if at]


def entry(icon: str, title: str, words: str, at: datetime) -> At:
    return At(icon, title, words, clock(at), at)


def text_of(candidate: Candidate, sent: Message | None, veil: Veil) -> Text | None:
    """What was said, as this reader may see it. Providers but the recording one keep it, so it is
    made again for the page."""
    recorded: Any = getattr(sent, "recorded", None) if sent else None
    if recorded is not None:
        return _veiled(recorded, veil, is_exact=True)
    version = sent.content_version if sent else candidate.content.current
    if version is None:
        return None
    made = preview(
        candidate.content,
        candidate.customer,
        sent.language if sent else "",
        texts=list(version.texts.all()),
        context=candidate.context,
    )
    if made.rendered is None:
        return Text(problem=made.problem)
    return _veiled(made.rendered, veil)


def _veiled(said: Any, veil: Veil, *, is_exact: bool = False) -> Text:
    html = without_picture(said.html)
    return Text(
        veil.text(said.subject), veil.text(said.body), str(veil.html(html)), is_exact=is_exact
    )
