"""How the values of a definition would be spread, without writing any."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from config.database.limit import TookTooLongError, time_limit
from customers.models import DataType, Tag
from customers.tags.compute import Frame, compute
from customers.tags.definition import Definition
from customers.tags.definition.say import figure
from customers.tags.labels import value_label, value_order

BUDGET_SECONDS = 8
VALUES = 12
_COUNTS = """
SELECT value, n, sum(n) OVER (), count(*) OVER () FROM (
    SELECT value, count(*) AS n FROM tag_values GROUP BY value) g
ORDER BY n DESC, value LIMIT %s
"""
# Eight bins from the least figure to that of the 95th percent; the last one is open above.
_BINS = """
WITH q AS (
    SELECT min(value::numeric) AS low,
        percentile_disc(0.95) WITHIN GROUP (ORDER BY value::numeric) AS high FROM tag_values
), b AS (
    SELECT CASE WHEN q.high > q.low
        THEN least(8, 1 + floor((v.value::numeric - q.low) * 8 / (q.high - q.low)))::int ELSE 1
        END AS bin, v.value::numeric AS n
    FROM tag_values v, q
)
SELECT bin, min(n), max(n), count(*) FROM b GROUP BY bin ORDER BY bin
"""
_MIDDLE = """
SELECT percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY value::float8)
FROM tag_values
"""


@dataclass(frozen=True, slots=True)
class Spread:
    """Bars (`name`, `value`: customers), how many customers have a value, and what is computed on
    the way: cuts, quartiles of numbers. `is_late`: it was stopped, nothing is known."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    customers: int = 0
    values: int = 0
    seconds: float = 0.0
    figures: dict[str, Any] = field(default_factory=dict)
    quartiles: list[Decimal] = field(default_factory=list)
    is_late: bool = False


def preview(
    definition: Definition,
    *,
    now: datetime,
    zone: str = "UTC",
    brand_id: int | None = None,
    seconds: int = BUDGET_SECONDS,
) -> Spread:
    """Compute the values for everybody as of *now*, count them, and forget them."""
    started = time.monotonic()
    try:
        with time_limit(seconds) as cursor, transaction.atomic():
            figures = compute(cursor, definition, Frame(now, zone, brand_id))
            found = _spread(cursor, definition, figures, started)
            transaction.set_rollback(True)
    except TookTooLongError:
        return Spread(seconds=time.monotonic() - started, is_late=True)
    return found


# helpers


def _spread(cursor: Any, definition: Definition, figures: dict[str, Any], started: float) -> Spread:
    cursor.execute(_COUNTS, [VALUES + 1])
    counts = cursor.fetchall()
    if not counts:
        return Spread(seconds=time.monotonic() - started, figures=figures)
    customers, values = int(counts[0][2]), int(counts[0][3])
    quartiles: list[Decimal] = []
    tag = Tag(definition=definition.to_json(), data_type=definition.data_type)
    if definition.data_type == DataType.NUMBER:
        cursor.execute(_MIDDLE)
        quartiles = [Decimal(format(each, ".15g")) for each in cursor.fetchone()[0]]
    if definition.data_type == DataType.NUMBER and values > VALUES:
        cursor.execute(_BINS)
        rows = [
            {"name": f"{figure(low)} – {figure(high)}", "value": n}
            for _bin, low, high, n in cursor.fetchall()
        ]
    else:
        rows = _named(tag, counts)
    left = customers - sum(row["value"] for row in rows)
    if left > 0:
        rows.append({"name": "…", "value": left})
    return Spread(rows, customers, values, time.monotonic() - started, figures, quartiles)


def _named(tag: Tag, counts: list[tuple[str, int, int, int]]) -> list[dict[str, Any]]:
    """In the order of the definition, numbers rising, the rest by how many have them."""
    order = {code: i for i, code in enumerate(value_order(tag))}
    held = [(value, n) for value, n, _all, _values in counts[:VALUES]]
    if order:
        held.sort(key=lambda each: order.get(each[0], len(order)))
    elif tag.data_type == DataType.NUMBER:
        held.sort(key=lambda each: Decimal(each[0]))
    return [{"name": value_label(tag, value), "value": n} for value, n in held]
