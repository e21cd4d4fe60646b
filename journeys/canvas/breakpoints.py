"""Breakpoints as the report lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from customers.formats import duration, percent, points
from journeys.canvas.words import ENDS
from journeys.graph.schema import GraphUnreadable, restore_graph
from journeys.models import Journey
from journeys.nodes.base import Node
from journeys.queries.breakpoints import GATE, TIMEOUT, Breakpoint, breakpoints_of
from journeys.queries.durations import Durations, Taken
from journeys.queries.titles import titles_of

LOST = {
    TIMEOUT: gettext_lazy("Time ran out"),
    GATE: gettext_lazy("Stopped by the gate"),
}


@dataclass(frozen=True)
class Loss:
    """A row: which step, in what way, how many of how many, and the change since before."""

    node: str
    family: str
    icon: str
    step: SafeString
    way: str
    n: int
    share: str
    part: float
    whole: int
    before: str
    change: str
    has_changed: bool
    stayed: str = ""  # how long half of them stayed there before they were lost
    most: str = ""  # and nine in ten


def losses_of(
    journey: Journey, since: datetime, until: datetime, durations: Durations | None = None
) -> Sequence[Loss]:
    """Where the running version loses most; empty when nobody was lost or none ever ran."""
    if journey.current is None:
        return ()
    try:
        graph = restore_graph(journey.current.graph)
    except GraphUnreadable:
        return ()
    found = breakpoints_of(journey.pk, graph, since, until)
    if not found:
        return ()
    nodes = [graph.nodes[each.node] for each in found]
    titles = titles_of(nodes, journey.brand_id)
    taken = [_taken(each, node, durations or {}) for each, node in zip(found, nodes, strict=True)]
    return [
        Loss(
            node=each.node,
            family=node.family,
            icon=node.icon,
            step=titles.say(node),
            way=str(LOST.get(each.way) or ENDS[each.way]),
            n=each.rate.hits,
            share=percent(each.rate.share),
            part=each.rate.share or 0.0,
            whole=each.rate.people,
            before=percent(each.before.share),
            change=points(each.change.value, 1) if each.change else "–",
            has_changed=each.has_changed,
            stayed=duration(time.median) if time else "",
            most=duration(time.most) if time else "",
        )
        for each, node, time in zip(found, nodes, taken, strict=True)
    ]


# helpers


def _taken(lost: Breakpoint, node: Node[Any], durations: Durations) -> Taken | None:
    """How long those who were lost had stayed; nothing of a message, which takes no time."""
    way = getattr(node.settings, "timeout", "") if lost.way == TIMEOUT else lost.way
    return durations.get((lost.node, way))
