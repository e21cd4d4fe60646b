"""The numbers of a journey for its pages: sums that the engine keeps, no count over history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

NODES = """
SELECT c.node, c.outcome, sum(c.n)
  FROM journeys_nodecount c JOIN journeys_journeyversion v ON v.id = c.version_id
 WHERE v.journey_id = %(journey)s
   AND (%(version)s::bigint IS NULL OR c.version_id = %(version)s)
   AND (%(since)s::timestamptz IS NULL OR c.hour >= %(since)s)
 GROUP BY 1, 2
"""

INSIDE = """
SELECT c.version_id, sum(CASE WHEN c.outcome = '' THEN c.n ELSE -c.n END)
  FROM journeys_nodecount c JOIN journeys_journeyversion v ON v.id = c.version_id
 WHERE v.journey_id = %(journey)s
 GROUP BY 1
"""

# Served by the index candidate_by_node.
STOPPED = """
SELECT node, count(*) FROM campaigns_candidate
 WHERE journey_id = %(journey)s AND state = 'stopped'
   AND (%(version)s::bigint IS NULL OR version_id = %(version)s)
   AND (%(since)s::timestamptz IS NULL OR wanted_at >= %(since)s)
 GROUP BY 1
"""

# Served by the index enrollment_by_journey.
WALKS = """
SELECT state, exit_reason, count(*), count(goal_at), max(entered_at)
  FROM journeys_enrollment
 WHERE journey_id = %(journey)s
   AND (%(version)s::bigint IS NULL OR version_id = %(version)s)
   AND (%(since)s::timestamptz IS NULL OR entered_at >= %(since)s)
 GROUP BY 1, 2
"""


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
    """A journey in one line; `finished` is by reason."""

    entered: int = 0
    inside: int = 0
    set_aside: int = 0
    goals: int = 0
    finished: Mapping[str, int] = field(default_factory=dict)
    last_entry: datetime | None = None


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
        cursor.execute(INSIDE, {"journey": journey_id})
        return {version: int(n) for version, n in cursor.fetchall()}


def totals(
    journey_id: int, *, version_id: int | None = None, since: datetime | None = None
) -> Totals:
    """Who entered, is inside, has left and why, and reached the goal; one query."""
    params = {"journey": journey_id, "version": version_id, "since": since}
    with connection.cursor() as cursor:
        cursor.execute(WALKS, params)
        rows = cursor.fetchall()
    return Totals(
        entered=sum(row[2] for row in rows),
        inside=sum(row[2] for row in rows if row[0] != "finished"),
        set_aside=sum(row[2] for row in rows if row[0] == "set_aside"),
        goals=sum(row[3] for row in rows),
        finished={row[1]: row[2] for row in sorted(rows, key=lambda row: -row[2])
                  if row[0] == "finished"},
        last_entry=max((row[4] for row in rows), default=None),
    )  # fmt: skip
