"""Who is compared: the members of a segment and everybody, or two segments, put into cells.

They stand in a table of the session, `insight_people (id, cell)`, over which everything is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from customers.rules.chance import STEPS, step_sql
from customers.segments.insight.ranking import Sizes

# Up to so many people everybody is looked at; of more, so many of each cell that is larger.
EXACT_MOST: Final = 1_000_000
SAMPLE: Final = 200_000
# The same people are looked at each time, so that two looks differ by what changed and not by luck.
_SALT: Final = "insight"

_ALIVE: Final = "c.merged_into_id IS NULL AND c.erased_at IS NULL"
# cells: 0 only in the group, 1 in both, 2 only in the base
_EVERYBODY: Final = f"""
SELECT c.id, CASE WHEN m.customer_id IS NULL THEN 2 ELSE 1 END AS cell
FROM customers_customer c
LEFT JOIN customers_segmentmember m ON m.segment_id = %s AND m.customer_id = c.id
WHERE {_ALIVE} AND {{scope}}
"""
_TWO: Final = f"""
SELECT c.id, CASE s.held WHEN 1 THEN 0 WHEN 3 THEN 1 ELSE 2 END AS cell
FROM (SELECT m.customer_id, bit_or(CASE m.segment_id WHEN %s THEN 1 ELSE 2 END) AS held
      FROM customers_segmentmember m WHERE m.segment_id = ANY(%s) GROUP BY 1) s
JOIN customers_customer c ON c.id = s.customer_id
WHERE {_ALIVE} AND {{scope}}
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """A segment and its base (None: everybody), among those whom these brands know (none: all)."""

    segment_id: int
    other_id: int | None = None
    brand_ids: tuple[int, ...] = ()

    def sql(self) -> tuple[str, list[Any]]:
        """A SELECT of (id, cell)."""
        scope, params = "true", []
        if self.brand_ids:
            scope, params = "c.brand_ids && %s::bigint[]", [list(self.brand_ids)]
        if self.other_id is None:
            return _EVERYBODY.format(scope=scope), [self.segment_id, *params]
        both = [self.segment_id, self.other_id]
        return _TWO.format(scope=scope), [self.segment_id, both, *params]


def gather(
    cursor: Any, compared: Compared, *, exact_most: int = EXACT_MOST, sample: int = SAMPLE
) -> Sizes:
    """Make the table of the session; exact up to *exact_most* people, else about *sample* people
    of each cell that has more, the same each time. Four statements."""
    sql, params = compared.sql()
    cursor.execute("DROP TABLE IF EXISTS pg_temp.insight_people")
    cursor.execute(f"SELECT cell, count(*) FROM ({sql}) AS them GROUP BY cell", params)
    people = dict(cursor.fetchall())
    whole = sum(people.values()) <= exact_most
    step, salt = step_sql("them.id", _SALT)
    limits = [STEPS] * 3
    if not whole:
        limits = [min(STEPS, round(STEPS * sample / people.get(cell, 1))) for cell in range(3)]
        sql = f"SELECT * FROM ({sql}) AS them WHERE {step} < (%s::bigint[])[them.cell + 1]"
        params = [*params, *salt, limits]
    cursor.execute(f"CREATE TEMPORARY TABLE insight_people AS {sql}", params)
    cursor.execute("ANALYZE insight_people")
    cursor.execute("SELECT cell, count(*) FROM insight_people GROUP BY cell")
    looked = dict(cursor.fetchall())
    kept = _three([looked.get(cell, 0) for cell in range(3)])
    return Sizes(kept if whole else _three([people.get(cell, 0) for cell in range(3)]), kept)


def drop(cursor: Any) -> None:
    """Remove the table of the session."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.insight_people")


# helpers


def _three(values: Sequence[int]) -> tuple[int, int, int]:
    only, both, others = values
    return only, both, others
