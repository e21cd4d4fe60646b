"""The numbers of the home page, each one statement over sets; their count does not grow with rows.

Days and hours are those of the reader's zone. A comparison with an earlier day looks at the same
part of that day, so that noon is compared with noon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from journeys.engine.ledger import GOALS as GOALS_BY_HOUR

DAYS = 8  # today, and back to the same weekday

# Served by the index message_accepted_at.
MESSAGES = """
SELECT (accepted_at AT TIME ZONE %(zone)s)::date AS day,
       extract(hour FROM accepted_at AT TIME ZONE %(zone)s)::int AS hour,
       count(*) FILTER (WHERE handed_over_at IS NOT NULL) AS sent,
       count(*) FILTER (WHERE delivered_at IS NOT NULL) AS delivered
  FROM campaigns_message
 WHERE accepted_at >= %(since)s AND accepted_at <= %(now)s AND brand_id = ANY(%(brands)s)
   AND (accepted_at AT TIME ZONE %(zone)s)::time <= (%(now)s AT TIME ZONE %(zone)s)::time
 GROUP BY 1, 2
"""

# Served by the partial index candidate_stopped_at.
STOPPED = """
SELECT (decided_at AT TIME ZONE %(zone)s)::date AS day, rule, count(*) AS n
  FROM campaigns_candidate
 WHERE state = 'stopped'
   AND decided_at >= %(since)s AND decided_at <= %(now)s AND brand_id = ANY(%(brands)s)
   AND (decided_at AT TIME ZONE %(zone)s)::time <= (%(now)s AT TIME ZONE %(zone)s)::time
 GROUP BY 1, 2
"""

# Served by the partial index candidate_due.
WAITING = """
SELECT rule,
       CASE WHEN due_at < %(until)s
            THEN extract(hour FROM greatest(due_at, %(now)s) AT TIME ZONE %(zone)s)::int
       END AS hour,
       count(*) AS n
  FROM campaigns_candidate
 WHERE state IN ('waiting', 'deferred') AND brand_id = ANY(%(brands)s)
 GROUP BY 1, 2
"""

# Sums per step and hour, never a count of walks: a journey of millions has a few thousand of them.
WALKS = """
WITH counts AS (
    SELECT v.id AS version_id, c.node,
           sum(CASE WHEN c.outcome = '' THEN c.n ELSE -c.n END) FILTER (WHERE c.node <> '') AS here,
           sum(c.n) FILTER (WHERE c.outcome = '' AND c.hour >= %(midnight)s) AS today,
           sum(c.n) FILTER (WHERE c.outcome = '' AND c.hour >= %(month)s) AS month,
           sum(c.n) FILTER (
               WHERE c.node = '' AND c.outcome = 'goal_of_entry' AND c.hour >= %(month)s) AS goals
      FROM journeys_journeyversion v JOIN journeys_nodecount c ON c.version_id = v.id
     WHERE v.journey_id = ANY(%(journeys)s)
     GROUP BY 1, 2
), sums AS (
    SELECT v.journey_id, sum(c.here) AS inside, sum(c.goals) AS goals,
           sum(c.today) FILTER (WHERE k.is_entry) AS today,
           sum(c.month) FILTER (WHERE k.is_entry) AS month
      FROM counts c JOIN journeys_journeyversion v ON v.id = c.version_id
      CROSS JOIN LATERAL (
        SELECT coalesce(v.graph -> 'nodes' -> c.node ->> 'kind', '') LIKE 'trigger.%%' AS is_entry
      ) k
     GROUP BY 1
), aside AS (
    SELECT journey_id, count(DISTINCT enrollment_id) AS n FROM journeys_heldtimer
     WHERE journey_id = ANY(%(journeys)s) AND reason = 'set_aside' GROUP BY 1
)
SELECT s.journey_id, (coalesce(s.inside, 0) - coalesce(a.n, 0))::bigint, coalesce(a.n, 0)::bigint,
       coalesce(s.today, 0)::bigint, coalesce(s.month, 0)::bigint, coalesce(s.goals, 0)::bigint
  FROM sums s LEFT JOIN aside a ON a.journey_id = s.journey_id
"""

# Sums per hour. Of the hour that is under way, earlier days count the part that lies before now's
# minute, as if goals were spread evenly over it.
GOALS = """
SELECT day, round(sum(n * part))::bigint FROM (
    SELECT (c.hour AT TIME ZONE %(zone)s)::date AS day, c.n,
           CASE WHEN c.hour > %(now)s - interval '1 hour' THEN 1
                ELSE least(1, extract(epoch FROM (%(now)s AT TIME ZONE %(zone)s)::time
                                               - (c.hour AT TIME ZONE %(zone)s)::time) / 3600)
           END AS part
      FROM journeys_journey j
      JOIN journeys_journeyversion v ON v.journey_id = j.id
      JOIN journeys_nodecount c ON c.version_id = v.id
     WHERE j.brand_id = ANY(%(brands)s) AND c.node = '' AND c.outcome = %(goal)s
       AND c.hour >= %(since)s AND c.hour <= %(now)s
       AND (c.hour AT TIME ZONE %(zone)s)::time <= (%(now)s AT TIME ZONE %(zone)s)::time
) hours
 GROUP BY 1
"""

# Timers that should have been consumed; the index timer_due finds them for each version of the
# journeys, normally none.
LATE = """
SELECT enrollment.journey_id, min(timer.due_at) AS oldest, count(*) AS n
  FROM journeys_due AS first
  JOIN journeys_timer AS timer ON timer.version_id = first.version_id
  JOIN journeys_enrollment AS enrollment ON enrollment.id = timer.enrollment_id
  JOIN journeys_journey AS journey ON journey.id = enrollment.journey_id
 WHERE first.due_at <= %(now)s AND timer.due_at <= %(now)s AND enrollment.state = 'active'
   AND journey.state IN ('running', 'draining') AND journey.brand_id = ANY(%(brands)s)
   AND (%(journey)s::bigint IS NULL OR journey.id = %(journey)s)
 GROUP BY 1
"""


@dataclass(frozen=True)
class Walk:
    """How a journey's customers stand: inside now, and those who entered in the last 30 days."""

    inside: int = 0
    set_aside: int = 0
    entered_today: int = 0
    entered_month: int = 0
    goals_month: int = 0


@dataclass(frozen=True)
class Late:
    """Timers of one journey that wait for the engine: since when, and how many."""

    oldest: datetime
    n: int


@dataclass(frozen=True)
class Clock:
    """One moment as the queries need it; `zone` is an IANA name, `midnight` its last midnight."""

    now: datetime
    zone: str
    midnight: datetime

    @property
    def today(self) -> date:
        return self.midnight.date()

    @property
    def days(self) -> list[date]:
        """The days of a trend, oldest first; the first has the weekday of the last."""
        return [self.today - timedelta(days=back) for back in reversed(range(DAYS))]

    def values(self, brand_ids: Sequence[int], **more: Any) -> dict[str, Any]:
        since = self.midnight - timedelta(days=DAYS - 1)
        until = self.midnight + timedelta(days=1)
        return {
            "now": self.now,
            "zone": self.zone,
            "midnight": self.midnight,
            "since": since,
            "until": until,
            "brands": list(brand_ids),
            **more,
        }


def messages(brand_ids: Sequence[int], clock: Clock) -> list[tuple[date, int, int, int]]:
    """(day, hour, sent, delivered) of today and the seven days before, each until now's time."""
    return rows(MESSAGES, clock.values(brand_ids))


def stopped(brand_ids: Sequence[int], clock: Clock) -> list[tuple[date, str, int]]:
    """(day, rule, how many candidates it stopped) of the same days."""
    return rows(STOPPED, clock.values(brand_ids))


def waiting(brand_ids: Sequence[int], clock: Clock) -> list[tuple[str, int | None, int]]:
    """(rule, hour of today or None for later, how many) candidates that may go later."""
    return rows(WAITING, clock.values(brand_ids))


def goals(brand_ids: Sequence[int], clock: Clock) -> list[tuple[date, int]]:
    """(day, goals reached) of the same days, each until about now's time."""
    return rows(GOALS, clock.values(brand_ids, goal=GOALS_BY_HOUR))


def walks(journey_ids: Sequence[int], clock: Clock) -> dict[int, Walk]:
    """How the customers of these journeys stand, by journey."""
    values = clock.values((), journeys=list(journey_ids), month=clock.now - timedelta(days=30))
    return {row[0]: Walk(*row[1:]) for row in rows(WALKS, values)}


def late(
    brand_ids: Sequence[int], now: datetime, *, journey_id: int | None = None
) -> dict[int, Late]:
    """Timers that are due and not yet taken, by journey; of one journey only, when it is given."""
    values = {"now": now, "brands": list(brand_ids), "journey": journey_id}
    return {row[0]: Late(*row[1:]) for row in rows(LATE, values)}


# helpers


def rows(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[Any] = cursor.fetchall()
        return found
