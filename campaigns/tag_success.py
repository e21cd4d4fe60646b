"""How messages fare whose audience was chosen by a tag: opened or clicked, against all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from customers.tags.evaluation.success import Audience, Counted, register_success

# Handed-over messages of the period. Those of a journey that reads the tag, to a customer who
# carried it when the message was accepted, against all others of the same brand.
RESPONDED = """
WITH sent AS MATERIALIZED (
    SELECT m.journey_id, m.customer_id, m.brand_id, m.accepted_at,
           m.opened_at IS NOT NULL OR m.clicked_at IS NOT NULL AS hit
    FROM campaigns_message m
    WHERE m.accepted_at > %(since)s AND m.accepted_at <= %(until)s
      AND m.handed_over_at IS NOT NULL
), audience AS (
    SELECT * FROM unnest(%(tags)s::bigint[], %(journeys)s::bigint[]) AS a (tag_id, journey_id)
), used AS (
    SELECT a.tag_id, count(*) AS n, count(*) FILTER (WHERE s.hit) AS hits
    FROM sent s JOIN audience a USING (journey_id)
    WHERE (SELECT h.added FROM customers_tagchange h
           WHERE h.customer_id = s.customer_id AND h.tag_id = a.tag_id AND h.at <= s.accepted_at
           ORDER BY h.at DESC, h.added DESC LIMIT 1)
    GROUP BY a.tag_id
), brands AS (
    SELECT brand_id, count(*) AS n, count(*) FILTER (WHERE hit) AS hits FROM sent GROUP BY brand_id
)
SELECT u.tag_id, u.hits, u.n, sum(b.hits)::bigint - u.hits, sum(b.n)::bigint - u.n
FROM used u
JOIN unnest(%(whole_tags)s::bigint[], %(brands)s::bigint[]) AS t (tag_id, brand_id)
    ON t.tag_id = u.tag_id
JOIN brands b ON t.brand_id IS NULL OR b.brand_id = t.brand_id
GROUP BY u.tag_id, u.hits, u.n
"""


def responded(
    audiences: Sequence[Audience], since: datetime, until: datetime
) -> Mapping[int, Counted]:
    """By tag the messages that were opened or clicked; one query."""
    with connection.cursor() as cursor:
        cursor.execute(RESPONDED, parameters(audiences, since, until))
        return {tag: Counted(*numbers) for tag, *numbers in cursor.fetchall()}


def parameters(audiences: Sequence[Audience], since: datetime, until: datetime) -> dict[str, Any]:
    """Audiences as arrays: tags beside journeys, and tags beside their brands."""
    pairs = [(each.tag_id, journey) for each in audiences for journey in each.journey_ids]
    return {
        "since": since,
        "until": until,
        "tags": [tag for tag, _journey in pairs],
        "journeys": [journey for _tag, journey in pairs],
        "whole_tags": [each.tag_id for each in audiences],
        "brands": [each.brand_id for each in audiences],
    }


register_success("responded", _("messages opened or clicked"), responded)
