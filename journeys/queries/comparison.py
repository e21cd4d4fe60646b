"""Two versions of a journey, or two periods of it, side by side: entries, goals, sends, ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from campaigns.evaluation.comparing import ALPHA, compare_rates
from campaigns.evaluation.funnel import Funnel, funnel_of
from campaigns.evaluation.several import holm
from campaigns.evaluation.sums import Comparison, Rate
from campaigns.queries.funnel import Asked, sums_of
from journeys.queries.counts import GOES_ON, totals_of

# From sums per hour, so as much of ten million people as of a hundred.
WAYS = """
SELECT c.node, c.outcome, sum(c.n)::bigint
  FROM journeys_nodecount c JOIN journeys_journeyversion v ON v.id = c.version_id
 WHERE v.journey_id = %(journey)s AND c.node <> '' AND c.outcome <> ''
   AND (%(version)s::bigint IS NULL OR c.version_id = %(version)s)
   AND c.hour >= %(since)s AND c.hour < %(until)s
 GROUP BY 1, 2 HAVING sum(c.n) > 0
"""


@dataclass(frozen=True)
class Side:
    """Half of a comparison: a period, and a version if only that is meant."""

    since: datetime
    until: datetime
    version: int | None = None


@dataclass(frozen=True)
class Seen:
    """What a side has seen: walks that began and those of them that reached the goal since, its
    sends (None while they are counted for the first time), how many left each step by which way.
    """

    entered: int
    goals: int
    funnel: Funnel | None
    ways: Mapping[str, Mapping[str, int]]

    @property
    def rate(self) -> Rate | None:
        """Goals of those who entered; None where walks that began elsewhere were moved here."""
        return Rate(self.entered, self.goals) if self.goals <= self.entered else None

    def share(self, node: str, outcome: str) -> Rate:
        """Of those who left a step how many took a way."""
        ways = self.ways.get(node, {})
        return Rate(sum(ways.values()), ways.get(outcome, 0))


@dataclass(frozen=True)
class Turn:
    """A way out of a step on both sides; `p` is corrected for looking at all ways of all steps."""

    node: str
    outcome: str
    one: Rate
    other: Rate
    told: Comparison
    p: float | None

    @property
    def differs(self) -> bool:
        """Whether the sides differ there, and not by chance."""
        return self.p is not None and self.p < ALPHA


@dataclass(frozen=True)
class Both:
    """The two sides, how their goal rates differ, and every way that was taken on one of them."""

    one: Seen
    other: Seen
    goal: Comparison | None
    turns: list[Turn]


def compare(journey_id: int, one: Side, other: Side, now: datetime, *, wait: bool = False) -> Both:
    """Both sides; a fixed number of queries, however many people."""
    seen = [_seen(journey_id, side, now, wait) for side in (one, other)]
    rates = [each.rate for each in seen]
    goal = compare_rates(rates[0], rates[1]) if rates[0] and rates[1] else None
    keys = {(node, way) for each in seen for node, ways in each.ways.items() for way in ways}
    found = []
    for node, outcome in sorted(keys):
        mine, others = (each.share(node, outcome) for each in seen)
        found.append((node, outcome, mine, others, compare_rates(mine, others)))
    corrected = holm([told.p for *_rest, told in found])
    return Both(
        seen[0],
        seen[1],
        goal,
        [Turn(*each, p) for each, p in zip(found, corrected, strict=True)],
    )


# helpers


def _seen(journey_id: int, side: Side, now: datetime, wait: bool) -> Seen:
    if side.since >= side.until:
        return Seen(0, 0, Funnel(), {})
    period = {"since": side.since, "until": side.until}
    totals = totals_of([journey_id], version_id=side.version, **period)[journey_id]
    asked = Asked(side.since, side.until, journey_id, version=side.version)
    sums, _read_at = sums_of(asked, now, wait=wait)
    ways: dict[str, dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(WAYS, {"journey": journey_id, "version": side.version, **period})
        for node, outcome, n in cursor.fetchall():
            if outcome not in GOES_ON:
                ways[node][outcome] = n
    return Seen(
        totals.entered,
        totals.goals_of_entry,
        None if sums is None else funnel_of(sums),
        ways,
    )
