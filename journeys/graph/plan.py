"""The skeleton of a graph for drawing: ways in order, which of them go back, who dominates whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

ROOT = ""  # stands above every start; no node has an empty key


class Way(NamedTuple):
    """An outcome of a node that leads somewhere. One with a label needs room for it."""

    source: str
    outcome: str
    target: str
    labelled: bool = False


@dataclass
class Plan:
    """Where trees begin (`heads`), nodes from top to bottom (`order`), ways down and ways back.

    A node's dominator is the last one that every way to it passes: a merge is drawn below it.
    """

    heads: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    down: list[Way] = field(default_factory=list)
    back: list[Way] = field(default_factory=list)
    dominator: dict[str, str] = field(default_factory=dict)
    ways_of: dict[str, list[Way]] = field(default_factory=dict)
    ways_to: dict[str, list[Way]] = field(default_factory=dict)

    def dominated_by(self, key: str) -> list[str]:
        """The nodes whose dominator is *key*, from top to bottom."""
        return self._children.get(key, [])

    def __post_init__(self) -> None:
        self._children: dict[str, list[str]] = {}

    def is_merge(self, key: str) -> bool:
        """Whether more than one way leads down to *key*."""
        return len(self.ways_to[key]) > 1


def make_plan(ways: Mapping[str, Sequence[Way]], starts: Sequence[str]) -> Plan:
    """The plan of a graph: *ways* of each node in drawn order, *starts* its triggers.

    Nodes that no start leads to begin trees of their own, so that every node is drawn.
    """
    plan = Plan(heads=list(starts))
    real = {key: [way for way in given if way.target in ways] for key, given in ways.items()}
    seen = split_ways(plan.heads, real, plan, set())
    led_to = {way.target for given in real.values() for way in given}
    for rest in ([key for key in real if key not in led_to], list(real)):
        for key in rest:
            if key not in seen:
                plan.heads.append(key)
                split_ways([key], real, plan, seen)
    back = set(plan.back)
    below = {key: [way for way in given if way not in back] for key, given in real.items()}
    # Last way first, so that children first, turned round, reads from top left to bottom right.
    plan.order = list(reversed(children_first(plan.heads, below)))
    plan.down = [way for key in plan.order for way in below[key]]
    plan.ways_of = {key: below[key] for key in plan.order}
    plan.ways_to = {key: [] for key in plan.order}
    for way in plan.down:
        plan.ways_to[way.target].append(way)
    find_dominators(plan)
    return plan


# helpers


def split_ways(
    heads: Sequence[str], ways: Mapping[str, list[Way]], plan: Plan, seen: set[str]
) -> set[str]:
    """Walk depth first in drawn order: a way to a node that is still open goes back."""
    for head in heads:
        if head in seen:
            continue
        path = {head}
        seen.add(head)
        stack: list[tuple[str, Iterator[Way]]] = [(head, iter(ways[head]))]
        while stack:
            key, rest = stack[-1]
            way = next(rest, None)
            if way is None:
                stack.pop()
                path.discard(key)
            elif way.target in path or way.target in plan.heads:
                plan.back.append(way)
            elif way.target not in seen:
                seen.add(way.target)
                path.add(way.target)
                stack.append((way.target, iter(ways[way.target])))
    return seen


def children_first(heads: Sequence[str], below: Mapping[str, list[Way]]) -> list[str]:
    """Every node after all that its ways lead to, the rightmost first."""
    order: list[str] = []
    seen: set[str] = set()
    for head in reversed(heads):
        if head in seen:
            continue
        seen.add(head)
        stack: list[tuple[str, Iterator[Way]]] = [(head, reversed(below[head]))]
        while stack:
            key, rest = stack[-1]
            way = next(rest, None)
            if way is None:
                stack.pop()
                order.append(key)
            elif way.target not in seen:
                seen.add(way.target)
                stack.append((way.target, reversed(below[way.target])))
    return order


def find_dominators(plan: Plan) -> None:
    """Cooper, Harvey and Kennedy; one pass is enough because ways down never go back."""
    number = {ROOT: 0} | {key: n for n, key in enumerate(plan.order, 1)}
    dominator = {ROOT: ROOT}
    for key in plan.order:
        above = [way.source for way in plan.ways_to[key]] + ([ROOT] if key in plan.heads else [])
        found = above[0]
        for other in above[1:]:
            while found != other:
                if number[found] > number[other]:
                    found = dominator[found]
                else:
                    other = dominator[other]
        dominator[key] = found
        plan._children.setdefault(found, []).append(key)
    plan.dominator = dominator
