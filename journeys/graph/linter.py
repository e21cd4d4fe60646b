"""What will go wrong although nothing is wrong: warnings that only somebody who looks ahead has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from campaigns.models import Content
from customers.models import Brand
from journeys.graph.schema import Graph
from journeys.nodes.base import Family, Problem
from journeys.nodes.send import SendMessage
from journeys.nodes.wait_event import WaitEvent
from journeys.nodes.wait_until import WaitUntil


def lint(graph: Graph, brand: Brand) -> list[Problem]:
    """Warnings about a graph that can be read. One query, however many steps."""
    return [*crossing_dates(graph), *waits_for_ever(graph), *again_at_once(graph, brand)]


# helpers


def crossing_dates(graph: Graph) -> Iterator[Problem]:
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


def waits_for_ever(graph: Graph) -> Iterator[Problem]:
    """A wait without an end keeps whoever never does it."""
    for key, node in graph.nodes.items():
        if isinstance(node, WaitEvent) and node.settings.at_most is None:
            text = _("Whoever never does it stays here for ever. Say how long at most.")
            yield Problem(f"nodes.{key}.at_most", text, is_warning=True)


def again_at_once(graph: Graph, brand: Brand) -> Iterator[Problem]:
    """Two messages on one channel with no pause between them."""
    sends = {key: node for key, node in graph.nodes.items() if isinstance(node, SendMessage)}
    if len(sends) < 2:
        return
    codes = {node.settings.content for node in sends.values()}
    rows = Content.objects.filter(brand=brand, code__in=codes).values_list("code", "channel")
    channels = dict(rows)
    for key, node in sends.items():
        for other in at_once_after(graph, key):
            following = sends.get(other)
            if following is None:
                continue
            mine, theirs = (channels.get(each.settings.content) for each in (node, following))
            if mine and mine == theirs:
                text = _("This follows another message on the same channel without any wait.")
                yield Problem(f"nodes.{other}", text, is_warning=True)


def after(graph: Graph, key: str) -> Iterable[str]:
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


def at_once_after(graph: Graph, key: str) -> Iterable[str]:
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
