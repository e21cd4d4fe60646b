"""Counts who has which tag, writes the day of every tag, and keeps the flags up to date.

Everything is one transaction of a few statements over all tags; pages read what is written here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

# Values of a tag that have rows of their own; the rest is in the row of the whole tag.
MOST_VALUES = 100
# How far back the first count of a tag works its days out from the kept changes.
BACK = timedelta(days=30)
# Rows by value are kept for so long; those of whole tags stay.
KEPT = timedelta(days=100)
BINS = 8
FEW = 12  # so many different numbers are told one by one

_COUNTED = """
CREATE TEMPORARY TABLE tag_counted ON COMMIT DROP AS
SELECT t.tag_id, t.value, count(*) AS customers,
       row_number() OVER (PARTITION BY t.tag_id ORDER BY count(*) DESC, t.value) AS place
FROM customers_customertag t
WHERE t.tag_id = ANY(%(tags)s)
GROUP BY t.tag_id, t.value
"""

# A tag with one value has as many customers as rows; with several values each counts once.
_WHOLE = """
CREATE TEMPORARY TABLE tag_whole ON COMMIT DROP AS
SELECT g.id AS tag_id, g.is_multiple, g.data_type = 'number' AS is_number,
       CASE WHEN g.is_multiple THEN (
           SELECT count(DISTINCT t.customer_id) FROM customers_customertag t WHERE t.tag_id = g.id
       ) ELSE COALESCE(sum(c.customers), 0) END::bigint AS customers,
       count(c.value) AS values,
       (SELECT max(d.day) FROM customers_tagday d
        WHERE d.tag_id = g.id AND d.value IS NULL AND d.day < %(today)s) AS last_day,
       (SELECT GREATEST((h.at AT TIME ZONE 'UTC')::date, %(back)s) FROM customers_tagchange h
        WHERE h.tag_id = g.id AND h.at <= %(now)s ORDER BY h.at LIMIT 1) AS first_day,
       (SELECT max(h.at) FROM customers_tagchange h
        WHERE h.tag_id = g.id AND h.at <= %(now)s) AS changed_at
FROM customers_tag g LEFT JOIN tag_counted c ON c.tag_id = g.id
WHERE g.id = ANY(%(tags)s)
GROUP BY g.id
"""

# From which day on each tag is written: the last one written (it was not over then), or at the
# first count the day of its first change, a month back at most.
_MOVED = """
CREATE TEMPORARY TABLE tag_moved ON COMMIT DROP AS
SELECT h.tag_id, h.value, (h.at AT TIME ZONE 'UTC')::date AS day,
       count(*) FILTER (WHERE h.added) AS came, count(*) FILTER (WHERE NOT h.added) AS went
FROM tag_whole w
JOIN customers_tagchange h ON h.tag_id = w.tag_id
WHERE h.at <= %(now)s
  AND h.at >= COALESCE(w.last_day, w.first_day)::timestamp AT TIME ZONE 'UTC'
GROUP BY GROUPING SETS ((h.tag_id, h.value, (h.at AT TIME ZONE 'UTC')::date),
                        (h.tag_id, (h.at AT TIME ZONE 'UTC')::date))
"""

# The customers of a past day are those of today without what has come and gone since. A tag with
# several values does not tell that for its customers, so there the days that were counted stay.
_DAYS = """
WITH seeds AS (
    SELECT c.tag_id, c.value, c.customers, false AS is_whole FROM tag_counted c
    WHERE c.place <= %(most)s
       OR EXISTS (SELECT 1 FROM customers_tagday d JOIN tag_whole w ON w.tag_id = d.tag_id
                  WHERE d.tag_id = c.tag_id AND d.day = w.last_day AND d.value = c.value
                    AND d.customers > 0)
    UNION ALL
    SELECT d.tag_id, d.value, 0, false
    FROM tag_whole w JOIN customers_tagday d ON d.tag_id = w.tag_id AND d.day = w.last_day
    WHERE d.value IS NOT NULL AND d.customers > 0
      AND NOT EXISTS (SELECT 1 FROM tag_counted c
                      WHERE c.tag_id = d.tag_id AND c.value = d.value)
    UNION ALL
    SELECT w.tag_id, NULL, w.customers, true FROM tag_whole w
), days AS (
    SELECT s.*, w.is_multiple, day::date AS day
    FROM seeds s JOIN tag_whole w USING (tag_id),
        generate_series(COALESCE(w.last_day, w.first_day, %(today)s), %(today)s,
                        interval '1 day') day
), told AS (
    SELECT d.tag_id, d.value, d.day, d.is_whole, d.is_multiple,
           COALESCE(m.came, 0) AS came, COALESCE(m.went, 0) AS went,
           GREATEST(0, d.customers - COALESCE(sum(m.came - m.went) OVER (
               PARTITION BY d.tag_id, d.value ORDER BY d.day DESC
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)) AS customers
    FROM days d LEFT JOIN tag_moved m
      ON m.tag_id = d.tag_id AND m.value IS NOT DISTINCT FROM d.value AND m.day = d.day
), several AS (
    UPDATE customers_tagday x SET came = t.came, went = t.went
    FROM told t
    WHERE t.is_whole AND t.is_multiple AND t.day < %(today)s
      AND x.tag_id = t.tag_id AND x.day = t.day AND x.value IS NULL
)
INSERT INTO customers_tagday (tag_id, day, value, customers, came, went)
SELECT tag_id, day, value, customers, came, went FROM told
WHERE NOT (is_whole AND is_multiple AND day < %(today)s)
ON CONFLICT (tag_id, day, value) DO UPDATE
    SET customers = excluded.customers, came = excluded.came, went = excluded.went
"""

_MEASURE = """
INSERT INTO customers_tagmeasure AS m
    (tag_id, counted_at, customers, values, bins, changed_at, uses, stale, is_unused, problem,
     parts)
SELECT w.tag_id, %(now)s, w.customers, w.values, '[]', w.changed_at, 0, '', false, '', '{}'
FROM tag_whole w
ON CONFLICT (tag_id) DO UPDATE
    SET counted_at = excluded.counted_at, customers = excluded.customers,
        values = excluded.values, changed_at = excluded.changed_at
"""

# A number as PostgreSQL can read it; anything else in a tag of numbers is in no bin.
_NUMBERS = r"""
CREATE TEMPORARY TABLE tag_number ON COMMIT DROP AS
SELECT c.tag_id, c.value::float8 AS number, c.customers,
       sum(c.customers) OVER (PARTITION BY c.tag_id ORDER BY c.value::float8) AS so_far,
       sum(c.customers) OVER (PARTITION BY c.tag_id) AS customers_in_all
FROM tag_counted c JOIN tag_whole w USING (tag_id)
WHERE w.is_number AND w.values > %(few)s AND c.value ~ '^-?[0-9]{1,15}(\.[0-9]{1,15})?$'
"""
_RANGES = """
SELECT tag_id, min(number), max(number) FILTER (WHERE so_far - customers <= 0.95 * customers_in_all)
FROM tag_number GROUP BY tag_id
"""
_BINS = """
WITH binned AS (
    SELECT n.tag_id, LEAST(floor((n.number - b.low) / b.step)::int, %(last)s) AS bin,
           sum(n.customers)::bigint AS customers
    FROM tag_number n
    JOIN unnest(%(tags)s::bigint[], %(lows)s::float8[], %(steps)s::float8[])
        AS b (tag_id, low, step) USING (tag_id)
    GROUP BY 1, 2
)
UPDATE customers_tagmeasure m SET bins = (
    SELECT jsonb_agg(jsonb_build_array(
        b.low + b.step * i, CASE WHEN i < %(last)s THEN b.low + b.step * (i + 1) END,
        COALESCE(n.customers, 0)) ORDER BY i)
    FROM generate_series(0, %(last)s) i
    LEFT JOIN binned n ON n.tag_id = b.tag_id AND n.bin = i)
FROM unnest(%(tags)s::bigint[], %(lows)s::float8[], %(steps)s::float8[]) AS b (tag_id, low, step)
WHERE m.tag_id = b.tag_id
"""


def count(*, now: datetime, tag_ids: Sequence[int] | None = None) -> int:
    """Count these tags (None: all) as of *now*; returns how many.

    The row of today is written anew. Days since the last count are worked out from the changes
    that were kept, so that a trend has no gaps; a first count goes back a month that way. Two
    counts at once are one after the other.
    """
    today = now.astimezone(UTC).date()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('count of tags'))")
        if tag_ids is None:
            cursor.execute("SELECT id FROM customers_tag")
            tag_ids = [row[0] for row in cursor.fetchall()]
        values: dict[str, Any] = {
            "tags": list(tag_ids),
            "now": now,
            "today": today,
            "back": today - BACK,
            "most": MOST_VALUES,
            "few": FEW,
        }
        cursor.execute("DROP TABLE IF EXISTS tag_counted, tag_whole, tag_moved, tag_number")
        for statement in (_COUNTED, "ANALYZE tag_counted", _WHOLE, _MOVED, _DAYS, _MEASURE):
            cursor.execute(statement, None if statement.startswith("ANALYZE") else values)
        _bins(cursor, values)
        cursor.execute(
            "DELETE FROM customers_tagday WHERE value IS NOT NULL AND day < %s", [today - KEPT]
        )
    return len(tag_ids)


def nice_step(low: float, high: float, bins: int = BINS) -> tuple[float, float]:
    """(first edge, width) so that at most *bins* bins of a round width reach from low to high."""
    if high <= low:
        return low, 1.0
    raw = (high - low) / bins
    power = 10.0 ** math.floor(math.log10(raw))
    width = next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= raw * 0.999)
    return math.floor(low / width) * width, width


def day_of(moment: datetime) -> date:
    """The day of UTC under which a moment is counted."""
    return moment.astimezone(UTC).date()


# helpers


def _bins(cursor: Any, values: dict[str, Any]) -> None:
    """Spread the numbers of tags over bins of a round width, the last one open."""
    cursor.execute(_NUMBERS, values)
    cursor.execute(_RANGES)
    ranges = cursor.fetchall()
    steps = [(tag, *nice_step(low, high)) for tag, low, high in ranges if high is not None]
    cursor.execute(
        "UPDATE customers_tagmeasure SET bins = '[]' WHERE bins <> '[]' AND tag_id = ANY(%s)",
        [values["tags"]],
    )
    if steps:
        given = {
            "tags": [tag for tag, _low, _step in steps],
            "lows": [low for _tag, low, _step in steps],
            "steps": [step for _tag, _low, step in steps],
            "last": BINS - 1,
        }
        cursor.execute(_BINS, given)
