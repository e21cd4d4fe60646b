"""A graph read as far as it can be read, for whoever draws it or compares it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import orjson
from django.utils.translation import get_language

from journeys.graph.exits import exits_of
from journeys.graph.plan import Way
from journeys.graph.schema import read_node, unknown_kind
from journeys.graph.shape import family_of
from journeys.graph.written import Heading, WrittenNode, read_heading, read_nodes
from journeys.nodes import REGISTRY
from journeys.nodes.base import Family, Node, Outcome, Problem

# Steps that are kept as they were read: some dozens of large drafts that are being edited.
MOST: Final = 10_000


@dataclass(frozen=True)
class Sketch:
    """A graph read as far as it can be: what is broken is drawn too, with its problems."""

    heading: Heading
    written: Mapping[str, WrittenNode]
    nodes: Mapping[str, Node[Any]]
    problems: Sequence[Problem]
    _exits: dict[str, list[Outcome]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def triggers(self) -> list[str]:
        """Keys of the nodes at which people enter."""
        return [k for k, item in self.written.items() if family_of(item) == Family.TRIGGER]

    def outcomes(self, key: str) -> list[Outcome]:
        """The exits of a node; of one that can't be read, as far as its settings tell."""
        if key not in self._exits:
            # Asked for again and again by who draws; a node tells it anew each time.
            node, item = self.nodes.get(key), self.written[key]
            labels = self.heading.labels
            found = (
                node.outcomes() if node else exits_of(item.kind, item.settings, item.next, labels)
            )
            self._exits[key] = list(found)
        return self._exits[key]

    def ways(self, *, open_ends: bool = False) -> dict[str, list[Way]]:
        """Every way that can be drawn; those of nodes with several exits have labels.

        With *open_ends* a way that leads nowhere leads to a place of its own, `open_end(key,
        outcome)`, where a step can be put down.
        """
        found: dict[str, list[Way]] = {}
        for key, item in self.written.items():
            outcomes = self.outcomes(key)
            found[key] = []
            for outcome in outcomes:
                target = item.next.get(outcome.name, "")
                if target not in self.written:
                    if not open_ends:
                        continue
                    target = open_end(key, outcome.name)
                found[key].append(Way(key, outcome.name, target, len(outcomes) > 1))
        if open_ends:
            ends = [way.target for ways in found.values() for way in ways]
            found |= {end: [] for end in ends if end not in found}
        return found


def open_end(key: str, outcome: str) -> str:
    """The place below an outcome that leads nowhere; no node has such a key."""
    return f"{key}:{outcome}"


def sketch(data: Mapping[str, Any]) -> Sketch:
    """Read a graph as far as it can be read. Nothing it names is looked up."""
    heading, problems = read_heading(data)
    written, more = read_nodes(data)
    problems += more
    nodes: dict[str, Node[Any]] = {}
    labels, language = orjson.dumps(heading.labels), get_language() or ""
    exits: dict[str, list[Outcome]] = {}
    for key, item in written.items():
        try:
            node, found, outcomes = _read(language, key, item.kind, _plain(item.settings), labels)
        except TypeError:  # what no JSON can hold, such as a number of thirty figures
            node, told = read_node(key, item, heading.labels)
            found, outcomes = tuple(told), ()
        problems += found
        if node is None and item.kind and item.kind not in REGISTRY:
            problems.append(unknown_kind(key, item.kind))
        if node is not None:
            nodes[key] = node
            if outcomes:
                exits[key] = [*outcomes]
    return Sketch(heading, written, nodes, problems, exits)


# helpers


@lru_cache(maxsize=MOST)
def _read(
    language: str, key: str, kind: str, settings: bytes, labels: bytes
) -> tuple[Node[Any] | None, tuple[Problem, ...], tuple[Outcome, ...]]:
    """A step as it was read before, if nothing of it has changed: nobody changes a node, and an
    edit changes one step of hundreds. The language is that of problems and outcomes."""
    item = WrittenNode(kind, orjson.loads(settings), {})
    node, problems = read_node(key, item, orjson.loads(labels))
    return node, tuple(problems), tuple(node.outcomes()) if node is not None else ()


def _plain(settings: Mapping[str, Any]) -> bytes:
    return orjson.dumps(settings, option=orjson.OPT_NON_STR_KEYS)
