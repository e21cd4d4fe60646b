"""A graph as a page shows it: cards with their sentence and counts, lines, labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from html import unescape
from typing import Any, NamedTuple

from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from customers.formats import duration, number, percent
from customers.templatetags.waypost import channel_icon
from journeys.canvas.words import family_name, late_words, outcome_name, what
from journeys.graph.drawing import Drawing, draw
from journeys.graph.plan import Way
from journeys.graph.shape import family_of
from journeys.graph.sketch import Sketch
from journeys.graph.written import Heading
from journeys.nodes import REGISTRY
from journeys.nodes.base import Family, Node
from journeys.queries.counts import NodeNumbers
from journeys.queries.flow import Flow
from journeys.queries.titles import Titles, said_of, titles_of

ON_TIME = timedelta(seconds=30)


class Count(NamedTuple):
    """A number at the foot of a card; `opens` says that it opens the people, `is_bad` that it leads
    to what the gate stopped."""

    value: str
    label: str
    opens: bool = False
    is_bad: bool = False


@dataclass(frozen=True)
class Card:
    """A node as it is drawn."""

    key: str
    family: str
    family_name: str
    what: str
    icon: str
    words: SafeString | str
    short: str  # for the outline, where the mark says the family already
    x: int
    y: int
    counts: Sequence[Count] = ()
    here: str = ""
    late: str = ""
    lack: str = ""


class Line(NamedTuple):
    """A way as it is drawn."""

    path: str
    css: str
    width: str
    tip: str


class Label(NamedTuple):
    """The label of a way."""

    name: str
    people: str
    x: int
    y: int
    way: Way


@dataclass(frozen=True)
class Picture:
    """Everything that the page needs to draw, in the order in which it is read."""

    heading: Heading
    width: int
    height: int
    card_height: int
    cards: Mapping[str, Card]
    lines: Sequence[Line]
    labels: Sequence[Label]
    ways: Mapping[str, Sequence[tuple[str, str]]]  # key → (label, target) in drawn order
    triggers: Sequence[str]
    titles: Titles
    drawing: Drawing
    flow: Flow | None = None


def picture_of(
    drawn: Sketch,
    brand_id: int,
    now: datetime,
    flow: Flow | None = None,
    *,
    open_ends: bool = False,
) -> Picture:
    """The picture of a graph, with its *flow* when it has been published; with *open_ends* there
    is room below every outcome that leads nowhere."""
    goal = drawn.heading.goal
    titles = titles_of(drawn.nodes.values(), brand_id, [goal.event] if goal else [])
    ways = drawn.ways(open_ends=open_ends)
    drawing = draw(
        ways,
        drawn.triggers,
        running=flow is not None,
        flow=(lambda way: flow.share(way.source, way.outcome)) if flow else (lambda way: 0.0),
    )
    names = {
        (key, outcome.name): outcome_name(outcome)
        for key in drawn.written
        for outcome in drawn.outcomes(key)
    }
    return Picture(
        heading=drawn.heading,
        width=round(drawing.width),
        height=round(drawing.height),
        card_height=drawing.card_height,
        cards={
            key: card_of(key, drawn, drawing, titles, flow, now)
            for key in drawing.cards
            if key in drawn.written
        },
        lines=[line_of(line, drawn, flow) for line in drawing.lines],
        labels=[
            Label(
                names[label.way.source, label.way.outcome],
                number(flow.of(label.way.source).outcomes.get(label.way.outcome, 0))
                if flow
                else "",
                round(label.x),
                round(label.y),
                label.way,
            )
            for label in drawing.labels
        ],
        ways={
            key: [(names[key, way.outcome] if way.labelled else "", way.target) for way in given]
            for key, given in ways.items()
            if key in drawn.written
        },
        triggers=drawn.triggers,
        titles=titles,
        drawing=drawing,
        flow=flow,
    )


# helpers


def card_of(
    key: str,
    drawn: Sketch,
    drawing: Drawing,
    titles: Titles,
    flow: Flow | None,
    now: datetime,
) -> Card:
    place = drawing.cards[key]
    node = drawn.nodes.get(key)
    kind = node or REGISTRY.get(drawn.written[key].kind)  # what it is to be, when it can't be read
    mine = flow.of(key) if flow else NodeNumbers()
    lacks = [p.text for p in drawn.problems if f"{p.place}.".startswith(f"nodes.{key}.")]
    late_since = flow.late.get(key) if flow else None
    late = now - late_since if late_since else timedelta(0)
    family = str(node.family) if node else family_of(drawn.written[key])
    channel = ""
    if node and node.family == Family.SEND:
        codes = [ref.code for ref in said_of(node, titles.reader)[1] if ref.noun == "content"]
        channel = titles.channels.get(codes[0], "") if codes else ""
    said = titles.say(node) if node else None
    return Card(
        key=key,
        family=family,
        family_name=family_name(family),
        what=what(kind, channel) if kind else "",
        icon=channel_icon(channel) if channel else (kind.icon if kind else "warn"),
        words=said if said is not None else (str(kind.label) if kind else key),
        short=short_of(node, said, titles) if node and said else (str(kind.label) if kind else key),
        x=round(place.x),
        y=round(place.y),
        counts=counts_of(node, mine, flow) if node and flow else (),
        here=number(mine.here) if flow and mine.here else "",
        late=late_words(duration(late)) if late > ON_TIME else "",
        lack=lacks[0] if lacks else "",
    )


def short_of(node: Node[Any], said: SafeString, titles: Titles) -> str:
    """What a send sends; of other nodes their sentence without marks."""
    if node.family == Family.SEND:
        names = [
            titles.names.get((ref.noun, ref.code), ref.code)
            for ref in said_of(node, titles.reader)[1]
        ]
        if names:
            return names[0]
    return plain(str(said))


@lru_cache(maxsize=10_000)
def plain(said: str) -> str:
    """A sentence without marks."""
    return unescape(strip_tags(said))


def counts_of(node: Node[Any], mine: NodeNumbers, flow: Flow) -> list[Count]:
    """Up to three counts, as the family has them."""
    came = Count(number(mine.arrived), pgettext("count of a step", "came in"))
    if node.family == Family.TRIGGER:
        found = [
            Count(number(mine.arrived), pgettext("count of a step", "entered")),
            Count(number(flow.today.get(node.key, 0)), pgettext("count of a step", "today")),
        ]
    elif node.family == Family.EXIT:
        share = percent(mine.arrived / flow.entered) if flow.entered else "–"
        found = [
            Count(number(mine.arrived), pgettext("count of a step", "left here")),
            Count(share, pgettext("count of a step", "of entered")),
        ]
    elif node.family == Family.SEND and mine.stopped:
        found = [
            came,
            Count(number(mine.stopped), pgettext("count of a step", "stopped"), is_bad=True),
        ]
    else:
        went = sum(mine.outcomes.get(outcome.name, 0) for outcome in node.outcomes())
        found = [came, Count(number(went), pgettext("count of a step", "went on"))]
    if node.waits or (mine.here and node.family != Family.EXIT):
        here = Count(number(mine.here), pgettext("people at a step", "here now"), opens=True)
        found = [here, *found][:3]
    return found


def line_of(line: Any, drawn: Sketch, flow: Flow | None) -> Line:
    if flow is not None:
        return Line(line.path, "flow", f"{line.width:.1f}", "")
    node = drawn.nodes.get(line.way.source)
    after_wait = False
    if node is not None and node.waits:
        exits = drawn.outcomes(line.way.source)
        after_wait = len(exits) == 1 or any(
            each.is_timeout for each in exits if each.name == line.way.outcome
        )
    x, y = line.tip
    # The arrow stands on the last straight piece, its point in the gap before the card.
    tip = f"M{x - 5:.1f} {y - 5:.1f}L{x:.1f} {y + 1.5:.1f}L{x + 5:.1f} {y - 5:.1f}z"
    return Line(line.path, "after-wait" if after_wait else "", "", tip)
