"""One customer's walk: where she was and why, what was sent, where she is, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from campaigns.gate import why
from campaigns.models import Candidate, CandidateState
from customers.formats import at_moment, clock, day, duration, is_chinese, moment
from customers.links import address
from journeys.canvas.words import end_name, outcome_name
from journeys.engine.relocate import MOVED
from journeys.graph.sketch import Sketch, sketch
from journeys.models import (
    Enrollment,
    EnrollmentState,
    HeldReason,
    HeldTimer,
    Listener,
    Step,
    Timer,
)
from journeys.nodes.base import Family, Node
from journeys.nodes.labels import Labels
from journeys.queries.titles import Titles, titles_of

TONES = {
    CandidateState.ALLOWED: "ok",
    CandidateState.STOPPED: "bad",
    CandidateState.DEFERRED: "warn",
    CandidateState.WAITING: "info",
}


@dataclass(frozen=True)
class Visit:
    """One entry of her timeline, in the form of partials/timeline.html."""

    family: str
    icon: str
    title: str
    words: SafeString
    time: str
    at: datetime


@dataclass(frozen=True)
class Sent:
    """A message that the walk wanted, with the gate's word and what became of it."""

    candidate: Candidate
    step: SafeString | str
    tone: str
    verdict: str
    state: str
    sentences: Sequence[str]
    url: str


@dataclass(frozen=True)
class WalkPage:
    """A walk from its entry to now."""

    walk: Enrollment
    days: Sequence[tuple[str, Sequence[Visit]]]
    sent: Sequence[Sent]
    here: SafeString
    next: SafeString


def read_walk(walk: Enrollment, now: datetime) -> WalkPage:
    """Everything about *walk*; the number of queries does not depend on its length."""
    drawn = sketch(walk.version.graph)
    titles = titles_of(drawn.nodes.values(), walk.journey.brand_id)
    steps = list(Step.objects.filter(enrollment_id=walk.pk).order_by("visit"))
    candidates = list(
        Candidate.objects.filter(enrollment_id=walk.pk)
        .select_related("content", "message", "brand")
        .order_by("visit")
    )
    by_visit = {candidate.visit: candidate for candidate in candidates}
    visits = [visit_of(step, drawn, titles, by_visit.get(step.visit)) for step in steps]
    if walk.state != EnrollmentState.FINISHED:
        visits.append(standing(walk, drawn, titles))
    return WalkPage(
        walk=walk,
        days=by_day(visits),
        sent=[sent_of(candidate, drawn, titles) for candidate in candidates],
        here=here_of(walk, drawn, titles, now),
        next=next_of(walk, drawn, titles, now),
    )


# helpers


def visit_of(step: Step, drawn: Sketch, titles: Titles, candidate: Candidate | None) -> Visit:
    node = drawn.nodes.get(step.node)
    why_words = reason_of(step, node, titles, drawn.heading.labels)
    parts = [format_html("{}", why_words)] if why_words else []
    if step.left_at > step.arrived_at:
        parts.append(format_html(_("after {span}"), span=duration(step.left_at - step.arrived_at)))
    if candidate is not None:
        label = str(CandidateState(candidate.state).label)
        parts.append(
            format_html('<a href="{}">{}</a>', address("campaigns:message", candidate.pk), label)
        )
    return Visit(
        family=str(node.family) if node else Family.EXIT,
        icon=node.icon if node else "info",
        title=plain(titles.say(node)) if node else step.node,
        words=format_html_join(" · ", "{}", ((part,) for part in parts)),
        time=clock(step.left_at),
        at=step.left_at,
    )


def standing(walk: Enrollment, drawn: Sketch, titles: Titles) -> Visit:
    node = drawn.nodes.get(walk.node)
    return Visit(
        family=str(node.family) if node else Family.WAIT,
        icon=node.icon if node else "info",
        title=plain(titles.say(node)) if node else walk.node,
        words=format_html("<em>{}</em>", _("She is here now.")),
        time=clock(walk.arrived_at),
        at=walk.arrived_at,
    )


def reason_of(step: Step, node: Node[Any] | None, titles: Titles, labels: Labels) -> str:
    """Why the visit ended as it did."""
    detail: dict[str, Any] = step.detail or {}
    if step.outcome == MOVED and "version" in detail:
        words = _("Moved to version %s, and went on from the same step")
        return words % str(detail["version"])
    by_hand = detail.get("by") == "hand"
    why = why_of(step, node, titles, labels)
    return _("Moved on by hand: %s") % (why or _("to the next step")) if by_hand else why


def why_of(step: Step, node: Node[Any] | None, titles: Titles, labels: Labels) -> str:
    """The outcome in words, with what made it happen."""
    outcomes = {outcome.name: outcome for outcome in node.outcomes()} if node else {}
    if node is None or step.outcome not in outcomes:
        at_exit = node is not None and node.family == Family.EXIT
        return "" if at_exit else end_name(step.outcome, labels)
    if step.outcome == "next" and len(outcomes) == 1:
        return ""
    if outcomes[step.outcome].is_timeout:
        return _("Time was up: %s") % outcome_name(outcomes[step.outcome])
    events = {ref.setting: ref.code for ref in node.refers() if ref.noun == "event"}
    event = events.get(f"until.{step.outcome}")
    if event:
        return _("It happened: %s") % titles.names.get(("event", event), event)
    return outcome_name(outcomes[step.outcome])


def by_day(visits: Sequence[Visit]) -> list[tuple[str, list[Visit]]]:
    found: list[tuple[str, list[Visit]]] = []
    for visit in visits:
        name = day(visit.at)
        if not found or found[-1][0] != name:
            found.append((name, []))
        found[-1][1].append(visit)
    return found


def sent_of(candidate: Candidate, drawn: Sketch, titles: Titles) -> Sent:
    node = drawn.nodes.get(candidate.node)
    message = getattr(candidate, "message", None)
    return Sent(
        candidate=candidate,
        step=titles.say(node) if node else candidate.node,
        tone=TONES[CandidateState(candidate.state)],
        verdict=str(CandidateState(candidate.state).label),
        state=str(message.get_state_display()) if message else "",
        sentences=why(candidate),
        url=address("campaigns:message", candidate.pk),
    )


def here_of(walk: Enrollment, drawn: Sketch, titles: Titles, now: datetime) -> SafeString:
    """Where she is, or how her walk ended."""
    if walk.state == EnrollmentState.FINISHED:
        when = at_moment(walk.finished_at, now) if walk.finished_at else "–"
        text = _("Her walk ended {when}: <em>{reason}</em>.")
        return format_html(text, when=when, reason=end_name(walk.exit_reason, drawn.heading.labels))
    node = drawn.nodes.get(walk.node)
    step = plain(titles.say(node)) if node else walk.node
    if walk.state == EnrollmentState.SET_ASIDE:
        text = _("She is set aside at <em>{step}</em> since {when}: {error}")
        return format_html(text, step=step, when=moment(walk.arrived_at, now), error=walk.error)
    text = _("She stands at <em>{step}</em> since {when}.")
    return format_html(text, step=step, when=moment(walk.arrived_at, now))


def next_of(walk: Enrollment, drawn: Sketch, titles: Titles, now: datetime) -> SafeString:
    """What moves her on, and when at the latest."""
    if walk.state != EnrollmentState.ACTIVE:
        return SafeString("")
    reasons = set(
        HeldTimer.objects.filter(enrollment_id=walk.pk, visit__gt=0).values_list(
            "reason", flat=True
        )
    )
    if HeldReason.LATE in reasons:
        text = _("She is late, and somebody has to say whether that is done now or skipped.")
        return format_html("{}", text)
    if reasons:
        return format_html("{}", _("The journey is paused; she goes on when it is resumed."))
    due = Timer.objects.filter(enrollment_id=walk.pk, visit=walk.visit).order_by("due_at").first()
    heard = listeners_of(walk)
    node = drawn.nodes.get(walk.node)
    timeouts = [o for o in node.outcomes() if o.is_timeout] if node else []
    sentences = [
        format_html(
            _("When <em>{event}</em> happens she goes on: {outcome}."),
            event=event,
            outcome=end_name(label, drawn.heading.labels),
        )
        for event, label in heard
    ]
    if due is not None and due.due_at <= now:
        sentences = [format_html("{}", _("She goes on at the engine's next look."))]
    elif due is not None and timeouts:
        text = _("Otherwise {when}: {outcome}.") if heard else _("She continues {when}: {outcome}.")
        sentences.append(
            format_html(text, when=at_moment(due.due_at, now), outcome=outcome_name(timeouts[0]))
        )
    elif due is not None:
        sentences.append(format_html(_("She continues {when}."), when=at_moment(due.due_at, now)))
    return format_html_join(
        "" if is_chinese() else " ", "{}", ((sentence,) for sentence in sentences)
    )


def listeners_of(walk: Enrollment) -> list[tuple[str, str]]:
    rows = Listener.objects.filter(enrollment_id=walk.pk, visit=walk.visit)
    return [(row.event_type.title, row.label) for row in rows.select_related("event_type")]


def plain(sentence: str) -> str:
    """A sentence without its marks, for places that show text only."""
    return unescape(strip_tags(sentence))
