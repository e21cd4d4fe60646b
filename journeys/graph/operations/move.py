"""Take a step from where it stands to another way, alone or with what follows it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from journeys.graph.operations.base import (
    Done,
    Json,
    OperationRefused,
    Slot,
    exits,
    expect_no_new_loop,
    family,
    led,
    node_of,
    nodes_of,
    put_after,
    sources_of,
    target_of,
    with_nodes,
)
from journeys.graph.operations.delete import bypassed, only_by
from journeys.nodes.base import Family


def move(graph: Json, key: str, slot: Slot, *, follow: bool = False) -> Done:
    """Move the step *key* to *slot*; what stood there follows it.

    Alone, what followed its first outcome moves up. With *follow*, everything that only it leads
    to comes along. Raises OperationRefused for a trigger, for a place inside of what is moved, and
    when nothing of it could lead on to what stands there.
    """
    if family(node_of(graph, key)) == Family.TRIGGER:
        raise OperationRefused(_("A trigger stands above everything and can't be moved."))
    target = target_of(graph, slot)
    if target == key or (slot.source == key and not follow):
        raise OperationRefused(_("It stands there already."))
    return _with_all(graph, key, slot, target) if follow else _alone(graph, key, slot, target)


# helpers


def _alone(graph: Json, key: str, slot: Slot, target: str) -> Done:
    outcomes = exits(graph, key)
    if target and not outcomes:
        raise OperationRefused(
            _("Here the walk would end, and what follows would never be reached. Put the exit at "
              "an open end.")
        )  # fmt: skip
    node = node_of(graph, key)
    nodes = nodes_of(bypassed(graph, key))
    # The way may have led to what moved up; what stands there now follows.
    target = (nodes[slot.source].get("next") or {}).get(slot.outcome, "")
    nodes[slot.source] = led(nodes[slot.source], slot.outcome, key)
    moved = led(node, outcomes[0], target) if outcomes else node
    return _checked(graph, with_nodes(graph, put_after(nodes, slot.source, {key: moved})), key)


def _with_all(graph: Json, key: str, slot: Slot, target: str) -> Done:
    nodes = nodes_of(graph)
    group = only_by(nodes, [key])
    if slot.source in group:
        raise OperationRefused(_("A step can't follow itself. Choose a way outside of it."))
    for source, outcome in sources_of(nodes, key):
        if source not in group:
            nodes[source] = led(nodes[source], outcome, "")
    if target:
        end = open_end(graph, key, group)
        if end is None:
            raise OperationRefused(
                _("Every way of what you move ends or leads elsewhere, so nothing could lead on to "
                  "what stands there. Move it to an open end.")
            )  # fmt: skip
        nodes[end.source] = led(nodes[end.source], end.outcome, target)
    nodes[slot.source] = led(nodes[slot.source], slot.outcome, key)
    taken = {each: nodes.pop(each) for each in list(nodes) if each in group}
    return _checked(graph, with_nodes(graph, put_after(nodes, slot.source, taken)), key)


def open_end(graph: Json, key: str, group: set[str]) -> Slot | None:
    """The first open outcome among *group*, in the order in which one walks from *key*."""
    nodes: dict[str, Any] = nodes_of(graph)
    seen: set[str] = set()
    ahead = [key]
    while ahead:
        at = ahead.pop(0)
        if at in seen or at not in group:
            continue
        seen.add(at)
        for outcome in exits(graph, at):
            target = (nodes[at].get("next") or {}).get(outcome, "")
            if target not in nodes:
                return Slot(at, outcome)
            ahead.append(target)
    return None


def _checked(before: Json, after: dict[str, Any], key: str) -> Done:
    expect_no_new_loop(before, after)
    return Done(after, key)
