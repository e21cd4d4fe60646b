"""What happened at each step hour by hour, from the sums that the engine keeps."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from journeys.models import JourneyVersion

HOURS = 24

ARRIVALS = """
SELECT node, hour, n FROM journeys_nodecount
 WHERE version_id = %(version)s AND outcome = '' AND hour >= %(since)s
"""

# Served by the index heldtimer_by_journey.
SET_ASIDE = """
SELECT e.node, count(DISTINCT e.id)
  FROM journeys_heldtimer h JOIN journeys_enrollment e ON e.id = h.enrollment_id
 WHERE h.journey_id = %(journey)s AND h.reason = 'set_aside' AND e.state = 'set_aside'
   AND e.version_id = %(version)s
 GROUP BY 1
"""


def arrivals(version: JourneyVersion, now: datetime) -> dict[str, list[int]]:
    """node → how many came in each of the last 24 hours, oldest first; one query."""
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    found: dict[str, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(ARRIVALS, {"version": version.pk, "since": first})
        for node, hour, n in cursor.fetchall():
            place = int((hour - first).total_seconds() // 3600)
            if 0 <= place < HOURS:
                found.setdefault(node, [0] * HOURS)[place] = n
    return found


def set_aside_at(version: JourneyVersion) -> dict[str, int]:
    """node → people who are set aside there; one query."""
    with connection.cursor() as cursor:
        cursor.execute(SET_ASIDE, {"version": version.pk, "journey": version.journey_id})
        return dict(cursor.fetchall())
