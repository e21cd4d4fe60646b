"""What journeys did in a period: entries, ends, goals and messages, in all and by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from customers.formats import share
from journeys.canvas.words import end_name
from journeys.engine.ledger import GOALS_OF
from journeys.models import Journey
from journeys.nodes.labels import Labels
from journeys.queries.counts import inside_of, totals_of
from journeys.queries.labels import labels_of

# Sums per hour, never a count of walks. An hour belongs to the day in which it begins: where a zone
# is half an hour off, so are the ends of its days.
DAYS = """
WITH entries AS MATERIALIZED (
    SELECT v.id AS version_id, k.key AS node
      FROM journeys_journeyversion v CROSS JOIN LATERAL jsonb_each(v.graph -> 'nodes') k
     WHERE v.journey_id = ANY(%(journeys)s) AND k.value ->> 'kind' LIKE 'trigger.%%'
    UNION ALL
    SELECT id, '' FROM journeys_journeyversion WHERE journey_id = ANY(%(journeys)s)
)
SELECT (c.hour AT TIME ZONE %(zone)s)::date,
       coalesce(sum(c.n) FILTER (WHERE c.node <> ''), 0)::bigint,
       coalesce(sum(c.n) FILTER (WHERE c.node = ''), 0)::bigint
  FROM journeys_nodecount c JOIN entries USING (version_id, node)
 WHERE c.outcome = CASE c.node WHEN '' THEN %(goal)s ELSE '' END
   AND c.hour >= %(since)s AND c.hour < %(until)s
 GROUP BY 1
"""

VERDICTS = """
SELECT journey_id, (hour AT TIME ZONE %(zone)s)::date, verdict, rule, sum(n)::bigint
  FROM campaigns_verdictcount
 WHERE journey_id = ANY(%(journeys)s) AND hour >= %(since)s AND hour < %(until)s
 GROUP BY 1, 2, 3, 4
"""

# What the gate has not decided yet; served by the partial index candidate_due.
HELD = """
SELECT journey_id, count(*) FROM campaigns_candidate
 WHERE state IN ('waiting', 'deferred') AND journey_id = ANY(%(journeys)s)
   AND wanted_at >= %(since)s AND wanted_at < %(until)s
 GROUP BY 1
"""


@dataclass(frozen=True)
class Period:
    """Whole days of the reader's zone, the last one included."""

    days: Sequence[date]
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Row:
    """One journey in the period: walks that began and those of them that reached the goal since,
    walks that ended, whenever they began, messages that it wanted, and who is inside now."""

    journey: Journey
    entered: int
    inside: int
    goals: int
    ends: Mapping[str, int]
    allowed: int
    stopped: int
    held: int  # messages that wait for their hour or for the gate
    labels: Labels = field(default_factory=dict)

    @property
    def named_ends(self) -> list[tuple[str, int]]:
        """Reasons in words, the most frequent first."""
        return [(end_name(reason, self.labels), n) for reason, n in self.ends.items()]

    @property
    def goal_share(self) -> float | None:
        """Goals of those who entered."""
        return share(self.goals, self.entered)


@dataclass(frozen=True)
class Day:
    """One day of all journeys together."""

    day: date
    entered: int
    goals: int
    allowed: int
    stopped: int


@dataclass(frozen=True)
class Report:
    """Rows by journey, days in order, and who was stopped by which rule."""

    rows: Sequence[Row]
    days: Sequence[Day]
    rules: Sequence[tuple[str, int]]

    @property
    def entered(self) -> int:
        """Entries of all journeys."""
        return sum(row.entered for row in self.rows)

    @property
    def goals(self) -> int:
        """Goals of all journeys."""
        return sum(row.goals for row in self.rows)

    @property
    def goal_share(self) -> float | None:
        """Goals of those who entered."""
        return share(self.goals, self.entered)

    @property
    def allowed(self) -> int:
        """Messages that passed the gate."""
        return sum(row.allowed for row in self.rows)

    @property
    def stopped(self) -> int:
        """Messages that the gate stopped."""
        return sum(row.stopped for row in self.rows)

    @property
    def held(self) -> int:
        """Messages that wait."""
        return sum(row.held for row in self.rows)


def last_days(n: int, now: datetime) -> Period:
    """The last *n* days up to and including today, by the reader's clock."""
    zone = timezone.get_current_timezone()
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=n - 1 - i) for i in range(n)]
    since, until = days[0], today + timedelta(days=1)
    return Period(
        days,
        datetime(since.year, since.month, since.day, tzinfo=zone),
        datetime(until.year, until.month, until.day, tzinfo=zone),
    )


def report_of(journeys: Sequence[Journey], period: Period) -> Report:
    """The report of *journeys*: a fixed number of queries over sums, however many journeys and
    days, walks and messages."""
    ids = [journey.pk for journey in journeys]
    values = {
        "journeys": ids,
        "since": period.since,
        "until": period.until,
        "zone": timezone.get_current_timezone_name(),
        "goal": GOALS_OF,
    }
    verdicts = _rows(VERDICTS, values)
    held = dict(_rows(HELD, values))
    walks = totals_of(ids, since=period.since, until=period.until)
    inside = inside_of(ids)
    labels = labels_of(journey.current_id for journey in journeys)
    words: Counter[tuple[int, str]] = Counter()
    rules: Counter[str] = Counter()
    for pk, _day, verdict, rule, n in verdicts:
        words[pk, verdict] += n
        if verdict == "stopped":
            rules[rule] += n
    return Report(
        [
            Row(
                journey,
                walks[journey.pk].entered,
                inside.get(journey.pk, 0),
                walks[journey.pk].goals_of_entry,
                walks[journey.pk].finished,
                words[journey.pk, "allowed"],
                words[journey.pk, "stopped"],
                held.get(journey.pk, 0),
                labels.get(journey.current_id or 0, {}),
            )
            for journey in journeys
        ],
        days_of(period, _rows(DAYS, values), verdicts),
        rules.most_common(),
    )


# helpers


def days_of(
    period: Period, walks: Sequence[tuple[Any, ...]], verdicts: Sequence[tuple[Any, ...]]
) -> list[Day]:
    entered = {day: (n, goals) for day, n, goals in walks}
    sent: Counter[tuple[date, str]] = Counter()
    for _journey, day, verdict, _rule, n in verdicts:
        sent[day, verdict] += n
    return [
        Day(day, *entered.get(day, (0, 0)), sent[day, "allowed"], sent[day, "stopped"])
        for day in period.days
    ]


def _rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
