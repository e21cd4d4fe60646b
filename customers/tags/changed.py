"""Which customers a refresh looks at again: events tell, cheaply, inside their own transaction."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Any

from config.wake import wake
from customers.ingest.facts import EventBatch
from customers.models import Tag
from customers.tags.reach import Reach

FOLLOW = "customers.tags.follow"

_FOLLOWS = """
SELECT EXISTS (
    SELECT 1 FROM customers_tag g JOIN customers_eventtype y ON y.code = ANY (g.watches)
    WHERE g.follows_events AND y.id = ANY (%s))
"""
_MARK = """
INSERT INTO customers_tagdirty (tag_id, customer_id)
SELECT DISTINCT g.id, n.customer_id
FROM customers_tag g
JOIN customers_eventtype y ON y.code = ANY (g.watches)
JOIN ingested_events n ON n.event_type_id = y.id
WHERE g.follows_events AND y.id = ANY (%s)
"""
_TOUCHED = """
INSERT INTO customers_tagdirty (tag_id, customer_id)
SELECT g.id, n.id FROM customers_tag g, unnest(%s::bigint[]) AS n (id)
WHERE g.follows_events AND g.kind IN ('fact', 'model')
"""
_TAKE = """
WITH taken AS (DELETE FROM customers_tagdirty WHERE tag_id = %s RETURNING customer_id)
INSERT INTO tag_looked SELECT DISTINCT customer_id FROM taken
"""


def follows(cursor: Any, type_ids: Set[int]) -> bool:
    """Whether any tag follows events of these types."""
    cursor.execute(_FOLLOWS, [sorted(type_ids)])
    return bool(cursor.fetchone()[0])


def mark(cursor: Any, batch: EventBatch) -> None:
    """Note the customers of new events for each tag that follows such events; one statement."""
    cursor.execute(_MARK, [list(batch.event_type_ids)])
    if cursor.rowcount > 0:
        wake(FOLLOW)


def touch(cursor: Any, customer_ids: Sequence[int]) -> None:
    """Note customers whose events went to somebody else, or came from there."""
    cursor.execute(_TOUCHED, [list(customer_ids)])
    if cursor.rowcount > 0:
        wake(FOLLOW)


def merged(cursor: Any) -> None:
    """Hear of merges: both sides of each are looked at again."""
    cursor.execute("SELECT kept_id FROM merging UNION SELECT other_id FROM merging")
    touch(cursor, [row[0] for row in cursor.fetchall()])


def unmerged(cursor: Any, merge_id: int, kept_id: int, other_id: int) -> None:
    """Hear of a merge that was undone."""
    touch(cursor, [kept_id, other_id])


def take_all(cursor: Any, tag_id: int) -> None:
    """A full refresh sees every event that was committed before, so nothing is left to note."""
    cursor.execute("DELETE FROM customers_tagdirty WHERE tag_id = %s", [tag_id])


def look_at_changed(cursor: Any, tag: Tag, reach: Reach, now: datetime, *, edges: bool) -> None:
    """Fill the temporary table tag_looked with the customers whose value can have changed.

    Those of new events; with `edges` also those of whom an event left a window since the last
    refresh, or was ahead of its time then. The notes are taken before the events are read, so an
    event that commits in between is either seen now or noted for the next time.
    """
    cursor.execute("DROP TABLE IF EXISTS pg_temp.tag_looked")
    cursor.execute("CREATE TEMPORARY TABLE tag_looked (customer_id bigint) ON COMMIT DROP")
    cursor.execute(_TAKE, [tag.pk])
    if edges and tag.refreshed_at is not None:
        for window in [None, *sorted(reach.windows)]:
            start, end = tag.refreshed_at, now
            if window is not None:
                start, end = start - window, end - window
            cursor.execute(
                "INSERT INTO tag_looked SELECT DISTINCT e.customer_id FROM customers_event e"
                " WHERE e.occurred_at >= %s AND e.occurred_at <= %s AND e.event_type_id IN"
                " (SELECT y.id FROM customers_eventtype y WHERE y.code = ANY(%s))"
                " EXCEPT SELECT customer_id FROM tag_looked",
                [start, end, sorted(reach.events)],
            )
    cursor.execute("ANALYZE tag_looked")
