"""The one statement that writes tags: rows, their history, and word for the kept sets.

Who changes tags says which rows go and which values come, as a SELECT; everything else is here.
The triggers on the rows tell the kept sets (customers/sql/bits.sql), once for the statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Written(NamedTuple):
    """How many values came to customers and went from them."""

    came: int
    went: int


# Rows are found before anything is written, in the order of the customers: rows and entries of
# indexes that lie beside each other are cheaper, and all take their locks in the same order. A
# row is found again by where it lies. Two who give the same value at once do not collide.
_WRITE = """
gone AS (
    DELETE FROM customers_customertag t USING differs d WHERE t.ctid = d.place
    RETURNING t.customer_id, t.tag_id, t.value, d.at
), came AS (
    INSERT INTO customers_customertag (customer_id, tag_id, value, since, expires_at, source_id)
    SELECT customer_id, tag_id, value, at, expires_at, %(source)s::smallint
    FROM differs WHERE place IS NULL
    ON CONFLICT DO NOTHING
    RETURNING customer_id, tag_id, value, since
), told AS (
    INSERT INTO customers_tagchange (customer_id, tag_id, value, added, at, source_id)
    SELECT customer_id, tag_id, value, false, at, %(source)s::smallint FROM gone
    UNION ALL SELECT customer_id, tag_id, value, true, since, %(source)s::smallint FROM came
)
SELECT (SELECT count(*) FROM came), (SELECT count(*) FROM gone)
"""

# One look at the index for each wanted row, however few rows the table is thought to have.
_LOOK = """
wanted AS MATERIALIZED (
    SELECT w.customer_id, w.tag_id, w.value, w.added, w.at,
        w.at + make_interval(hours => 24 * g.valid_days) AS expires_at,
        CASE WHEN w.added THEN NOT g.is_multiple ELSE w.value = '' END AS any_value
    FROM ({wanted}) AS w (customer_id, tag_id, value, added, at)
    JOIN customers_tag g ON g.id = w.tag_id
    ORDER BY w.customer_id, w.tag_id
), held AS MATERIALIZED (
    SELECT w.*, t.place, t.value AS held_value, t.expires_at AS held_until
    FROM wanted w LEFT JOIN LATERAL (
        SELECT t.ctid AS place, t.value, t.expires_at FROM customers_customertag t
        WHERE t.customer_id = w.customer_id AND t.tag_id = w.tag_id
          AND (w.any_value OR t.value = w.value)
        OFFSET 0
    ) AS t ON true
), differs AS MATERIALIZED (
    SELECT place, customer_id, tag_id, held_value AS value, at, NULL::timestamptz AS expires_at
    FROM held WHERE place IS NOT NULL AND (NOT added OR held_value <> value)
    UNION ALL
    SELECT NULL, customer_id, tag_id, value, at, expires_at
    FROM held WHERE added AND (place IS NULL OR held_value <> value)
), longer AS (
    UPDATE customers_customertag t SET expires_at = h.expires_at FROM held h
    WHERE t.ctid = h.place AND h.added AND h.held_value = h.value AND h.held_until < h.expires_at
), """


def change(
    cursor: Any,
    wanted: str,
    values: Mapping[str, Any],
    *,
    tag_ids: Iterable[int],
    source_id: int | None,
) -> Written:
    """Give and take tags, inside the caller's transaction and in one statement.

    `wanted` is a SELECT, with *values*, of customer_id, tag_id, value, added and at: no customer
    twice with the same tag and value or with a tag of one value, and none who loses all values of a
    tag and gets one. A tag that holds one value drops the other one when a new one comes; taken
    away with an empty value, whatever is held goes. What is so already changes nothing and leaves
    no history, but is valid for longer.

    All tags are among *tag_ids*; raises ValueError when one of these is not there. The caller
    keeps merges away from the customers.
    """
    hold_tags(cursor, tag_ids)
    cursor.execute(f"WITH {_LOOK.format(wanted=wanted)}{_WRITE}", {**values, "source": source_id})
    return Written(*cursor.fetchone())


def write_differences(
    cursor: Any, differs: str, values: Mapping[str, Any], *, source_id: int | None = None
) -> Written:
    """Write what was found to differ, inside the caller's transaction and in one statement.

    `differs` is the beginning of a WITH, with *values*, whose last part is named differs and has
    place (the ctid of a row that goes; NULL: the value comes), customer_id, tag_id, value, at and
    expires_at.
    """
    cursor.execute(f"WITH {differs}, {_WRITE}", {**values, "source": source_id})
    return Written(*cursor.fetchone())


def hold_tags(cursor: Any, tag_ids: Iterable[int]) -> dict[int, bool]:
    """Keep tags from being taken away, and tell of each whether it holds several values.

    Rows of tags have no foreign key, which would be looked up for each of them: who takes a tag
    away waits here instead. Raises ValueError for a tag that is not there.
    """
    asked = set(tag_ids)
    cursor.execute(
        "SELECT id, is_multiple FROM customers_tag WHERE id = ANY(%s) FOR KEY SHARE",
        [sorted(asked)],
    )
    found = dict(cursor.fetchall())
    if unknown := asked - found.keys():
        raise ValueError(f"There is no tag with the id {min(unknown)}.")
    return found
