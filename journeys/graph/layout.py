"""Where every card stands: a layered drawing from top to bottom that needs no hand.

Boxes in boxes: a node stands over the middle of what follows it. Where ways meet again, the node
that they lead to stands below all of them, under the middle of the fork (its dominator) that they
came from. Boxes side by side never share a column, so cards can't overlap. A labelled way that
leads past other nodes gets a column of its own to carry its label. Pure and deterministic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from journeys.graph.plan import ROOT, Plan, Way, make_plan


class Cell(NamedTuple):
    """The place of a card or of a label: middle in columns, row from 0."""

    column: float
    row: int


@dataclass(frozen=True)
class Grid:
    """Cells of the cards by key, and of the lanes of labelled ways that lead past other nodes."""

    plan: Plan
    cards: Mapping[str, Cell]
    lanes: Mapping[Way, Cell]

    @cached_property
    def rows(self) -> int:
        """How many rows the drawing has, those with lanes only included."""
        cells = [*self.cards.values(), *self.lanes.values()]
        return 1 + max((cell.row for cell in cells), default=-1)


def lay_out(ways: Mapping[str, Sequence[Way]], starts: Sequence[str]) -> Grid:
    """Place the nodes of a graph: *ways* of each node in drawn order, *starts* its triggers."""
    plan = make_plan(ways, starts)
    boxes: dict[str, Box] = {}
    for key in reversed(plan.order):
        boxes[key] = box_of(key, plan, boxes)
    whole = box_of(ROOT, plan, boxes)
    cards: dict[str, Cell] = {}
    lanes: dict[Way, Cell] = {}
    # The root is no card: its row of nothing is taken off again.
    open_boxes = [(whole, 0.0, -1)]
    while open_boxes:
        box, left, top = open_boxes.pop()
        cell = Cell(left + box.width / 2, top)
        if box.lane is not None:
            lanes[box.lane] = cell
        elif box.key:
            cards[box.key] = cell
        open_boxes += [(child, left + dx, top + dy) for child, dx, dy in box.inner]
    order = {key: cards[key] for key in plan.order}
    return Grid(plan, order, dict(sorted(lanes.items())))


# helpers


@dataclass
class Box:
    """Something with a width in columns and a height in rows, and boxes inside it."""

    width: float
    height: int
    key: str = ""
    lane: Way | None = None
    inner: list[tuple[Box, float, int]] = field(default_factory=list)


class Item(NamedTuple):
    """A box under a fork, with the nodes below the fork (or ways of it) that it holds."""

    box: Box
    holds: frozenset[str | Way]


def box_of(key: str, plan: Plan, boxes: Mapping[str, Box]) -> Box:
    items = merged(arms_of(key, plan, boxes), key, plan, boxes)
    below, offsets = beside([item.box for item in items])
    width = max(1.0, below)
    shift = (width - below) / 2
    inner = [(item.box, shift + offset, 1) for item, offset in zip(items, offsets, strict=True)]
    height = 1 + max((item.box.height for item in items), default=0)
    return Box(width, height, key, inner=inner)


def arms_of(key: str, plan: Plan, boxes: Mapping[str, Box]) -> list[Item]:
    """What stands right below a node: one arm for each way, in their order."""
    if key == ROOT:
        return [Item(boxes[head], frozenset([head])) for head in plan.heads]
    arms = []
    for way in plan.ways_of[key]:
        if not plan.is_merge(way.target):
            arms.append(Item(boxes[way.target], frozenset([way.target])))
        elif way.labelled:
            arms.append(Item(Box(1.0, 1, lane=way), frozenset([way])))
    return arms


def merged(items: list[Item], key: str, plan: Plan, boxes: Mapping[str, Box]) -> list[Item]:
    """Put each merge that this node dominates below the arms that lead to it."""
    for merge in plan.dominated_by(key):
        if not plan.is_merge(merge):
            continue
        feeding: set[str | Way] = {feeder(way, key, plan) for way in plan.ways_to[merge]}
        at = [n for n, item in enumerate(items) if item.holds & feeding]
        first, last = (min(at), max(at)) if at else (len(items), len(items) - 1)
        group = items[first : last + 1]
        box = boxes[merge]
        above, offsets = beside([item.box for item in group])
        width = max(above, box.width)
        top = max((item.box.height for item in group), default=0)
        inner = [
            (item.box, (width - above) / 2 + offset, 0)
            for item, offset in zip(group, offsets, strict=True)
        ]
        inner.append((box, (width - box.width) / 2, top))
        holds = frozenset([merge]).union(*(item.holds for item in group))
        items[first : last + 1] = [Item(Box(width, top + box.height, inner=inner), holds)]
    return items


def feeder(way: Way, fork: str, plan: Plan) -> str | Way:
    """Which item below *fork* the way comes out of."""
    if way.source == fork:
        return way
    key = way.source
    while plan.dominator[key] != fork:
        key = plan.dominator[key]
    return key


def beside(boxes: Sequence[Box]) -> tuple[float, list[float]]:
    """The width of boxes side by side, and where each begins."""
    offsets = []
    at = 0.0
    for box in boxes:
        offsets.append(at)
        at += box.width
    return at, offsets
