"""Tells the planner when the engine's tables have grown much faster than autovacuum looks.

A table that was empty when it was last looked at is planned as if it still were: the first wave of
a large audience would then be read by nested loops, a hundred times slower.
"""

from __future__ import annotations

from django.db import connection

from journeys.engine.statements import fetch

TABLES = ("journeys_enrollment", "journeys_timer", "journeys_listener", "campaigns_candidate")
# Below it any plan will do.
FROM = 1_000


def refresh(rows: int) -> None:
    """After a batch that wrote *rows*: analyze tables that were thought to be smaller than that.

    Outside of a transaction, since ANALYZE keeps others from analyzing until it commits.
    """
    if rows < FROM:
        return
    small = [row[0] for row in fetch("known_rows", {"tables": list(TABLES), "rows": rows})]
    if small:
        with connection.cursor() as cursor:
            # What another worker is looking at just now is not waited for.
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(sorted(small))}")
