"""What the editor shows of a draft: the drawing with its places to add, the outline, problems."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from journeys.canvas.history import Turn, turns_of
from journeys.canvas.lacks import Lack, lacks_of
from journeys.canvas.notes import Note, extent, place_notes
from journeys.canvas.picture import Card, Picture, picture_of
from journeys.canvas.tree import Row, rows_of
from journeys.canvas.words import outcome_name
from journeys.graph.drawing import Line
from journeys.graph.plan import Way
from journeys.graph.routes import CARD_WIDTH
from journeys.graph.sketch import Sketch, open_end, sketch
from journeys.models import Journey
from journeys.nodes import REGISTRY
from journeys.nodes.branch_experiment import CONTROL

STROKE = '<path class="{}" data-from="{}" d="{}"></path>'
EMPTY = (500, 320)
PLUS_BELOW = 20  # the most that a plain way's + stands below its card


class Place(NamedTuple):
    """Where a step can be put down: on a way, or below an outcome that leads nowhere."""

    source: str
    outcome: str
    x: int
    y: int
    name: str  # the outcome in words, "" when there is only one
    is_open: bool = False
    is_labelled: bool = False


@dataclass(frozen=True)
class Editing:
    """The draft of a journey as one edits it."""

    journey: Journey
    sketch: Sketch
    picture: Picture
    lacks: Sequence[Lack]
    undo: Turn | None
    redo: Turn | None
    now: datetime

    @cached_property
    def places(self) -> list[Place]:
        """Every + of the drawing, in the order of its ways."""
        return [self._place(line) for line in self.picture.drawing.lines]

    @cached_property
    def notes(self) -> list[Note]:
        """Notes, beside their steps."""
        texts = {key: item.note for key, item in self.sketch.written.items() if item.note}
        return place_notes(texts, self.picture.drawing)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the world; with nothing in it, what the invitation to begin needs."""
        if not self.picture.cards:
            return EMPTY
        return extent(self.notes, self.picture.width, self.picture.height)

    @cached_property
    def rows(self) -> list[Row]:
        """The outline, a row for each step and each labelled way."""
        return rows_of(self.picture, self.sketch)

    @cached_property
    def by_key(self) -> Mapping[str, Lack]:
        """The worst that each step lacks."""
        found: dict[str, Lack] = {}
        for lack in self.lacks:
            if lack.key and (lack.key not in found or found[lack.key].is_warning):
                found[lack.key] = lack
        return found

    @property
    def errors(self) -> int:
        """How many things keep the draft from running."""
        return sum(not lack.is_warning for lack in self.lacks)

    @property
    def notes_count(self) -> int:
        """How many things one should look at, though the draft can run."""
        return len(self.lacks) - self.errors

    @property
    def strokes(self) -> SafeString:
        """Every way as a path; one that leads nowhere yet is paler."""
        return format_html_join("", STROKE, self._strokes())

    @property
    def small_cards(self) -> SafeString:
        """The cards of the minimap: a path for each family."""
        squares: dict[str, str] = {}
        for card in self.picture.cards.values():
            square = f"M{card.x} {card.y}h{CARD_WIDTH}v{self.picture.card_height}h-{CARD_WIDTH}z"
            squares[card.family] = squares.get(card.family, "") + square
        return format_html_join("", '<path class="f-{}" d="{}"></path>', squares.items())

    def _strokes(self) -> Iterator[tuple[str, str, str]]:
        for line, shown in zip(self.picture.drawing.lines, self.picture.lines, strict=True):
            way = line.way
            css = "to-nowhere" if way.target == open_end(way.source, way.outcome) else shown.css
            if way.outcome == CONTROL and not css:
                css = "no-send"
            yield css, way.source, shown.path

    @property
    def cards(self) -> list[tuple[Card, Lack | None, str]]:
        """Each card, what it lacks, and what scripts have to know of it, as JSON."""
        return [
            (card, self.by_key.get(key), self._known(key))
            for key, card in self.picture.cards.items()
        ]

    def name_of(self, source: str, outcome: str) -> str:
        """An outcome in words; "" when its step has no other."""
        outcomes = self.sketch.outcomes(source) if source in self.sketch.written else []
        if len(outcomes) < 2:
            return ""
        return next((outcome_name(each) for each in outcomes if each.name == outcome), outcome)

    def _known(self, key: str) -> str:
        """Ways and nature of a step, by which a gesture is judged before the server is asked."""
        item = self.sketch.written[key]
        kind = REGISTRY.get(item.kind)
        ways = [
            [outcome.name, item.next.get(outcome.name, "")] for outcome in self.sketch.outcomes(key)
        ]
        return json.dumps({"ways": ways, "waits": bool(kind and kind.waits)})

    def _place(self, line: Line) -> Place:
        way: Way = line.way
        is_open = way.target == open_end(way.source, way.outcome)
        name = self.name_of(way.source, way.outcome)
        if is_open:
            end = self.picture.drawing.cards[way.target]
            return Place(way.source, way.outcome, round(end.x), round(end.y), name, True)
        if way.labelled:
            label = next(each for each in self.picture.drawing.labels if each.way == way)
            return Place(way.source, way.outcome, round(label.x), round(label.y), name, False, True)
        (x, top), (_x, bottom) = line.points[0], line.points[1]
        y = (
            (top + bottom) / 2
            if len(line.points) == 2
            else min((top + bottom) / 2, top + PLUS_BELOW)
        )
        return Place(way.source, way.outcome, round(x), round(y), name)


def read_editing(journey: Journey, now: datetime) -> Editing:
    """Read a draft; the number of queries depends on the nouns it names, not on its steps."""
    drawn = sketch(journey.draft)
    picture = picture_of(drawn, journey.brand_id, now, open_ends=True)
    undo, redo = turns_of(journey, picture)
    return Editing(journey, drawn, picture, lacks_of(journey, drawn, picture), undo, redo, now)


def saved_words(editing: Editing) -> str:
    """ "Draft of version 8" or "Draft, not published yet"."""
    current = editing.journey.current
    if current is None:
        return _("Draft, not published yet")
    return _("Draft of version %s") % (current.number + 1)
