"""What every operation shares: graphs as JSON that are never changed in place, and refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from journeys.graph.exits import exits_of
from journeys.graph.shape import check_loops, family_of
from journeys.graph.written import MOST_NODES, WrittenNode, in_order, read_nodes
from journeys.nodes import REGISTRY
from journeys.nodes.base import Family

Json = Mapping[str, Any]


class OperationRefused(ValueError):
    """What this graph can't take; the text is a sentence for the reader."""


@dataclass(frozen=True)
class Done:
    """The graph afterwards, and the step that one looks at next ("": none)."""

    graph: dict[str, Any]
    key: str = ""


@dataclass(frozen=True)
class Slot:
    """A place on a way: behind the outcome of a step. Without a source: above everything."""

    source: str = ""
    outcome: str = ""


def nodes_of(graph: Json) -> dict[str, dict[str, Any]]:
    """The nodes in their order."""
    nodes = graph.get("nodes") or {}
    return {key: nodes[key] for key in in_order(nodes, graph.get("order"))}


def node_of(graph: Json, key: str) -> dict[str, Any]:
    """A node; raises OperationRefused when it is gone."""
    node = (graph.get("nodes") or {}).get(key)
    if not isinstance(node, dict):
        text = _("The step “%(key)s” is not in this journey (any more).")
        raise OperationRefused(text % {"key": key})
    return node


def with_nodes(graph: Json, nodes: Mapping[str, Any]) -> dict[str, Any]:
    """*graph* with these nodes in this order; raises OperationRefused when they are too many."""
    if len(nodes) > MOST_NODES:
        text = ngettext(
            "A journey holds at most %(most)s steps; this would be %(n)s. Split it in two.",
            "A journey holds at most %(most)s steps; these would be %(n)s. Split it in two.",
            len(nodes),
        )
        raise OperationRefused(text % {"most": MOST_NODES, "n": len(nodes)})
    return {**graph, "nodes": dict(nodes), "order": list(nodes)}


def family(node: Json) -> str:
    """The family of a node as it is written."""
    return family_of(WrittenNode(str(node.get("kind", "")), {}, {}))


def exits(graph: Json, key: str) -> list[str]:
    """The names of a node's outcomes in drawn order."""
    node = node_of(graph, key)
    settings, ways = node.get("settings") or {}, node.get("next") or {}
    return [each.name for each in exits_of(str(node.get("kind")), settings, ways, {})]


def target_of(graph: Json, slot: Slot) -> str:
    """Where the way of *slot* leads, or "" when it is open; raises OperationRefused when the step
    or the outcome is gone."""
    node = node_of(graph, slot.source)
    if slot.outcome not in exits(graph, slot.source):
        if not exits(graph, slot.source):
            raise OperationRefused(_("Nothing follows this step: here the walk ends."))
        text = _("“%(key)s” has no outcome “%(outcome)s” (any more).")
        raise OperationRefused(text % {"key": slot.source, "outcome": slot.outcome})
    target = (node.get("next") or {}).get(slot.outcome, "")
    return target if target in (graph.get("nodes") or {}) else ""


def led(node: Json, outcome: str, target: str) -> dict[str, Any]:
    """A node whose *outcome* leads to *target*; "" cuts the way."""
    ways = {name: to for name, to in (node.get("next") or {}).items() if name != outcome}
    if target:
        ways[outcome] = target
    return {**node, "next": ways}


def new_key(kind: str, taken: Iterable[str]) -> str:
    """A key that no node has: send_message, send_message_2…"""
    base, used, n = kind.replace(".", "_")[:34], set(taken), 1
    key = base
    while key in used:
        n += 1
        key = f"{base}_{n}"
    return key


def put_after(nodes: Mapping[str, Any], after: str, new: Mapping[str, Any]) -> dict[str, Any]:
    """*nodes* with *new* ones written behind *after*, or in front when there is no such node."""
    if after not in nodes:
        return {**new, **nodes}
    found: dict[str, Any] = {}
    for key, node in nodes.items():
        found[key] = node
        if key == after:
            found |= new
    return found


def sources_of(nodes: Mapping[str, Any], key: str) -> list[tuple[str, str]]:
    """(source, outcome) of every way that leads to *key*."""
    return [
        (source, outcome)
        for source, node in nodes.items()
        for outcome, target in (node.get("next") or {}).items()
        if target == key
    ]


def triggers_of(nodes: Mapping[str, Any]) -> list[str]:
    """The keys at which people enter."""
    return [key for key, node in nodes.items() if family(node) == Family.TRIGGER]


def reach(nodes: Mapping[str, Any], starts: Iterable[str], without: Iterable[str] = ()) -> set[str]:
    """Everything that can be reached from *starts*, not passing *without*."""
    seen: set[str] = set()
    closed = set(without)
    ahead = [key for key in starts if key not in closed]
    while ahead:
        key = ahead.pop()
        if key in seen or key in closed or key not in nodes:
            continue
        seen.add(key)
        ahead += (nodes[key].get("next") or {}).values()
    return seen


def roots(nodes: Mapping[str, Any]) -> list[str]:
    """Where drawings begin: triggers, steps that nothing leads to, then any that is left."""
    led_to = {to for node in nodes.values() for to in (node.get("next") or {}).values()}
    found = [key for key in nodes if key not in led_to or family(nodes[key]) == Family.TRIGGER]
    seen = reach(nodes, found)
    for key in nodes:
        if key not in seen:
            found.append(key)
            seen |= reach(nodes, [key])
    return found


def expect_kind(kind: str) -> None:
    """Raise OperationRefused unless the kind of node is known."""
    if kind not in REGISTRY:
        raise OperationRefused(_("There is no kind of step “%s”.") % kind)


def expect_no_new_loop(before: Json, after: Json) -> None:
    """Raise OperationRefused when customers would now walk a loop without a pause for ever."""
    old = {problem.place for problem in check_loops(read_nodes(before)[0])}
    for problem in check_loops(read_nodes(after)[0]):
        if problem.place not in old:
            raise OperationRefused(problem.text)
