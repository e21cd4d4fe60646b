"""Whether a tag foretells: who got a value, and whether an event followed, against who did not.

With: customers to whom the value came in the 90 days that ended `days` ago, each counted from the
moment at which it came first; the event followed when it happened within `days` after it.
Without: customers who were there at the middle (median) of those moments and to whom the value
did not come up to the end of the window; the event followed when it happened within `days` after
that middle. Merged and erased customers count on neither side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from customers.models import TagOutcome

LOOK_BACK = timedelta(days=90)

_GOT = """
CREATE TEMPORARY TABLE tag_got ON COMMIT DROP AS
SELECT h.customer_id, min(h.at) AS at
FROM customers_tagchange h JOIN customers_customer c ON c.id = h.customer_id
WHERE h.tag_id = %(tag)s AND h.added AND (%(value)s = '' OR h.value = %(value)s)
  AND h.at > %(since)s AND h.at <= %(until)s
  AND c.merged_into_id IS NULL AND c.erased_at IS NULL
GROUP BY h.customer_id
"""
_WITH = """
SELECT count(*), count(*) FILTER (WHERE EXISTS (
    SELECT 1 FROM customers_event e
    WHERE e.customer_id = g.customer_id AND e.event_type_id = %(event)s
      AND e.occurred_at > g.at AND e.occurred_at <= g.at + %(days)s
      AND e.occurred_at > %(since)s AND e.occurred_at <= %(now)s)),
    percentile_disc(0.5) WITHIN GROUP (ORDER BY g.at)
FROM tag_got g
"""
_WITHOUT = """
WITH holders AS MATERIALIZED (
    SELECT h.customer_id FROM customers_tagchange h
    WHERE h.tag_id = %(tag)s AND h.added AND h.at <= %(middle_end)s
      AND (%(value)s = '' OR h.value = %(value)s)
    UNION
    SELECT t.customer_id FROM customers_customertag t
    WHERE t.tag_id = %(tag)s AND t.since <= %(middle_end)s
      AND (%(value)s = '' OR t.value = %(value)s)
), doers AS MATERIALIZED (
    SELECT DISTINCT e.customer_id FROM customers_event e
    WHERE e.event_type_id = %(event)s
      AND e.occurred_at > %(middle)s AND e.occurred_at <= %(middle_end)s
)
SELECT count(*), count(d.customer_id)
FROM customers_customer c
LEFT JOIN doers d ON d.customer_id = c.id
WHERE c.created_at <= %(middle)s AND c.merged_into_id IS NULL AND c.erased_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM holders o WHERE o.customer_id = c.id)
"""


@dataclass(frozen=True, slots=True)
class Followed:
    """How many did the event, of those with and of those without the value; `middle` is the
    moment from which those without are counted (None: nobody got the value)."""

    having: int
    having_hits: int
    lacking: int
    lacking_hits: int
    middle: datetime | None


def measure(outcome: TagOutcome, now: datetime) -> Followed:
    """Count both sides; three statements whatever the number of customers. In a transaction."""
    days = timedelta(days=outcome.days)
    values: dict[str, Any] = {
        "tag": outcome.tag_id,
        "value": outcome.value,
        "event": outcome.event_type_id,
        "days": days,
        "since": now - days - LOOK_BACK,
        "until": now - days,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.tag_got")
        cursor.execute(_GOT, values)
        cursor.execute(_WITH, values)
        having, hits, middle = cursor.fetchone()
        if middle is None:
            return Followed(0, 0, 0, 0, None)
        cursor.execute(_WITHOUT, values | {"middle": middle, "middle_end": middle + days})
        lacking, lacking_hits = cursor.fetchone()
    return Followed(having, hits, lacking, lacking_hits, middle)
