"""How much of the caps one customer has used: for her page, and for whoever answers her."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from campaigns.gate.limits import COVERS, INSTANT, Limit
from campaigns.gate.periods import period_of
from campaigns.gate.rules.frequency_cap import as_limit
from campaigns.models import FrequencyCap

USED = f"""
SELECT l.place, sent.used
FROM (
    SELECT l.*, string_to_array(l.covered, ',') AS counted, '{{}}'::bigint[] AS other_brands,
        NULL::bigint AS campaign_id, NULL::bigint AS journey_id
    FROM unnest(%(places)s::int[], %(brands)s::bigint[], %(channels)s::text[],
        %(counted)s::text[], %(since)s::timestamptz[])
        AS l (place, brand_id, channel, covered, since)
) l
CROSS JOIN LATERAL (
    SELECT count(*) AS used FROM campaigns_message m
    WHERE m.customer_id = %(customer)s AND m.accepted_at >= l.since
      AND {COVERS.replace("{row}", "m")}
) sent
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A cap and how many of its places are used."""

    limit: Limit
    used: int

    @property
    def share(self) -> float:
        return self.used / self.limit.most


def standings(
    customer_id: int, *, brand_ids: Sequence[int], whole_group: bool, zone: str, now: datetime
) -> list[Standing]:
    """The caps over whole brands or channels, those nearest to their limit first; two queries.

    Caps of one campaign, journey, content or address are left out. A cap of the whole group counts
    the messages of all brands, so only who sees all of them sees it.
    """
    mine = Q(brand__in=brand_ids) | (Q(brand__isnull=True) if whole_group else Q(pk=None))
    caps = FrequencyCap.objects.filter(
        mine, is_active=True, campaign=None, journey_id=None, content=None, per_address=False
    ).order_by("pk")
    found = [as_limit(cap) for cap in caps]
    if not found:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            USED,
            {
                "customer": customer_id,
                "places": list(range(len(found))),
                "brands": [each.brand_id for each in found],
                "channels": [each.channel for each in found],
                "counted": [",".join(each.counted) for each in found],
                "since": [_since(each, zone, now) for each in found],
            },
        )
        rows = cursor.fetchall()
    standing = [Standing(found[place], used) for place, used in rows]
    length = {"day": 86400.0, "week": 604800.0, "month": 2592000.0}
    return sorted(
        standing,
        key=lambda s: (
            -s.share,
            -(s.limit.window.total_seconds() if s.limit.window else length[s.limit.period]),
            s.limit.policy_id,
        ),
    )


# helpers


def _since(limit: Limit, zone: str, now: datetime) -> datetime:
    if limit.window is None:
        return period_of(limit.period, zone, now)[0]
    return now - limit.window + INSTANT
