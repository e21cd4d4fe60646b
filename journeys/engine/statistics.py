"""Tells the planner when the engine's tables have grown much faster than autovacuum looks.

A table that was empty when it was last looked at is planned as if it still were: the first wave of
a large audience would then be read by nested loops, a hundred times slower.
"""

from __future__ import annotations

from django.db import connection, transaction

from journeys.engine.statements import fetch

TABLES = ("journeys_enrollment", "journeys_timer", "journeys_listener", "campaigns_candidate")
# Below it any plan will do.
FROM = 1_000
# How closely a table is looked at, of 100: its size is what plans depend on here, and a worker must
# not be kept from its customers. Autovacuum looks closely.
TARGET = 10


def refresh(rows: int) -> None:
    """After a batch that wrote *rows*: analyze tables that were thought to be smaller than that.

    In a transaction of its own, since ANALYZE keeps others from analyzing until it commits.
    """
    if rows < FROM:
        return
    small = [row[0] for row in fetch("known_rows", {"tables": list(TABLES), "rows": rows})]
    if small:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL default_statistics_target = {TARGET}")
            # What another worker is looking at just now is not waited for.
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(sorted(small))}")
