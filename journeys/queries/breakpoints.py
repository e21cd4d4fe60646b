"""Where a journey loses people: steps at which most do not go the way that was hoped for.

From sums per hour, so it costs the same for a hundred people and ten million. A wait loses those
whose time ran out, a send those whom the gate stopped, and every step those who were taken away
from it. Ends that the drawing itself foresees lose nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.evaluation.comparing import ALPHA, compare_rates
from campaigns.evaluation.several import holm
from campaigns.evaluation.sums import Rate, Span
from journeys.graph.schema import Graph

WAYS = """
SELECT c.node, c.outcome,
       coalesce(sum(c.n) FILTER (WHERE c.hour >= %(since)s), 0)::bigint,
       coalesce(sum(c.n) FILTER (WHERE c.hour < %(since)s), 0)::bigint
  FROM journeys_nodecount c JOIN journeys_journeyversion v ON v.id = c.version_id
 WHERE v.journey_id = %(journey)s AND c.node <> '' AND c.outcome <> ''
   AND c.hour >= %(before)s AND c.hour < %(until)s
 GROUP BY 1, 2
"""
STOPPED = """
SELECT node, verdict,
       coalesce(sum(n) FILTER (WHERE hour >= %(since)s), 0)::bigint,
       coalesce(sum(n) FILTER (WHERE hour < %(since)s), 0)::bigint
  FROM campaigns_verdictcount
 WHERE journey_id = %(journey)s AND hour >= %(before)s AND hour < %(until)s
 GROUP BY 1, 2
"""
# How a walk can end at a step without a word of the drawing.
TAKEN_AWAY = ("exit_rule", "stopped", "taken_out", "left")
TIMEOUT, GATE = "timeout", "gate"
MOST = 8


@dataclass(frozen=True)
class Breakpoint:
    """So many of those who left a step (of messages: that the gate decided) were lost by `way`:
    TIMEOUT, GATE or one of TAKEN_AWAY. `change` is the share against the period before, None when
    nobody came then; `p` is corrected for looking at all of them."""

    node: str
    way: str
    rate: Rate
    before: Rate
    change: Span | None
    p: float | None = None

    @property
    def has_changed(self) -> bool:
        """Whether it differs from the period before, and not by chance."""
        return self.p is not None and self.p < ALPHA


def breakpoints_of(
    journey_id: int, graph: Graph, since: datetime, until: datetime
) -> list[Breakpoint]:
    """Where most were lost in [since, until), against as long a time before; two queries."""
    values = {
        "journey": journey_id, "before": since - (until - since), "since": since, "until": until,
    }  # fmt: skip
    found = []
    for node, way, rate, before in _losses(graph, values):
        if rate.hits:
            told = compare_rates(rate, before)
            found.append(Breakpoint(node, way, rate, before, told.difference, told.p))
    found.sort(key=lambda each: (-each.rate.hits, each.node, each.way))
    most = found[:MOST]
    return [
        Breakpoint(each.node, each.way, each.rate, each.before, each.change, p)
        for each, p in zip(most, holm([each.p for each in most]), strict=True)
    ]


# helpers


def _losses(graph: Graph, values: dict[str, Any]) -> Iterator[tuple[str, str, Rate, Rate]]:
    ways: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    words: dict[str, Counter[tuple[str, int]]] = defaultdict(Counter)
    with connection.cursor() as cursor:
        cursor.execute(WAYS, values)
        for node, outcome, now, then in cursor.fetchall():
            ways[node][outcome] = now, then
        cursor.execute(STOPPED, values)
        for node, verdict, now, then in cursor.fetchall():
            words[node][verdict, 0] += now
            words[node][verdict, 1] += then
    for key, node in graph.nodes.items():
        mine = ways.get(key, {})
        whole = [sum(counts[period] for counts in mine.values()) for period in range(2)]
        lost = {way: mine[way] for way in TAKEN_AWAY if way in mine and way not in node.codes()}
        timeout = getattr(node.settings, "timeout", "")
        if node.kind == "wait.event" and timeout in mine:
            lost[TIMEOUT] = mine[timeout]
        for way, counts in lost.items():
            yield key, way, Rate(whole[0], counts[0]), Rate(whole[1], counts[1])
        if key in words:
            said = words[key]
            rates = [
                Rate(said["allowed", period] + said["stopped", period], said["stopped", period])
                for period in range(2)
            ]
            yield key, GATE, rates[0], rates[1]
