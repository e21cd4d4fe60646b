"""How walks fare whose audience was chosen by a tag: the goal reached, against all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from campaigns.tag_success import parameters
from customers.tags.evaluation.success import Audience, Counted, register_success

# Walks of the period through versions with a goal. Those of a journey that reads the tag, by a
# customer who carried it when she entered, against all others of the same brand.
REACHED = """
WITH walks AS MATERIALIZED (
    SELECT e.journey_id, e.customer_id, j.brand_id, e.entered_at, e.goal_at IS NOT NULL AS hit
    FROM journeys_enrollment e
    JOIN journeys_journey j ON j.id = e.journey_id
    JOIN journeys_journeyversion v ON v.id = e.version_id
    WHERE e.entered_at > %(since)s AND e.entered_at <= %(until)s
      AND jsonb_typeof(v.graph -> 'goal') = 'object'
), audience AS (
    SELECT * FROM unnest(%(tags)s::bigint[], %(journeys)s::bigint[]) AS a (tag_id, journey_id)
), used AS (
    SELECT a.tag_id, count(*) AS n, count(*) FILTER (WHERE w.hit) AS hits
    FROM walks w JOIN audience a USING (journey_id)
    WHERE (SELECT h.added FROM customers_tagchange h
           WHERE h.customer_id = w.customer_id AND h.tag_id = a.tag_id AND h.at <= w.entered_at
           ORDER BY h.at DESC, h.added DESC LIMIT 1)
    GROUP BY a.tag_id
), brands AS (
    SELECT brand_id, count(*) AS n, count(*) FILTER (WHERE hit) AS hits FROM walks GROUP BY brand_id
)
SELECT u.tag_id, u.hits, u.n, sum(b.hits)::bigint - u.hits, sum(b.n)::bigint - u.n
FROM used u
JOIN unnest(%(whole_tags)s::bigint[], %(brands)s::bigint[]) AS t (tag_id, brand_id)
    ON t.tag_id = u.tag_id
JOIN brands b ON t.brand_id IS NULL OR b.brand_id = t.brand_id
GROUP BY u.tag_id, u.hits, u.n
"""


def reached(
    audiences: Sequence[Audience], since: datetime, until: datetime
) -> Mapping[int, Counted]:
    """By tag the walks that reached their goal; one query."""
    with connection.cursor() as cursor:
        cursor.execute(REACHED, parameters(audiences, since, until))
        return {tag: Counted(*numbers) for tag, *numbers in cursor.fetchall()}


register_success("goal", _("walks that reached their goal"), reached)
