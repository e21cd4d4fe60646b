"""Put a new step into a graph: on a way, at an open end, or a trigger above everything."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from journeys.graph.exits import exits_of
from journeys.graph.operations.base import (
    Done,
    Json,
    OperationRefused,
    Slot,
    expect_kind,
    led,
    new_key,
    nodes_of,
    put_after,
    target_of,
    triggers_of,
    with_nodes,
)
from journeys.graph.starters import starter
from journeys.nodes import REGISTRY
from journeys.nodes.base import Family


def insert(graph: Json, kind: str, slot: Slot, settings: dict[str, Any] | None = None) -> Done:
    """A new step of *kind* at *slot*; what followed there follows its first outcome.

    Raises OperationRefused for a trigger on a way, for an exit before something else, and for
    anything but a trigger without a way.
    """
    expect_kind(kind)
    nodes = nodes_of(graph)
    key = new_key(kind, nodes)
    given = starter(kind, key) if settings is None else settings
    node: dict[str, Any] = {"kind": kind, "settings": given, "next": {}}
    is_trigger = REGISTRY[kind].family is Family.TRIGGER
    if not slot.source:
        if is_trigger or not nodes:
            return add_head(graph, key, node)
        raise OperationRefused(_("Customers enter at a trigger: put this behind one."))
    target = target_of(graph, slot)
    if is_trigger:
        raise OperationRefused(
            _("Customers enter at a trigger, so nothing leads to it. Put it above the others.")
        )
    outcomes = exits_of(kind, given, {}, {})
    if target and not outcomes:
        raise OperationRefused(
            _("Here the walk would end, and what follows would never be reached. Put the exit at "
              "an open end.")
        )  # fmt: skip
    if target:
        node = led(node, outcomes[0].name, target)
    nodes[slot.source] = led(nodes[slot.source], slot.outcome, key)
    return Done(with_nodes(graph, put_after(nodes, slot.source, {key: node})), key)


def append(graph: Json, kind: str, slot: Slot, settings: dict[str, Any] | None = None) -> Done:
    """A new step at an open end; raises OperationRefused when something follows there."""
    if slot.source and target_of(graph, slot):
        raise OperationRefused(_("Something follows here already."))
    return insert(graph, kind, slot, settings)


# helpers


def add_head(graph: Json, key: str, node: dict[str, Any]) -> Done:
    """A trigger beside the others: it leads to where the first of them leads. The very first one
    leads to what has nothing above it."""
    nodes = nodes_of(graph)
    others = triggers_of(nodes)
    targets = [to for other in others for to in (nodes[other].get("next") or {}).values()]
    if not others:
        led_to = {to for each in nodes.values() for to in (each.get("next") or {}).values()}
        targets = [each for each in nodes if each not in led_to]
    outcomes = exits_of(str(node["kind"]), node["settings"], {}, {})
    if targets and outcomes and targets[0] in nodes:
        node = led(node, outcomes[0].name, targets[0])
    after = others[-1] if others else ""
    return Done(with_nodes(graph, put_after(nodes, after, {key: node})), key)
