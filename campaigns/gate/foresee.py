"""What the gate's caps would say, asked without a candidate: nothing is counted or written."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from campaigns.gate.rules.frequency_cap import COVERS

CAPPED = f"""
SELECT DISTINCT who.id
FROM unnest(%(customers)s::bigint[]) AS who (id)
CROSS JOIN (
    SELECT co.brand_id, co.channel, co.purpose, j.campaign_id, %(journey)s::bigint AS journey_id
    FROM campaigns_content co
    LEFT JOIN (SELECT %(campaign)s::bigint AS campaign_id) j ON true
    WHERE co.id = %(content)s
) w
JOIN campaigns_frequencycap c ON c.is_active AND {COVERS.format(row="w")}
WHERE (
    SELECT count(*) FROM campaigns_message m
    WHERE m.customer_id = who.id
      AND m.accepted_at > %(now)s - make_interval(secs => c.window_seconds)
      AND m.accepted_at < %(now)s + make_interval(secs => c.window_seconds)
      AND {COVERS.format(row="m")}
) >= c."limit"
"""


def capped(
    customer_ids: Collection[int],
    content_id: int,
    *,
    journey_id: int,
    campaign_id: int | None = None,
    now: datetime,
) -> set[int]:
    """Who of the customers would be stopped by a frequency cap if *content_id* came now.

    Messages that were accepted count, as for the gate; candidates that still wait do not.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            CAPPED,
            {
                "customers": sorted(customer_ids),
                "content": content_id,
                "journey": journey_id,
                "campaign": campaign_id,
                "now": now,
            },
        )
        return {row[0] for row in cursor.fetchall()}
