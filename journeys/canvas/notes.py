"""Where notes lie: beside the step that they are on, wherever there is room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from unicodedata import east_asian_width

from journeys.graph.drawing import Drawing
from journeys.graph.routes import CARD_WIDTH

WIDTH, SPACE = 214, 20
LINE, PAPER, LETTERS = 20, 22, 27  # pixels of a line and of the margins; narrow letters a line


class Note(NamedTuple):
    """A note as it is drawn."""

    key: str
    text: str
    x: int
    y: int
    height: int


class Box(NamedTuple):
    """Something that takes room."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether both take the same room."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def place_notes(texts: Mapping[str, str], drawing: Drawing) -> list[Note]:
    """Right of the card, else left of it, else at the outer edge of the drawing."""
    if not texts:
        return []
    taken = list(boxes_of(drawing))
    notes: list[Note] = []
    for key, text in texts.items():
        card = drawing.cards.get(key)
        if card is None:
            continue
        height = height_of(text)
        places = [card.x + CARD_WIDTH + SPACE, card.x - WIDTH - SPACE]
        box = next(
            (
                box
                for x in places
                if x >= 0 and not any(map((box := box_at(x, card.y, height)).meets, taken))
            ),
            None,
        )
        if box is None:
            box = outside(drawing, card.y, height, taken)
        taken.append(box)
        notes.append(Note(key, text, round(box.left), round(box.top), height))
    return notes


def extent(notes: Sequence[Note], width: int, height: int) -> tuple[int, int]:
    """The size of a drawing with its notes."""
    right = max((note.x + WIDTH + SPACE for note in notes), default=0)
    bottom = max((note.y + note.height + SPACE for note in notes), default=0)
    return max(width, right), max(height, bottom)


# helpers


def box_at(x: float, y: float, height: int) -> Box:
    return Box(x, y, x + WIDTH, y + height)


def outside(drawing: Drawing, y: float, height: int, taken: Sequence[Box]) -> Box:
    top = y
    while True:
        box = box_at(drawing.width, top, height)
        below = [other.bottom for other in taken if box.meets(other)]
        if not below:
            return box
        top = max(below) + SPACE


def boxes_of(drawing: Drawing) -> Iterable[Box]:
    for card in drawing.cards.values():
        yield Box(card.x - 8, card.y - 8, card.x + CARD_WIDTH + 8, card.y + drawing.card_height + 8)
    for label in drawing.labels:
        yield Box(label.x - 110, label.y - 14, label.x + 110, label.y + 14)
    for line in drawing.lines:
        for (ax, ay), (bx, by) in zip(line.points, line.points[1:], strict=False):
            yield Box(min(ax, bx) - 6, min(ay, by) - 6, max(ax, bx) + 6, max(ay, by) + 6)


def height_of(text: str) -> int:
    lines = 0
    for paragraph in text.splitlines() or [""]:
        letters = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in paragraph)
        lines += max(1, -(-letters // LETTERS))
    return PAPER + LINE * lines
