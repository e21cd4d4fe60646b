"""The decision trees of a version: where each stretch begins, how it branches, where it ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from customers.rules import Compiled
from journeys.engine.run import Run
from journeys.graph.schema import Graph
from journeys.nodes.base import Ask, Choose, End, Family, Pass, Plan, Rest

# Ways of one tree; beyond that the interpreter goes on. Branches that meet again double them.
MOST_LEAVES = 48
MOST_STEPS = 60
EXIT_RULE = "exit_rule"


@dataclass(frozen=True)
class Leaf:
    """One way through a tree: what happens on it, and where she stands at its end.

    At a `rest` she waits, at a `cut` the interpreter goes on with her, `over` she has left.
    """

    number: int
    node: str
    end: Literal["rest", "cut", "over"]
    path: tuple[tuple[str, str], ...]
    arrivals: tuple[str, ...]
    asks: tuple[tuple[int, str, Ask], ...]  # place on the path, node
    tags: tuple[tuple[int, str, bool], ...]

    @property
    def reason(self) -> str:
        """Why she left; '' unless it is over."""
        return self.path[-1][1] if self.end == "over" else ""

    @property
    def visits(self) -> int:
        """By how much the number of her visit grows; an end is the visit that she stays at."""
        return len(self.path) - (self.end == "over")


@dataclass
class Forest:
    """The trees of a version as SQL expressions of a leaf's number, with what leaves mean.

    `fresh` begin where customers enter, `rested` where a wait is over; `until` is the SQL of the
    end of a wait by its node, from the moment of arrival in `{arrived}`.
    """

    values: dict[str, Any] = field(default_factory=dict)
    fresh: dict[str, str] = field(default_factory=dict)
    rested: dict[str, str] = field(default_factory=dict)
    rests: dict[str, Rest] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)

    def put(self, compiled: Compiled) -> str:
        """SQL with named places; its values are kept for the statement."""
        return re.sub(r"%(.)", self._named(compiled.params), compiled.sql)

    def _named(self, params: Sequence[Any]) -> Any:
        numbers = count()

        def name(match: re.Match[str]) -> str:
            if match[1] != "s":
                return match[0]
            key = f"p{len(self.values)}"
            self.values[key] = params[next(numbers)]
            return f"%({key})s"

        return name


@dataclass(frozen=True)
class _Way:
    """What has happened on the way to a node."""

    path: tuple[tuple[str, str], ...] = ()
    arrivals: tuple[str, ...] = ()
    asks: tuple[tuple[int, str, Ask], ...] = ()
    tags: tuple[tuple[int, str, bool], ...] = ()


def grow(graph: Graph, run: Run) -> Forest:
    """The trees of *graph*; raises what the nodes raise, such as NodeFault for a lost content."""
    forest = Forest()
    plans = {key: node.compile(run) for key, node in graph.nodes.items()}
    exit_rule = forest.put(run.condition(graph.exit_when)) if graph.exit_when else ""
    for key, plan in plans.items():
        if isinstance(plan, Rest):
            forest.rests[key] = plan
            grower = _Grower(graph, plans, forest, exit_rule)
            forest.rested[key] = grower.root(key, plan.outcome, _Way())
        elif graph.nodes[key].family is Family.TRIGGER and isinstance(plan, Pass):
            grower = _Grower(graph, plans, forest, exit_rule)
            forest.fresh[key] = grower.root(key, plan.outcome, _Way(arrivals=(key,)))
    return forest


# helpers


class _Grower:
    """Grows one tree."""

    def __init__(
        self, graph: Graph, plans: dict[str, Plan | None], forest: Forest, exit_rule: str
    ) -> None:
        self.graph, self.plans, self.forest, self.exit_rule = graph, plans, forest, exit_rule
        self.room = MOST_LEAVES

    def root(self, key: str, outcome: str, way: _Way) -> str:
        """The tree from the moment at which she leaves *key*."""
        tree = self._go(key, outcome, way)
        if not self.exit_rule:
            return tree
        out = self._leaf(key, "over", _with_step(way, key, EXIT_RULE))
        return f"CASE WHEN {self.exit_rule} THEN {out} ELSE {tree} END"

    def _go(self, key: str, outcome: str, way: _Way) -> str:
        following = self.graph.edges[key].get(outcome)
        if following is None:
            return self._leaf(key, "cut", way)  # the interpreter says what is wrong
        way = _with_step(way, key, outcome)
        return self._at(following, _arrived(way, following))

    def _at(self, key: str, way: _Way) -> str:
        plan = self.plans.get(key)
        if isinstance(plan, Rest):
            return self._leaf(key, "rest", way)
        if plan is None or self.room <= 0 or len(way.path) > MOST_STEPS:
            return self._leaf(key, "cut", way)
        if isinstance(plan, End):
            return self._leaf(key, "over", _with_step(way, key, plan.reason))
        if isinstance(plan, Choose):
            return self._choose(key, plan, way)
        asks = (*way.asks, *((len(way.path), key, ask) for ask in plan.wants))
        tags = (*way.tags, *plan.tags)
        return self._go(key, plan.outcome, _Way(way.path, way.arrivals, asks, tags))

    def _choose(self, key: str, plan: Choose, way: _Way) -> str:
        self.room -= len(plan.cases)
        parts = [
            f"WHEN {self.forest.put(condition)} THEN {self._go(key, outcome, way)}"
            for condition, outcome in plan.cases
        ]
        return f"CASE {' '.join(parts)} ELSE {self._go(key, plan.otherwise, way)} END"

    def _leaf(self, key: str, end: Literal["rest", "cut", "over"], way: _Way) -> str:
        leaf = Leaf(len(self.forest.leaves), key, end, way.path, way.arrivals, way.asks, way.tags)
        self.forest.leaves.append(leaf)
        return str(leaf.number)


def _with_step(way: _Way, key: str, outcome: str) -> _Way:
    return _Way((*way.path, (key, outcome)), way.arrivals, way.asks, way.tags)


def _arrived(way: _Way, key: str) -> _Way:
    return _Way(way.path, (*way.arrivals, key), way.asks, way.tags)
