"""How every way runs between cards: down, across in the gaps between rows, down; loops go up.

A way that passes rows of cards does so in a column that is free in all of them, so that no line
ever runs through a card. Horizontal stretches lie in gaps only; those that would lie on each other
get tracks of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from journeys.graph.layout import Cell, Grid
from journeys.graph.plan import Way

CARD_WIDTH = 256
COLUMN = 284
SPACE = COLUMN - CARD_WIDTH  # between cards, and between a card and a lane
HALF = CARD_WIDTH / 2


class Bus(NamedTuple):
    """Stretches that may lie on each other: the fork below a node, the merge above one."""

    is_merge: bool
    name: str


@dataclass
class Turn:
    """A horizontal stretch in the gap above row `gap`; straight when start and end are one."""

    gap: int
    start: float
    end: float
    bus: Bus
    track: int = 0

    @property
    def is_straight(self) -> bool:
        return abs(self.end - self.start) < 0.5


@dataclass
class Route:
    """A way with its turns from source to target, in pixels across and gaps down."""

    way: Way
    source: Cell
    target: Cell
    turns: list[Turn] = field(default_factory=list)
    goes_back: bool = False

    @property
    def leaves_to(self) -> float:
        """The column into which the way turns when it leaves."""
        return self.turns[0].end if self.turns else middle(self.source.column)

    @property
    def comes_from(self) -> float:
        """The column from which the way turns into its target."""
        return self.turns[-1].start if self.turns else middle(self.target.column)


def middle(column: float) -> float:
    """Pixels of the middle of a column of cards."""
    return column * COLUMN - SPACE / 2


class Taken:
    """What stands in each row: its middle and half its width."""

    def __init__(self, grid: Grid) -> None:
        self.rows: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for cell in [*grid.cards.values(), *grid.lanes.values()]:
            self.rows[cell.row].append((middle(cell.column), HALF))

    def take(self, x: float, rows: Iterable[int], half: float = 0.0) -> None:
        for row in rows:
            self.rows[row].append((x, half))

    def is_free(self, x: float, rows: Iterable[int], half: float) -> bool:
        return all(
            abs(x - other) >= width + half + SPACE
            for row in rows
            for other, width in self.rows[row]
        )

    def nearest(self, wanted: float, toward: float, rows: range, half: float = 0.0) -> float:
        """The free place that costs the least way across; there is always one outside."""
        places = {wanted, toward}
        for row in rows:
            for other, width in self.rows[row]:
                step = width + half + SPACE
                places |= {other - step, other + step}
        free = [x for x in places if self.is_free(x, rows, half)]
        return min(free, key=lambda x: (abs(x - wanted) + abs(x - toward), abs(x - wanted), x))


def route_all(grid: Grid) -> list[Route]:
    """A route for every way of the grid, first those down, then the loops."""
    taken = Taken(grid)
    plan = grid.plan
    routes = [down(way, grid, taken) for way in plan.down]
    # The shortest loops run innermost.
    loops = sorted(
        plan.back, key=lambda way: abs(grid.cards[way.source].row - grid.cards[way.target].row)
    )
    routes += [back(way, grid, taken) for way in loops]
    set_tracks(routes)
    return routes


def down(way: Way, grid: Grid, taken: Taken) -> Route:
    """A way to a node further down."""
    source, target = grid.cards[way.source], grid.cards[way.target]
    route = Route(way, source, target)
    start, end = middle(source.column), middle(target.column)
    fork, merge = Bus(False, way.source), Bus(True, way.target)
    first = source.row + 1
    at = start
    lane = grid.lanes.get(way)
    if lane is not None:
        at = middle(lane.column)
        route.turns.append(Turn(first, start, at, fork))
        first += 1
    rows = range(first, target.row)
    if rows:
        free = taken.nearest(at, end, rows)
        taken.take(free, rows)
        bus = fork if lane is None else Bus(False, f"{way.source} {way.outcome}")
        route.turns.append(Turn(first, at, free, bus))
        at = free
    joins = grid.plan.is_merge(way.target) or bool(rows) or lane is not None
    route.turns.append(Turn(target.row, at, end, merge if joins else fork))
    return route


def back(way: Way, grid: Grid, taken: Taken) -> Route:
    """A loop: out below the source, up on the outer side, in above the target."""
    source, target = grid.cards[way.source], grid.cards[way.target]
    start, end = middle(source.column), middle(target.column)
    rows = range(min(source.row, target.row), max(source.row, target.row) + 1)
    half = HALF if way.labelled else 0.0
    lane = taken.nearest(start, end, rows, half)
    taken.take(lane, rows, half)
    turns = [
        Turn(source.row + 1, start, lane, Bus(False, way.source)),
        Turn(target.row, lane, end, Bus(True, way.target)),
    ]
    return Route(way, source, target, turns, goes_back=True)


def set_tracks(routes: list[Route]) -> None:
    """Give the buses of each gap and side the lowest track on which they touch no other."""
    spans: dict[tuple[int, Bus], tuple[float, float]] = {}
    for turn in turns_of(routes):
        low, high = sorted((turn.start, turn.end))
        known = spans.get((turn.gap, turn.bus), (low, high))
        spans[turn.gap, turn.bus] = (min(low, known[0]), max(high, known[1]))
    track_of: dict[tuple[int, Bus], int] = {}
    ends: dict[tuple[int, bool], list[float]] = defaultdict(list)
    for (gap, bus), (low, high) in sorted(spans.items(), key=lambda item: (item[1], item[0])):
        tracks = ends[gap, bus.is_merge]
        track = next((n for n, end in enumerate(tracks) if end + SPACE <= low), len(tracks))
        tracks[track : track + 1] = [high]
        track_of[gap, bus] = track
    for turn in turns_of(routes):
        turn.track = track_of[turn.gap, turn.bus]


# helpers


def turns_of(routes: list[Route]) -> Iterator[Turn]:
    """The stretches that really run across."""
    return (turn for route in routes for turn in route.turns if not turn.is_straight)
