"""What flows through one version of a journey: counts per node and way, totals, lag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from journeys.models import JourneyVersion
from journeys.queries.counts import NodeNumbers, Totals, inside_by_version, node_numbers, totals

# Who arrived since midnight; the rows of a day, not of all hours.
TODAY = """
SELECT node, sum(n)::bigint FROM journeys_nodecount
WHERE version_id = %(version)s AND outcome = '' AND hour >= %(midnight)s GROUP BY node
"""

# Timers that should have been consumed; the index timer_due finds them, normally none.
LATE = """
SELECT e.node, min(t.due_at)
FROM journeys_timer t JOIN journeys_enrollment e ON e.id = t.enrollment_id
WHERE t.version_id = %(version)s AND t.due_at <= %(now)s AND e.state = 'active'
GROUP BY e.node
"""


@dataclass(frozen=True)
class Flow:
    """What a version has seen, as a whole and per node."""

    nodes: Mapping[str, NodeNumbers]
    totals: Totals
    entered: int = 0
    today: Mapping[str, int] = field(default_factory=dict)
    late: Mapping[str, datetime] = field(default_factory=dict)
    others: Sequence[tuple[int, int]] = ()  # (number of another version, people inside it)

    @property
    def finished(self) -> int:
        """Walks that are over."""
        return sum(self.totals.finished.values())

    @property
    def stopped(self) -> int:
        """Messages that the gate stopped."""
        return sum(node.stopped for node in self.nodes.values())

    @property
    def late_since(self) -> datetime | None:
        """When the oldest timer that still waits fell due."""
        return min(self.late.values(), default=None)

    def of(self, key: str) -> NodeNumbers:
        """What a node has seen; zeros when nobody has been there."""
        return self.nodes.get(key) or NodeNumbers()

    def share(self, key: str, outcome: str) -> float:
        """How many of all who entered took a way, 0 to 1."""
        return self.of(key).outcomes.get(outcome, 0) / self.entered if self.entered else 0.0


def flow_of(version: JourneyVersion, triggers: Sequence[str], now: datetime) -> Flow:
    """Everything that a running drawing shows; *triggers* are the nodes at which people enter."""
    values = {
        "journey": version.journey_id,
        "version": version.pk,
        "now": now,
        "midnight": timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0),
    }
    nodes = node_numbers(version.journey_id, version_id=version.pk)
    return Flow(
        nodes=nodes,
        totals=totals(version.journey_id, version_id=version.pk),
        entered=sum(nodes[key].arrived for key in triggers if key in nodes),
        today=dict(_rows(TODAY, values)),
        late=dict(_rows(LATE, values)),
        others=others_of(version),
    )


# helpers


def others_of(version: JourneyVersion) -> list[tuple[int, int]]:
    """(number of another version, people inside it), the latest first; from sums."""
    inside = inside_by_version(version.journey_id)
    others = [pk for pk, n in inside.items() if n > 0 and pk != version.pk]
    numbers = JourneyVersion.objects.filter(pk__in=others).order_by("-number")
    return [(number, inside[pk]) for pk, number in numbers.values_list("pk", "number")]


def _rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
