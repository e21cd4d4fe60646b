"""The floor of the engine's bench: the same rows, written and updated by bare SQL.

Tables of the same shape, with every index and check of the product's: `LIKE … INCLUDING ALL`, and
the same fillfactor. One connection, one statement per table, nothing decided: what each row says
has been decided by the run before. What the product adds to it is its engine.
"""

from __future__ import annotations

from time import perf_counter
from typing import Final

from django.db import connection, transaction

TABLES: Final = {
    "journeys_enrollment": 60,
    "journeys_stretch": 100,
    "journeys_timer": 100,
    "campaigns_candidate": 100,
    "journeys_nodecount": 100,
}
# Who waited on the way has more than one stretch behind her: her row was written twice, and a timer
# was set and consumed.
_WAITED = """
CREATE TEMPORARY TABLE floor_waited AS
SELECT DISTINCT s.enrollment_id AS id FROM journeys_stretch s WHERE s.left_at > s.arrived_at
"""
_STATEMENTS: Final = (
    "INSERT INTO floor_journeys_enrollment SELECT * FROM journeys_enrollment ORDER BY id",
    "INSERT INTO floor_journeys_stretch SELECT * FROM journeys_stretch",
    "INSERT INTO floor_campaigns_candidate SELECT * FROM campaigns_candidate ORDER BY id",
    "INSERT INTO floor_journeys_nodecount SELECT * FROM journeys_nodecount",
    """INSERT INTO floor_journeys_timer
        (id, version_id, enrollment_id, visit, bucket, due_at, kind, event_id, event_at, label)
    SELECT e.id, e.version_id, e.id, e.visit, e.bucket, e.arrived_at, 1, NULL, NULL, ''
    FROM journeys_enrollment e JOIN floor_waited USING (id) ORDER BY e.id""",
    """UPDATE floor_journeys_enrollment e SET visit = e.visit + 1, node = e.node || '',
        arrived_at = e.finished_at, state = 'finished' FROM floor_waited w WHERE w.id = e.id""",
    "DELETE FROM floor_journeys_timer",
)


def floor_seconds() -> float:
    """Seconds that the bare statements take, each of them committed."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITED)
        cursor.execute("ANALYZE floor_waited")
        for table, fill in TABLES.items():
            cursor.execute(f"CREATE TABLE floor_{table} (LIKE {table} INCLUDING ALL)")
            cursor.execute(f"ALTER TABLE floor_{table} SET (fillfactor = {fill})")
        cursor.execute("CHECKPOINT")
        seconds = 0.0
        for statement in _STATEMENTS:
            began = perf_counter()
            with transaction.atomic():
                cursor.execute(statement)
            seconds += perf_counter() - began
    return seconds
