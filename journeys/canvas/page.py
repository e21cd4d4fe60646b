"""What the page of one journey shows, read at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.access import Actor, Right, may
from customers.formats import duration, is_chinese, moment, number, percent, share
from customers.models import AuditEntry
from customers.rules import say_duration
from journeys.canvas.outline import Step, outline_of
from journeys.canvas.picture import ON_TIME, Picture, picture_of
from journeys.graph.references import check_references
from journeys.graph.schema import read_graph
from journeys.graph.sketch import sketch
from journeys.models import Journey, JourneyState, JourneyVersion
from journeys.nodes.base import Problem
from journeys.queries.flow import flow_of

STATE_BADGES = {
    JourneyState.DRAFT: ("", "note"),
    JourneyState.RUNNING: ("ok", "play"),
    JourneyState.PAUSED: ("warn", "pause"),
    JourneyState.DRAINING: ("info", "drain"),
    JourneyState.STOPPED: ("", "stop"),
    JourneyState.ARCHIVED: ("", "lock"),
}
LOG = 40


@dataclass(frozen=True)
class Change:
    """A button that changes the journey, with the question that it asks first."""

    verb: str
    label: str
    icon: str
    question: str
    detail: str
    tone: str = ""


@dataclass(frozen=True)
class JourneyPage:
    """Head, drawing, outline and log of a journey in one version or as a draft."""

    journey: Journey
    version: JourneyVersion | None
    picture: Picture
    outline: Sequence[Step]
    problems: Sequence[Problem]
    is_draft: bool
    draft_differs: bool
    late: str
    now: datetime

    @property
    def badge(self) -> tuple[str, str]:
        """Tone and icon of the state."""
        return STATE_BADGES[JourneyState(self.journey.state)]

    @property
    def errors(self) -> Sequence[Problem]:
        """What keeps the draft from running; empty on the page of what runs."""
        return [problem for problem in self.problems if not problem.is_warning]

    @property
    def notes(self) -> Sequence[Problem]:
        """What one should look at, though the draft can run."""
        return [problem for problem in self.problems if problem.is_warning]

    @property
    def totals(self) -> list[tuple[str, str, str]]:
        """(label, figure, tone) of the whole version."""
        flow = self.picture.flow
        if flow is None:
            return []
        rows = [
            (_("Entered"), number(flow.entered), ""),
            (_("Inside now"), number(flow.totals.inside), ""),
        ]
        if self.picture.heading.goal:
            rows.append((_("Reached the goal"), number(flow.totals.goals), ""))
        rows.append((_("Walks that are over"), number(flow.finished), ""))
        if flow.totals.set_aside:
            rows.append((_("Set aside"), number(flow.totals.set_aside), "bad"))
        rows.append((_("Stopped by the gate"), number(flow.stopped), "bad" if flow.stopped else ""))
        return rows


def read_page(
    journey: Journey, version: JourneyVersion | None, now: datetime, *, draft: bool = False
) -> JourneyPage:
    """Read a page; the number of queries depends neither on nodes nor on people."""
    is_draft = draft or version is None
    data = journey.draft if is_draft or version is None else version.graph
    drawn = sketch(data)
    flow = None if is_draft or version is None else flow_of(version, drawn.triggers, now)
    picture = picture_of(drawn, journey.brand_id, now, flow)
    late = now - flow.late_since if flow and flow.late_since else None
    return JourneyPage(
        journey=journey,
        version=version,
        picture=picture,
        outline=outline_of(picture),
        problems=problems_of(journey) if is_draft else (),
        is_draft=is_draft,
        draft_differs=journey.current is None or journey.current.graph != journey.draft,
        late=duration(late) if late and late > ON_TIME else "",
        now=now,
    )


def sentence_of(page: JourneyPage) -> SafeString:
    """What the journey does, and what has come of it."""
    heading, flow = page.picture.heading, page.picture.flow
    entries = [page.picture.cards[key].words for key in page.picture.triggers]
    parts = [
        format_html_join("；" if is_chinese() else "; ", "{}", ((words,) for words in entries))
    ]
    goal = heading.goal
    if goal:
        event = page.picture.titles.names.get(("event", goal.event), goal.event)
        if goal.within:
            text = _("The goal is <em>{event}</em> within <em>{span}</em>.")
            parts.append(format_html(text, event=event, span=say_duration(goal.within)))
        else:
            parts.append(format_html(_("The goal is <em>{event}</em>."), event=event))
    full_stop = "。" if is_chinese() else "."
    opening = format_html(
        "{}{}", parts[0], full_stop if parts[0] and not parts[0].endswith((".", "。")) else ""
    )
    sentences = [opening, *parts[1:]]
    if flow is not None:
        sentences.append(
            numbers_of(flow.entered, flow.totals.inside, flow.totals.goals, bool(goal))
        )
    return format_html_join(
        "" if is_chinese() else " ", "{}", ((sentence,) for sentence in sentences if sentence)
    )


def changes_of(page: JourneyPage, actor: Actor) -> list[Change]:
    """The changes that the journey can take now, when *actor* may make them."""
    journey, flow = page.journey, page.picture.flow
    if not may(actor, Right.PUBLISH, journey.brand):
        return []
    inside = flow.totals.inside if flow else 0
    people = ngettext("%(n)s person", "%(n)s people", inside) % {"n": number(inside)}
    words = {"journey": journey.name, "people": people}
    every = {
        "pause": Change(
            "pause",
            _("Pause"),
            "pause",
            _("Pause “%(journey)s”?") % words,
            _("%(people)s stay where they are, nobody enters, and what falls due waits until you "
              "resume. Messages that passed the gate already still go out.") % words,
        ),
        "resume": Change(
            "resume",
            _("Resume"),
            "play",
            _("Resume “%(journey)s”?") % words,
            _("%(people)s go on from where they stand; what fell due meanwhile is done at once, "
              "unless it is too late for it.") % words,
        ),
        "drain": Change(
            "drain",
            _("Drain"),
            "drain",
            _("Close the entrance of “%(journey)s”?") % words,
            _("Nobody enters any more. %(people)s walk to the end.") % words,
        ),
        "stop": Change(
            "stop",
            _("Stop…"),
            "stop",
            _("Stop “%(journey)s”?") % words,
            _("%(people)s leave it at once and are counted as stopped. What was not sent yet is "
              "not sent. This can't be undone.") % words,
            "danger",
        ),
        "archive": Change(
            "archive",
            _("Archive"),
            "lock",
            _("Archive “%(journey)s”?") % words,
            _("It leaves the list. Its history and reports stay."),
        ),
    }  # fmt: skip
    if journey.state == JourneyState.DRAINING:
        every["resume"] = Change(
            "resume",
            _("Open again"),
            "play",
            _("Open “%(journey)s” again?") % words,
            _("New customers enter from now on, as before."),
        )
    return [every[verb] for verb in POSSIBLE[JourneyState(journey.state)]]


def publish_change(page: JourneyPage, actor: Actor) -> Change | None:
    """The button that publishes the draft, when it differs and *actor* may."""
    journey = page.journey
    if not page.draft_differs and journey.state != JourneyState.STOPPED:
        return None
    if page.errors:
        return None
    if journey.state == JourneyState.ARCHIVED or not may(actor, Right.PUBLISH, journey.brand):
        return None
    number_next = (journey.current.number if journey.current else 0) + 1
    if journey.current is None:
        detail = _("Customers enter from that moment on.")
    else:
        detail = _("New customers enter version %(n)s. Who is inside goes on as she began.")
    return Change(
        "publish",
        _("Publish…"),
        "check",
        _("Publish “%(journey)s”?") % {"journey": journey.name},
        detail % {"n": number_next},
    )


def log_of(journey: Journey) -> list[AuditEntry]:
    """Who changed the journey, latest first."""
    rows = AuditEntry.objects.filter(object_type="journey", object_id=str(journey.pk))
    return list(rows.select_related("actor").order_by("-at", "-id")[:LOG])


def since_words(page: JourneyPage) -> str:
    """ "Version 7 since 2 Nov" or what stands in its place."""
    if page.is_draft or page.version is None:
        return _("Draft %(n)s, not published yet") % {"n": page.journey.draft_number}
    return _("Version %(n)s since %(day)s") % {
        "n": page.version.number,
        "day": moment(page.version.published_at, page.now),
    }


# helpers

POSSIBLE: dict[JourneyState, Sequence[str]] = {
    JourneyState.DRAFT: ("archive",),
    JourneyState.RUNNING: ("pause", "drain", "stop"),
    JourneyState.PAUSED: ("resume", "drain", "stop"),
    JourneyState.DRAINING: ("pause", "resume", "stop"),
    JourneyState.STOPPED: ("archive",),
    JourneyState.ARCHIVED: (),
}


def problems_of(journey: Journey) -> list[Problem]:
    graph, problems = read_graph(journey.draft)
    if graph is not None:
        problems = [*problems, *check_references(graph, journey.brand)]
    return problems


def numbers_of(entered: int, inside: int, goals: int, has_goal: bool) -> SafeString:
    values: dict[str, Any] = {
        "entered": number(entered),
        "inside": number(inside),
        "goals": number(goals),
        "share": percent(share(goals, entered)),
    }
    if not entered:
        return format_html("{}", _("Nobody has entered yet."))
    if not has_goal:
        text = _("<b>{entered}</b> entered, <b>{inside}</b> are inside now.")
        return format_html(text, **values)
    text = _(
        "<b>{entered}</b> entered, <b>{inside}</b> are inside now, <b>{goals}</b> ({share}) "
        "reached the goal."
    )
    return format_html(text, **values)
