"""Lead a way elsewhere: to a later step (ways meet), back through a wait (a loop), or nowhere."""

from __future__ import annotations

from django.utils.translation import gettext as _

from journeys.graph.operations.base import (
    Done,
    Json,
    OperationRefused,
    Slot,
    expect_no_new_loop,
    family,
    led,
    node_of,
    nodes_of,
    target_of,
    with_nodes,
)
from journeys.nodes.base import Family


def connect(graph: Json, slot: Slot, target: str) -> Done:
    """Lead the way of *slot* to the step *target*. What followed there stays, unconnected when no
    other way leads to it.

    Raises OperationRefused for a trigger and for a loop in which nobody would ever wait.
    """
    before = target_of(graph, slot)
    if family(node_of(graph, target)) == Family.TRIGGER:
        raise OperationRefused(_("Customers enter at a trigger, so nothing leads to it."))
    if before == target:
        raise OperationRefused(_("This way leads there already."))
    nodes = nodes_of(graph)
    nodes[slot.source] = led(nodes[slot.source], slot.outcome, target)
    after = with_nodes(graph, nodes)
    expect_no_new_loop(graph, after)
    return Done(after, slot.source)


def detach(graph: Json, slot: Slot) -> Done:
    """Cut the way of *slot*; what followed stays. Raises OperationRefused when it is open."""
    if not target_of(graph, slot):
        raise OperationRefused(_("This way leads nowhere already."))
    nodes = nodes_of(graph)
    nodes[slot.source] = led(nodes[slot.source], slot.outcome, "")
    return Done(with_nodes(graph, nodes), slot.source)
