"""The numbers of a journey for its pages: sums that the engine keeps, no count over history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from journeys.engine.ledger import GOALS, GOALS_OF

NODES = """
SELECT c.node, c.outcome, sum(c.n)
  FROM journeys_nodecount c JOIN journeys_journeyversion v ON v.id = c.version_id
 WHERE v.journey_id = %(journey)s AND c.node <> ''
   AND (%(version)s::bigint IS NULL OR c.version_id = %(version)s)
   AND (%(since)s::timestamptz IS NULL OR c.hour >= %(since)s)
 GROUP BY 1, 2
"""

INSIDE = """
SELECT v.journey_id, c.version_id, sum(CASE WHEN c.outcome = '' THEN c.n ELSE -c.n END)::bigint
  FROM journeys_nodecount c JOIN journeys_journeyversion v ON v.id = c.version_id
 WHERE v.journey_id = ANY(%(journeys)s) AND c.node <> ''
 GROUP BY 1, 2
"""

STOPPED = """
SELECT node, sum(n)::bigint FROM campaigns_verdictcount
 WHERE journey_id = %(journey)s AND verdict = 'stopped'
   AND (%(version)s::bigint IS NULL OR version_id = %(version)s)
   AND (%(since)s::timestamptz IS NULL OR hour >= %(since)s)
 GROUP BY 1
"""

# Sums of every way of every node, with what the graph says of it: whether people enter there, and
# whether the way leads on. What leads nowhere is the end of a walk.
WAYS = """
SELECT v.journey_id, c.node, c.outcome, c.n,
       coalesce(v.graph -> 'nodes' -> c.node ->> 'kind', '') LIKE 'trigger.%%',
       coalesce(v.graph -> 'nodes' -> c.node -> 'next' ? c.outcome, false)
  FROM (
    SELECT c.version_id, c.node, c.outcome, sum(c.n)::bigint AS n
      FROM journeys_nodecount c JOIN journeys_journeyversion v ON v.id = c.version_id
     WHERE v.journey_id = ANY(%(journeys)s)
       AND (%(version)s::bigint IS NULL OR c.version_id = %(version)s)
       AND (%(since)s::timestamptz IS NULL OR c.hour >= %(since)s)
       AND (%(until)s::timestamptz IS NULL OR c.hour < %(until)s)
     GROUP BY 1, 2, 3
  ) c JOIN journeys_journeyversion v ON v.id = c.version_id
"""
# Who is set aside has a held timer: served by the index heldtimer_by_journey.
SET_ASIDE = """
SELECT h.journey_id, count(DISTINCT h.enrollment_id) FROM journeys_heldtimer h
  JOIN journeys_enrollment e ON e.id = h.enrollment_id
 WHERE h.journey_id = ANY(%(journeys)s) AND h.reason = 'set_aside' AND e.state = 'set_aside'
   AND (%(version)s::bigint IS NULL OR e.version_id = %(version)s)
 GROUP BY 1
"""
# Ways that lead nowhere in the graph and end no walk: to another version, and once more to the
# same step.
GOES_ON = frozenset({"moved", "instead"})


@dataclass(slots=True)
class NodeNumbers:
    """How many arrived at a node, left it by each outcome, and what the gate stopped of it.

    For an exit the outcomes are its reasons; walks that end elsewhere (goal, exit_rule, stopped)
    show their reason as an outcome of the node where they ended.
    """

    arrived: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    stopped: int = 0

    @property
    def left(self) -> int:
        return sum(self.outcomes.values())

    @property
    def here(self) -> int:
        """How many stand here now, those who are set aside included."""
        return self.arrived - self.left


@dataclass(frozen=True, slots=True)
class Totals:
    """A journey in one line; `finished` is by reason. All of it from sums that the engine keeps.

    `goals` counts by the hour of the goal, `goals_of_entry` by that of the entry.
    """

    entered: int = 0
    inside: int = 0
    set_aside: int = 0
    goals: int = 0
    goals_of_entry: int = 0
    finished: Mapping[str, int] = field(default_factory=dict)


def node_numbers(
    journey_id: int, *, version_id: int | None = None, since: datetime | None = None
) -> dict[str, NodeNumbers]:
    """The numbers of each node that anybody reached; two queries.

    *since* counts arrivals, departures and wishes from that hour on; `here` is then no place.
    """
    params = {"journey": journey_id, "version": version_id, "since": since}
    found: dict[str, NodeNumbers] = {}
    with connection.cursor() as cursor:
        cursor.execute(NODES, params)
        for node, outcome, n in cursor.fetchall():
            numbers = found.setdefault(node, NodeNumbers())
            if outcome:
                numbers.outcomes[outcome] = int(n)
            else:
                numbers.arrived = int(n)
        cursor.execute(STOPPED, params)
        for node, n in cursor.fetchall():
            found.setdefault(node, NodeNumbers()).stopped = n
    return found


def inside_by_version(journey_id: int) -> dict[int, int]:
    """How many are on the way in each version: arrived at a step and not yet gone from it."""
    with connection.cursor() as cursor:
        cursor.execute(INSIDE, {"journeys": [journey_id]})
        return {version: n for _journey, version, n in cursor.fetchall()}


def inside_of(journey_ids: Sequence[int]) -> Mapping[int, int]:
    """How many are on the way in each of these journeys, in whatever version."""
    found: Counter[int] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(INSIDE, {"journeys": list(journey_ids)})
        for journey, _version, n in cursor.fetchall():
            found[journey] += n
    return found


def totals(
    journey_id: int, *, version_id: int | None = None, since: datetime | None = None
) -> Totals:
    """Who entered, is inside, has left and why, and reached the goal; two queries over sums.

    *since* counts what happened from that hour on; `inside` is then no number of people. Who has
    entered and was not looked at yet, for a second or while a journey is paused, is not counted.
    """
    return totals_of([journey_id], version_id=version_id, since=since)[journey_id]


def totals_of(
    journey_ids: Sequence[int],
    *,
    version_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[int, Totals]:
    """The totals of several journeys, in as many queries as of one; each has an entry."""
    params = {
        "journeys": list(journey_ids),
        "version": version_id,
        "since": since,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(WAYS, params)
        rows = cursor.fetchall()
        cursor.execute(SET_ASIDE, params)
        set_aside: dict[int, int] = dict(cursor.fetchall())
    sums: dict[int, Counter[str]] = {pk: Counter() for pk in journey_ids}
    ends: dict[int, Counter[str]] = {pk: Counter() for pk in journey_ids}
    for pk, node, outcome, n, is_entry, leads_on in rows:
        if not node:
            sums[pk][outcome] += n  # GOALS or GOALS_OF
            continue
        sums[pk]["inside"] += n if outcome == "" else -n
        if outcome == "":
            sums[pk]["entered"] += n if is_entry else 0
        elif not leads_on and outcome not in GOES_ON:
            ends[pk][outcome] += n
    return {
        pk: Totals(
            entered=found["entered"],
            inside=found["inside"],
            set_aside=set_aside.get(pk, 0),
            goals=found[GOALS],
            goals_of_entry=found[GOALS_OF],
            finished={reason: n for reason, n in ends[pk].most_common() if n},
        )
        for pk, found in sums.items()
    }
