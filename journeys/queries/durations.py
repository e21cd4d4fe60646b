"""How long people took from one step to the next: median and 90th percentile, by way.

From the history itself, for percentiles can't be summed. What takes long to count is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from campaigns.evaluation.kept import answer, register_counter
from journeys.models import JourneyVersion

NAME = "durations"
# Only the first visit of a stretch took time; those after it were over at the same moment. The
# index of the partitions finds the time, the versions find the journey.
TAKEN = """
SELECT w.node, w.outcome, t.n, t.median, t.most
  FROM (
    SELECT p.way, count(*) AS n,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY p.seconds) AS median,
           percentile_cont(0.9) WITHIN GROUP (ORDER BY p.seconds) AS most
      FROM (
        SELECT u.way, CASE WHEN u.place = 1
                   THEN extract(epoch FROM s.left_at - s.arrived_at)::float8 ELSE 0 END AS seconds
          FROM journeys_stretch s
         CROSS JOIN LATERAL unnest(s.path) WITH ORDINALITY AS u (way, place)
         WHERE s.version_id = ANY(%(versions)s) AND s.left_at >= %(since)s::timestamptz
           AND s.left_at < %(until)s::timestamptz
      ) p
     GROUP BY p.way
  ) t JOIN journeys_way w ON w.id = t.way
"""


class Taken(NamedTuple):
    """So many left a step by a way; half of them within *median* seconds of their arrival there,
    nine in ten within *most*."""

    n: int
    median: float
    most: float


# By (node, outcome); None while they are counted for the first time.
Durations = Mapping[tuple[str, str], Taken]


def durations_of(
    journey_id: int,
    since: datetime,
    until: datetime,
    now: datetime,
    *,
    version_id: int | None = None,
    wait: bool = False,
) -> Durations | None:
    """Of everybody who left a step of a journey (of one version) in [since, until), by the way that
    she took; three queries, however many people. None while they are counted for the first time."""
    if since >= until:
        return {}
    question = {
        "journey": journey_id,
        "version": version_id,
        "since": since.isoformat(),
        "until": until.isoformat(),
    }
    found = answer(NAME, question, now, wait=wait)
    if found.data is None:
        return None
    return {(node, outcome): Taken(*rest) for node, outcome, *rest in found.data}


def count_durations(question: Mapping[str, Any], now: datetime) -> list[list[Any]]:
    """Count what `durations_of` asks; two statements."""
    versions = JourneyVersion.objects.filter(journey=question["journey"])
    if question["version"] is not None:
        versions = versions.filter(pk=question["version"])
    values = {**question, "versions": list(versions.values_list("pk", flat=True))}
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, values)
        return [list(row) for row in cursor.fetchall()]


register_counter(NAME, count_durations)
