"""Reads of the history of walks, in small functions: how it is stored is theirs alone to know."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

MOVING_EVENTS = """
SELECT s.enrollment_id, (s.detail ->> 'event')::bigint
  FROM unnest(%(ids)s::bigint[], %(visits)s::int[]) AS asked (enrollment_id, visit)
  JOIN journeys_step s USING (enrollment_id, visit)
 WHERE jsonb_typeof(s.detail -> 'event') = 'number'
"""


def moving_events(visits: Sequence[tuple[int, int]]) -> dict[int, int]:
    """For each (enrollment, visit) the event that ended that visit, by enrollment; one query.

    An event moves a walk only once, so whoever is looked at again must not be moved by it again.
    """
    if not visits:
        return {}
    values = {"ids": [id for id, _visit in visits], "visits": [visit for _id, visit in visits]}
    with connection.cursor() as cursor:
        cursor.execute(MOVING_EVENTS, values)
        return dict(cursor.fetchall())
