"""Waits that keep nobody, or keep her for ever."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from journeys.graph.linter.around import Around
from journeys.graph.linter.ways import after
from journeys.graph.schema import Graph
from journeys.nodes.base import Problem
from journeys.nodes.wait_event import WaitEvent
from journeys.nodes.wait_until import WaitUntil


def crossing_dates(graph: Graph, around: Around) -> Iterator[Problem]:
    """A wait for a date that is over when customers come from a wait for a later one."""
    moments = {
        key: node.settings.moment
        for key, node in graph.nodes.items()
        if isinstance(node, WaitUntil)
    }
    for key, moment in moments.items():
        for other in after(graph, key):
            later = moments.get(other)
            if later is None or (later.tzinfo is None) != (moment.tzinfo is None):
                continue  # read on different clocks
            if later < moment:
                text = _("This moment is before that of a wait on the way here, so nobody waits.")
                yield Problem(f"nodes.{other}.moment", text, is_warning=True)


def waits_for_ever(graph: Graph, around: Around) -> Iterator[Problem]:
    """A wait without an end keeps whoever never does it."""
    for key, node in graph.nodes.items():
        if isinstance(node, WaitEvent) and node.settings.at_most is None:
            text = _("Whoever never does it stays here for ever. Say how long at most.")
            yield Problem(f"nodes.{key}.at_most", text, is_warning=True)
