"""What can be reached from a step."""

from __future__ import annotations

from collections.abc import Set

from journeys.graph.schema import Graph
from journeys.nodes.base import Family


def after(graph: Graph, key: str) -> Set[str]:
    """Every step that can be reached from *key*, without it."""
    seen: set[str] = set()
    ahead = list(graph.edges[key].values())
    while ahead:
        each = ahead.pop()
        if each in seen or each not in graph.nodes:
            continue
        seen.add(each)
        ahead += graph.edges[each].values()
    return seen - {key}


def at_once_after(graph: Graph, key: str) -> Set[str]:
    """Every step that is reached from *key* before anybody waits."""
    seen: set[str] = set()
    ahead = list(graph.edges[key].values())
    while ahead:
        each = ahead.pop()
        node = graph.nodes.get(each)
        if node is None or each in seen or node.waits or node.family is Family.TRIGGER:
            continue
        seen.add(each)
        ahead += graph.edges[each].values()
    return seen - {key}
