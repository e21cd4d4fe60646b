"""A simulated walk as the page shows it: the path lit on the drawing, the story beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers.formats import clock, day, is_chinese, moment
from journeys.canvas.picture import Card, Picture
from journeys.canvas.words import outcome_name
from journeys.graph.sketch import Sketch
from journeys.simulation import Simulated
from journeys.simulation.story import Line as Told

ICONS: Mapping[str, str] = {
    "event": "bolt",
    "entry": "play",
    "refused": "bad",
    "step": "check",
    "wait": "clock",
    "gate": "shield",
    "message": "mail",
    "end": "ok",
    "goal": "flag",
    "clock": "clock",
    "fault": "bad",
}


@dataclass(frozen=True)
class Lit:
    """A card or line of the drawing, and what the walk makes of it."""

    of: Any
    css: str = ""


@dataclass(frozen=True)
class Entry:
    """A line of the story beside the drawing."""

    told: Told
    icon: str
    time: str
    step: str  # the key of a card to be shown, "" for none


@dataclass(frozen=True)
class Await:
    """A step that waits for an answer: its words and the choices."""

    key: str
    words: str
    choices: Sequence[tuple[str, str]]


def cards_of(picture: Picture, story: Simulated | None) -> list[Lit]:
    """The cards: those that were come to, and where she stands."""
    here = {stand.node for stand in story.stands if stand.state != "finished"} if story else set()
    been = set(story.nodes) if story else set()
    return [Lit(card, _card_css(card, here, been)) for card in picture.cards.values()]


def lines_of(picture: Picture, story: Simulated | None) -> list[Lit]:
    """The ways, those that were walked last, so that nothing lies over them."""
    walked = set(story.edges) if story else set()
    found = [
        Lit(line, "walked" if (drawn.way.source, drawn.way.outcome) in walked else "")
        for line, drawn in zip(picture.lines, picture.drawing.lines, strict=True)
    ]
    return sorted(found, key=lambda lit: lit.css)


def story_of(picture: Picture, story: Simulated) -> list[tuple[str, list[Entry]]]:
    """The story by the day."""
    days: list[tuple[str, list[Entry]]] = []
    for told in story.lines:
        name = day(told.at)
        if not days or days[-1][0] != name:
            days.append((name, []))
        key = told.node if told.node in picture.cards else ""
        days[-1][1].append(Entry(told, ICONS.get(told.kind, "info"), clock(told.at), key))
    return days


def awaits_of(picture: Picture, sketch: Sketch, story: Simulated) -> list[Await]:
    """The answers that may be given now."""
    found = []
    for key, ways in story.awaits:
        names = {o.name: outcome_name(o) for o in sketch.outcomes(key)}
        choices = [(way, names.get(way, way)) for way in ways]
        found.append(Await(key, picture.cards[key].short if key in picture.cards else key, choices))
    return found


def sentence_of(picture: Picture, story: Simulated) -> SafeString:
    """What the clock shows, where she stands, and what is due next."""
    said = [format_html(_("It is <em>{at}</em>."), at=moment(story.now))]
    inside = [stand for stand in story.stands if stand.state != "finished"]
    for stand in inside:
        card = picture.cards.get(stand.node)
        step = card.short if card else stand.node
        said.append(format_html(_("She stands at <em>{step}</em>."), step=step))
    if not inside:
        said.append(format_html("{}", _("She is not inside.")))
    if story.next_at is not None:
        at = moment(story.next_at)
        said.append(format_html(_("Next thing due: <em>{at}</em>."), at=at))
    return format_html_join("" if is_chinese() else " ", "{}", ((one,) for one in said))


# helpers


def _card_css(card: Card, here: set[str], been: set[str]) -> str:
    if card.key in here:
        return "here"
    return "walked" if card.key in been else ""
