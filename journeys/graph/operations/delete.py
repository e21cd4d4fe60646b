"""Take steps out: alone, or with everything that only they lead to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from journeys.graph.operations.base import (
    Done,
    Json,
    OperationRefused,
    exits,
    expect_no_new_loop,
    led,
    node_of,
    nodes_of,
    reach,
    roots,
    sources_of,
    with_nodes,
)


def delete(graph: Json, keys: Sequence[str], *, follow: bool = False) -> Done:
    """Take the steps *keys* out.

    Alone, what followed the first outcome moves up to whatever led here; other arms stay,
    unconnected. With *follow*, everything that no other way leads to goes too. Raises
    OperationRefused when a step is gone, and when a loop would lose its last wait.
    """
    if not keys:
        raise OperationRefused(_("Choose the step that is to go first."))
    for key in keys:
        node_of(graph, key)
    nodes = nodes_of(graph)
    above = next((source for source, _out in sources_of(nodes, keys[0]) if source not in keys), "")
    if follow:
        gone = only_by(nodes, keys)
        after = with_nodes(graph, without(nodes, gone))
    else:
        after = dict(graph)
        for key in dict.fromkeys(keys):
            after = bypassed(after, key)
        expect_no_new_loop(graph, after)
    return Done(after, above if above in after["nodes"] else "")


def only_by(nodes: dict[str, Any], keys: Sequence[str]) -> set[str]:
    """*keys* and everything that can be reached only through them."""
    return set(keys) | (reach(nodes, keys) - reach(nodes, roots(nodes), without=keys))


def without(nodes: dict[str, Any], gone: set[str]) -> dict[str, Any]:
    """The other nodes; ways to those that are gone are open."""
    found = {}
    for key, node in nodes.items():
        if key in gone:
            continue
        ways = node.get("next") or {}
        kept = {outcome: to for outcome, to in ways.items() if to not in gone}
        found[key] = node if kept == ways else {**node, "next": kept}
    return found


def bypassed(graph: Json, key: str) -> dict[str, Any]:
    """*graph* without *key*: whoever led there leads to what follows its first outcome."""
    nodes = nodes_of(graph)
    outcomes = exits(graph, key)
    ways = nodes[key].get("next") or {}
    target = ways.get(outcomes[0], "") if outcomes else ""
    if target == key or target not in nodes:
        target = ""
    for source, outcome in sources_of(nodes, key):
        nodes[source] = led(nodes[source], outcome, target)
    del nodes[key]
    return with_nodes(graph, nodes)
