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
from journeys.models import Journey
from journeys.nodes.labels import Labels
from journeys.queries.labels import labels_of

# Walks that entered in the period; served by the index enrollment_by_journey.
WALKS = """
SELECT journey_id, exit_reason, state, count(*), count(goal_at)
FROM journeys_enrollment
WHERE journey_id = ANY(%(journeys)s) AND entered_at >= %(since)s AND entered_at < %(until)s
GROUP BY 1, 2, 3
"""

# Messages that those journeys wanted in the period; served by the index candidate_by_node.
MESSAGES = """
SELECT journey_id, state, rule, count(*)
FROM campaigns_candidate
WHERE journey_id = ANY(%(journeys)s) AND wanted_at >= %(since)s AND wanted_at < %(until)s
GROUP BY 1, 2, 3
"""

DAYS = """
SELECT (entered_at AT TIME ZONE %(zone)s)::date, count(*), count(goal_at)
FROM journeys_enrollment
WHERE journey_id = ANY(%(journeys)s) AND entered_at >= %(since)s AND entered_at < %(until)s
GROUP BY 1
"""

MESSAGE_DAYS = """
SELECT (wanted_at AT TIME ZONE %(zone)s)::date, state, count(*)
FROM campaigns_candidate
WHERE journey_id = ANY(%(journeys)s) AND wanted_at >= %(since)s AND wanted_at < %(until)s
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Period:
    """Whole days of the reader's zone, the last one included."""

    days: Sequence[date]
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Row:
    """One journey in the period."""

    journey: Journey
    entered: int
    inside: int
    goals: int
    ends: Mapping[str, int]
    verdicts: Mapping[str, int]
    rules: Mapping[str, int]
    labels: Labels = field(default_factory=dict)

    @property
    def named_ends(self) -> list[tuple[str, int]]:
        """Reasons in words, the most frequent first."""
        return [(end_name(reason, self.labels), n) for reason, n in self.ends.items()]

    @property
    def goal_share(self) -> float | None:
        """Goals of those who entered."""
        return share(self.goals, self.entered)

    @property
    def stopped(self) -> int:
        """Messages that the gate stopped."""
        return self.verdicts.get("stopped", 0)

    @property
    def allowed(self) -> int:
        """Messages that passed the gate."""
        return self.verdicts.get("allowed", 0)

    @property
    def held(self) -> int:
        """Messages that wait for their hour or for the gate."""
        return self.verdicts.get("deferred", 0) + self.verdicts.get("waiting", 0)


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
    """The report of *journeys*: five queries, however many journeys and days."""
    values = {
        "journeys": [journey.pk for journey in journeys],
        "since": period.since,
        "until": period.until,
        "zone": timezone.get_current_timezone_name(),
    }
    walks = _rows(WALKS, values)
    messages = _rows(MESSAGES, values)
    labels = labels_of(journey.current_id for journey in journeys)
    rules: Counter[str] = Counter()
    for _journey, state, rule, n in messages:
        if state == "stopped":
            rules[rule] += n
    return Report(
        [
            row_of(journey, walks, messages, labels.get(journey.current_id or 0, {}))
            for journey in journeys
        ],
        days_of(period, _rows(DAYS, values), _rows(MESSAGE_DAYS, values)),
        rules.most_common(),
    )


# helpers


def row_of(
    journey: Journey,
    walks: Sequence[tuple[Any, ...]],
    messages: Sequence[tuple[Any, ...]],
    labels: Labels,
) -> Row:
    ends: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    entered = inside = goals = 0
    for pk, reason, state, n, reached in walks:
        if pk == journey.pk:
            entered += n
            goals += reached
            if state == "finished":
                ends[reason] += n
            else:
                inside += n
    for pk, state, rule, n in messages:
        if pk == journey.pk:
            verdicts[state] += n
            if state == "stopped":
                rules[rule] += n
    return Row(
        journey, entered, inside, goals, dict(ends.most_common()), verdicts,
        dict(rules.most_common()), labels,
    )  # fmt: skip


def days_of(
    period: Period, walks: Sequence[tuple[Any, ...]], messages: Sequence[tuple[Any, ...]]
) -> list[Day]:
    entered = {day: (n, goals) for day, n, goals in walks}
    sent: Counter[tuple[date, str]] = Counter()
    for day, state, n in messages:
        sent[day, state] += n
    return [
        Day(day, *entered.get(day, (0, 0)), sent[day, "allowed"], sent[day, "stopped"])
        for day in period.days
    ]


def _rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
