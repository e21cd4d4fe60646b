"""What differs between two graphs, as a patch that leads from one to the other and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Patch = dict[str, Any]


def patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> Patch:
    """What to do with *before* to get *after*: `set` and `unset` parts, `nodes` (None: gone)."""
    made: Patch = {}
    old, new = before.get("nodes") or {}, after.get("nodes") or {}
    nodes = {key: new.get(key) for key in {**old, **new} if old.get(key) != new.get(key)}
    if nodes:
        made["nodes"] = nodes
    changed = {
        name: value
        for name, value in after.items()
        if name != "nodes" and (name not in before or before[name] != value)
    }
    if changed:
        made["set"] = changed
    gone = [name for name in before if name != "nodes" and name not in after]
    if gone:
        made["unset"] = gone
    return made


def patched(graph: Mapping[str, Any], by: Patch) -> dict[str, Any]:
    """*graph* after the patch *by*."""
    nodes = {**(graph.get("nodes") or {}), **by.get("nodes", {})}
    gone = set(by.get("unset", ()))
    top = {name: value for name, value in graph.items() if name not in gone}
    kept = {key: node for key, node in nodes.items() if node is not None}
    return {**top, **by.get("set", {}), "nodes": kept}
