"""What a graph is, and reading one: every problem in one answer, each with its place.

A graph is JSON of the same shape as a journey's YAML (see journeys/graph/yaml.py): `nodes` maps a
key to kind, settings and `next` (outcome → key). Because jsonb forgets the order of keys, `order`
lists the nodes as they were written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from journeys.graph.shape import check_shape
from journeys.graph.written import Heading, WrittenNode, read_heading, read_nodes
from journeys.nodes import REGISTRY
from journeys.nodes.base import Family, Node, Outcome, Problem, SettingError
from journeys.nodes.labels import Labels

SCHEMA = 1
# How a walk can end without a word of the graph.
ENDS = frozenset({"goal", "exit_rule", "stopped", "taken_out", "timeout", "merged", "left"})


class GraphUnreadable(ValueError):
    """A graph that can't be used; `problems` holds every reason with its place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.place}: {problem.text}" for problem in problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Graph:
    """A graph that can run. Nodes stand in the order in which they were written."""

    heading: Heading
    nodes: Mapping[str, Node[Any]]
    edges: Mapping[str, Mapping[str, str]]
    warnings: Sequence[Problem] = field(default=())

    @property
    def name(self) -> str:
        return self.heading.name

    @property
    def description(self) -> str:
        return self.heading.description

    @property
    def goal(self) -> Any:
        """The goal, a `Goal`, or None."""
        return self.heading.goal

    @property
    def exit_when(self) -> Mapping[str, Any] | None:
        """The rule over customers that ends a walk, or None."""
        return self.heading.exit_when

    @property
    def timezone(self) -> str:
        return self.heading.timezone

    @property
    def priority(self) -> int | None:
        return self.heading.priority

    @property
    def lateness(self) -> timedelta | None:
        """How late a wait or send may still run, unless the node says otherwise."""
        return self.heading.lateness

    def next_of(self, key: str, outcome: str) -> str:
        """The node that *outcome* of the node *key* leads to; KeyError when there is none."""
        return self.edges[key][outcome]

    def outcomes_of(self, key: str) -> Sequence[Outcome]:
        """The exits of a node, in the order in which they are drawn."""
        return self.nodes[key].outcomes()

    def looks_after(self, key: str) -> bool:
        """Whether it is asked what customers are like on a way from the node *key* to a wait."""
        if self.exit_when:
            return True
        seen: set[str] = set()
        ahead = list(self.edges[key].values())
        while ahead:
            following = ahead.pop()
            node = self.nodes.get(following)
            if node is None or following in seen:
                continue
            seen.add(following)
            if node.sees_customers:
                return True
            if not node.waits:
                ahead += self.edges[following].values()
        return False

    def triggers(self) -> list[Node[Any]]:
        """The nodes at which customers enter."""
        return [node for node in self.nodes.values() if node.family is Family.TRIGGER]


def read_graph(data: Any) -> tuple[Graph | None, list[Problem]]:
    """Read a graph as JSON; return it (None when it can't run) and every problem with its place.

    What nodes refer to (contents, events, segments) is looked up by `check_references`.
    """
    graph, problems = read_parts(data)
    return (None if errors_of(problems) else graph), problems


def read_parts(data: Any) -> tuple[Graph | None, list[Problem]]:
    """As `read_graph`, but a graph that can't run holds the nodes that could be read.

    What they refer to can then be looked up too, so that all problems stand in one answer.
    """
    if not isinstance(data, Mapping):
        return None, [Problem("", _("Expected a journey: a mapping with “name” and “nodes”."))]
    heading, problems = read_heading(data)
    written, found = read_nodes(data)
    problems += found
    nodes: dict[str, Node[Any]] = {}
    for key, item in written.items():
        node, found = read_node(key, item, heading.labels)
        problems += found
        if node is not None:
            nodes[key] = node
    problems += check_shape(written, nodes)
    if len(nodes) == len(written):
        problems += check_labels(heading.labels, nodes)
    return _graph(heading, written, nodes, problems), problems


def restore_graph(data: Mapping[str, Any]) -> Graph:
    """The graph of a published version, whose names were looked up when it was published.

    Raises GraphUnreadable when it can't be read (any more).
    """
    heading, problems = read_heading(data)
    written, found = read_nodes(data)
    problems += found
    nodes: dict[str, Node[Any]] = {}
    for key, item in written.items():
        try:
            nodes[key] = REGISTRY[item.kind].restore(key, item.settings)
            nodes[key].labels = heading.labels
        except KeyError:
            problems.append(unknown_kind(key, item.kind))
        except SettingError as error:
            problems.append(Problem(f"nodes.{key}", str(error)))
    errors = [problem for problem in problems if not problem.is_warning]
    if errors:
        raise GraphUnreadable(errors)
    return _graph(heading, written, nodes, problems)


def read_node(
    key: str, item: WrittenNode, labels: Labels
) -> tuple[Node[Any] | None, list[Problem]]:
    """One node with its settings, or None and why not."""
    kind = REGISTRY.get(item.kind)
    if kind is None:
        return None, [unknown_kind(key, item.kind)] if item.kind else []
    node, problems = kind.read(key, item.settings)
    if node is not None:
        node.labels = labels
    return node, problems


def unknown_kind(key: str, kind: str) -> Problem:
    """The problem of a node whose kind nobody registered."""
    words = {"kind": kind, "known": ", ".join(sorted(REGISTRY))}
    text = _("There is no node of the kind “%(kind)s”. Expected one of: %(known)s.") % words
    return Problem(f"nodes.{key}.kind", text)


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Only what keeps a graph from running."""
    return [problem for problem in problems if not problem.is_warning]


# helpers


def check_labels(labels: Labels, nodes: Mapping[str, Node[Any]]) -> Iterator[Problem]:
    """A label that nothing wears is most likely misspelt."""
    codes = {code for node in nodes.values() for code in node.codes()}
    for name in labels.keys() - codes - ENDS:
        text = _("No outcome and no reason is called “%(name)s”. Expected one of: %(known)s.")
        known = ", ".join(sorted(codes - {"next"}))
        yield Problem(f"labels.{name}", text % {"name": name, "known": known}, is_warning=True)


def _graph(
    heading: Heading,
    written: Mapping[str, WrittenNode],
    nodes: Mapping[str, Node[Any]],
    problems: Sequence[Problem],
) -> Graph:
    edges = {key: dict(item.next) for key, item in written.items()}
    return Graph(heading, dict(nodes), edges, [p for p in problems if p.is_warning])
