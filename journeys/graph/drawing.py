"""The drawing of a graph in pixels: cards, lines and labels, plain or running with its flow.

Measures are those of the look: cards of 256 by 84 (130 running), a fork's stretch 16 below the
card, a merge's 22 above the target, labels 24 above it. Running, lines are as wide as their flow
and lie side by side where they part and meet, so that widths add up like water.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from journeys.graph.layout import Grid, lay_out
from journeys.graph.plan import Way
from journeys.graph.routes import CARD_WIDTH, HALF, Bus, Route, middle, route_all, turns_of

PAD = 24
CARD, CARD_RUNNING = 84, 130
FORK, MERGE, LABEL = 16, 22, 24
MERGE_OVER_LABELS = 46
LABEL_ZONE = 30  # what labels need above a row, below the corners of a fork
PLAIN_GAP, MERGE_GAP, LABEL_GAP, LANES_GAP, RUNNING_MORE = 40, 56, 60, 36, 8
TIP = 3  # a plain line ends this much before the card, where its arrow stands
WIDEST, THINNEST = 22.0, 1.6


class Card(NamedTuple):
    """The upper left corner of a node's card."""

    key: str
    x: float
    y: float


class Line(NamedTuple):
    """A way as an SVG path, the point of its arrow, and its width when running."""

    way: Way
    path: str
    tip: tuple[float, float]
    width: float
    points: tuple[tuple[float, float], ...]


class Label(NamedTuple):
    """The middle of the label of a way."""

    way: Way
    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    """Everything that is drawn of a graph, in a world of fixed pixels."""

    width: float
    height: float
    card_height: int
    cards: Mapping[str, Card]
    lines: Sequence[Line]
    labels: Sequence[Label]


def draw(
    ways: Mapping[str, Sequence[Way]],
    starts: Sequence[str],
    *,
    running: bool = False,
    flow: Callable[[Way], float] = lambda way: 0.0,
) -> Drawing:
    """Draw a graph. *flow* says how many went a way, as a share of all who entered (0 to 1)."""
    if not running:
        return plain(tuple((key, tuple(given)) for key, given in ways.items()), tuple(starts))
    grid = lay_out(ways, starts)

    def width_of(way: Way) -> float:
        return max(THINNEST, WIDEST * min(1.0, flow(way)))

    return Pen(grid, route_all(grid), CARD_RUNNING, width_of, running).drawing()


@lru_cache(maxsize=32)
def plain(ways: tuple[tuple[str, tuple[Way, ...]], ...], starts: tuple[str, ...]) -> Drawing:
    """A draft as it was drawn before, if only settings and notes have changed since, or if an
    operation was taken back. Nobody changes a drawing."""
    grid = lay_out(dict(ways), starts)
    return Pen(grid, route_all(grid), CARD, no_width, False).drawing()


def no_width(way: Way) -> float:
    """Plain lines leave and arrive at the very middle."""
    return 0.0


class Pen:
    """Turns rows and tracks into pixels."""

    def __init__(
        self,
        grid: Grid,
        routes: Sequence[Route],
        card: int,
        width_of: Callable[[Way], float],
        running: bool,
    ) -> None:
        self.grid, self.routes, self.card, self.running = grid, routes, card, running
        self.width_of = width_of
        self.corner = 14 if running else 12
        self.pitch = 24 if running else 12
        self.filled = {cell.row for cell in grid.cards.values()}
        self.labelled = {grid.lanes[way].row for way in grid.lanes} | {
            grid.cards[way.target].row
            for way in grid.plan.down
            if way.labelled and way not in grid.lanes
        }
        self.arrivals = Counter(route.way.target for route in routes)
        self.tops = self.row_tops()
        self.leaving = self.strands(lambda route: route.way.source, lambda route: route.leaves_to)
        self.arriving = self.strands(lambda route: route.way.target, lambda route: route.comes_from)
        self.stacks = self.stack()

    def drawing(self) -> Drawing:
        lines = [self.line(route) for route in self.routes]
        labels = [self.label(route) for route in self.routes if route.way.labelled]
        cards = {
            key: Card(key, middle(cell.column) - HALF, self.tops[cell.row])
            for key, cell in self.grid.cards.items()
        }
        xs = [card.x for card in cards.values()] + [label.x - HALF for label in labels]
        ends = [card.x + CARD_WIDTH for card in cards.values()] + [x.x + HALF for x in labels]
        points = [x for line in lines for x, _y in line.points]
        left = min([*xs, *points], default=0) - PAD
        right = max([*ends, *points], default=0) + PAD
        return Drawing(
            right - left,
            self.tops[-1] + PAD,
            self.card,
            {key: Card(key, card.x - left, card.y) for key, card in cards.items()},
            [moved(line, -left, self.corner, self.width_of(line.way)) for line in lines],
            [Label(label.way, label.x - left, label.y) for label in labels],
        )

    def row_tops(self) -> list[float]:
        """The upper edge of each row, and of the end below the last."""
        tracks: dict[tuple[int, bool], int] = defaultdict(int)
        for turn in turns_of(list(self.routes)):
            side = (turn.gap, turn.bus.is_merge)
            tracks[side] = max(tracks[side], turn.track + 1)
        merges = {
            cell.row
            for key, cell in self.grid.cards.items()
            if len(self.grid.plan.ways_to[key]) > 1
        }
        tops = [float(PAD)]
        for row in range(self.grid.rows + 1):
            forks, merging = tracks[row, False], tracks[row, True]
            needed = FORK + (forks - 1) * self.pitch + 14 if forks else 0
            over = MERGE_OVER_LABELS if row in self.labelled else MERGE
            needed += over + (merging - 1) * self.pitch if merging else 0
            if row in self.labelled and not merging:
                needed += LABEL_ZONE
            if row:
                gap = PLAIN_GAP
                if row in self.labelled:
                    gap = LABEL_GAP
                elif row - 1 not in self.filled:
                    gap = LANES_GAP
                elif row in merges:
                    gap = MERGE_GAP
                if row == self.grid.rows:
                    gap = 0
                elif self.running:
                    gap += RUNNING_MORE
                needed = max(gap, needed)
                above = self.card if row - 1 in self.filled else 0
                tops.append(tops[-1] + above + needed)
            else:
                tops[0] += needed
        return tops

    def track_y(self, gap: int, bus: Bus, track: int) -> float:
        if bus.is_merge:
            over = MERGE_OVER_LABELS if gap in self.labelled else MERGE
            return self.tops[gap] - over - track * self.pitch
        return self.foot(gap - 1) + FORK + track * self.pitch

    def foot(self, row: int) -> float:
        return self.tops[row] + (self.card if row in self.filled else 0)

    def strands(
        self, end: Callable[[Route], str], side: Callable[[Route], float]
    ) -> dict[Way, float]:
        """How far from the middle of a card each of its lines leaves (or arrives)."""
        at: dict[str, list[Route]] = defaultdict(list)
        for route in self.routes:
            at[end(route)].append(route)
        offsets: dict[Way, float] = {}
        for routes in at.values():
            routes.sort(key=side)
            edge = -sum(self.width_of(route.way) for route in routes) / 2
            for route in routes:
                width = self.width_of(route.way)
                offsets[route.way] = edge + width / 2
                edge += width
        return offsets

    def stack(self) -> dict[tuple[Way, int], float]:
        """How far above or below its track each stretch runs: the wider way lies outside."""
        sides: dict[tuple[int, Bus, bool], list[tuple[float, int, Route]]] = defaultdict(list)
        for route in self.routes:
            for n, turn in enumerate(route.turns):
                if not turn.is_straight:
                    near, far = (
                        (turn.end, turn.start) if turn.bus.is_merge else (turn.start, turn.end)
                    )
                    sides[turn.gap, turn.bus, far < near].append((abs(far - near), n, route))
        offsets: dict[tuple[Way, int], float] = {}
        for (_gap, bus, _left), turns in sides.items():
            # A fork's farthest way runs on top, a merge's at the bottom: none crosses another.
            turns.sort(key=lambda item: (item[0] if bus.is_merge else -item[0], item[2].way))
            edge = -sum(self.width_of(route.way) for _far, _n, route in turns) / 2
            for _far, n, route in turns:
                width = self.width_of(route.way)
                offsets[route.way, n] = edge + width / 2
                edge += width
        return offsets

    def line(self, route: Route) -> Line:
        """The corners of a way, from the foot of its source to the head of its target."""
        way = route.way
        out, into = self.leaving[way], self.arriving[way]
        if all(turn.is_straight for turn in route.turns):
            alone = self.arrivals[way.target] == 1
            out, into = (out, out) if alone else (into, into)
        x = middle(route.source.column) + out
        end = middle(route.target.column) + into
        points = [(x, self.foot(route.source.row))]
        for n, turn in enumerate(route.turns):
            to = end if n == len(route.turns) - 1 else turn.end
            if abs(to - x) < 0.5:
                continue
            y = self.track_y(turn.gap, turn.bus, turn.track) + self.stacks.get((way, n), 0.0)
            points += [(x, y), (to, y)]
            x = to
        bottom = self.tops[route.target.row] - (0 if self.running else TIP)
        points.append((x, bottom))
        return Line(way, "", (x, bottom), 0.0, tuple(points))

    def label(self, route: Route) -> Label:
        lane = self.grid.lanes.get(route.way)
        if route.goes_back:
            return Label(route.way, route.leaves_to, self.tops[route.source.row] + self.card / 2)
        cell = lane or route.target
        return Label(route.way, middle(cell.column), self.tops[cell.row] - LABEL)


# helpers


def moved(line: Line, dx: float, corner: float, width: float) -> Line:
    points = tuple((x + dx, y) for x, y in line.points)
    return Line(line.way, rounded(points, corner), points[-1], width, points)


@lru_cache(maxsize=20_000)
def rounded(points: tuple[tuple[float, float], ...], corner: float) -> str:
    """An SVG path through *points*, its corners rounded as far as their sides allow."""
    path = f"M{figure(points[0][0])} {figure(points[0][1])}"
    last = len(points) - 1
    for n in range(1, last):
        (ax, ay), (bx, by), (cx, cy) = points[n - 1], points[n], points[n + 1]
        before, after = abs(bx - ax) + abs(by - ay), abs(cx - bx) + abs(cy - by)
        size = min(corner, before / (1 if n == 1 else 2), after / (1 if n == last - 1 else 2))
        sx, sy = sign(bx - ax) * size, sign(by - ay) * size
        ex, ey = sign(cx - bx) * size, sign(cy - by) * size
        path += f"L{figure(bx - sx)} {figure(by - sy)}Q{figure(bx)} {figure(by)} "
        path += f"{figure(bx + ex)} {figure(by + ey)}"
    return f"{path}L{figure(points[last][0])} {figure(points[last][1])}"


def sign(value: float) -> int:
    return (value > 0) - (value < 0)


def figure(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
