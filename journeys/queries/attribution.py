"""Counting what came after messages, by content and channel, for every kind of touch at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from campaigns.evaluation.attribution import Brought, Touch, brought_of, total_of
from campaigns.evaluation.funnel import ARRIVED
from campaigns.evaluation.kept import answer, register_counter
from campaigns.models import ChannelCost
from customers.models import EventType
from journeys.engine.run import property_sql
from journeys.graph.written import Goal
from journeys.models import Journey

NAME = "attribution"
MATCHED = """
WITH touches AS (
    SELECT m.id, m.customer_id, m.content_id, m.channel,
           coalesce(m.handed_over_at, m.accepted_at) AS at,
           least(m.opened_at, m.clicked_at) AS responded_at
      FROM campaigns_message m
     WHERE m.journey_id = %(journey)s AND m.accepted_at >= %(since)s::timestamptz
       AND m.accepted_at < %(until)s::timestamptz
       AND (m.state = ANY(%(arrived)s) OR m.delivered_at IS NOT NULL OR m.opened_at IS NOT NULL
            OR m.clicked_at IS NOT NULL)
), matched AS (
    SELECT t.content_id, t.channel, CASE WHEN jsonb_typeof(e.properties -> %(value)s) = 'number'
               THEN (e.properties -> %(value)s)::numeric END AS amount,
           row_number() OVER (PARTITION BY e.id ORDER BY t.at DESC, t.id DESC) AS is_last,
           row_number() OVER (PARTITION BY e.id ORDER BY t.at, t.id) AS is_first,
           row_number() OVER (PARTITION BY e.id, t.content_id, t.channel ORDER BY t.id) AS once
      FROM touches t JOIN customers_event e ON e.customer_id = t.customer_id
       AND e.occurred_at >= t.at AND e.occurred_at <= t.at + %(window)s * interval '1 day'
     WHERE e.event_type_id = %(type)s AND e.occurred_at >= %(since)s::timestamptz
       AND e.occurred_at <= %(until)s::timestamptz + %(window)s * interval '1 day'
       AND (e.brand_id IS NULL OR e.brand_id = %(brand)s) AND {where}
       AND (NOT %(responded)s OR t.responded_at <= e.occurred_at)
)
SELECT content_id, channel,
       count(*) FILTER (WHERE is_last = 1), sum(amount) FILTER (WHERE is_last = 1),
       count(*) FILTER (WHERE is_first = 1), sum(amount) FILTER (WHERE is_first = 1),
       count(*) FILTER (WHERE once = 1), sum(amount) FILTER (WHERE once = 1)
  FROM matched GROUP BY 1, 2
"""
HANDED = """
SELECT content_id, channel, count(*) FROM campaigns_message m
 WHERE m.journey_id = %(journey)s AND m.accepted_at >= %(since)s::timestamptz
   AND m.accepted_at < %(until)s::timestamptz AND m.handed_over_at IS NOT NULL GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Question:
    """Messages of a journey that were accepted in [since, until), and events of its goal's kind up
    to *window* days after one; with *only_responded* after she had opened or clicked it."""

    journey: Journey
    goal: Goal
    since: datetime
    until: datetime
    window: int
    only_responded: bool = False


@dataclass(frozen=True, slots=True)
class Attributed:
    """What messages brought by one kind of touch, all together, and when that was counted."""

    parts: list[Brought] = field(default_factory=list)
    total: Brought = field(default_factory=lambda: Brought(0, "", 0, 0, Decimal(0)))
    read_at: datetime | None = None
    is_counting: bool = False  # for the first time; until then there are no figures


def attributed(
    question: Question, touch: Touch, now: datetime, *, wait: bool = False
) -> Attributed:
    """Answer *question*; the same count serves every kind of touch. For *wait* see `answer`."""
    if question.since >= question.until:
        return Attributed(read_at=now)
    asked = {
        "journey": question.journey.pk,
        "brand": question.journey.brand_id,
        "since": question.since.isoformat(),
        "until": question.until.isoformat(),
        "event": question.goal.event,
        "window": question.window,
        "responded": question.only_responded,
        "where": dict(question.goal.where) if question.goal.where else None,
        "value": question.goal.value,
    }
    found = answer(NAME, asked, now, wait=wait)
    if found.data is None:
        return Attributed(is_counting=True)
    place = list(Touch).index(touch)
    rows = [
        (content, channel, counts[2 * place], Decimal(counts[2 * place + 1] or 0), counts)
        for content, channel, *counts in found.data["matched"]
    ]
    costs = ChannelCost.objects.filter(campaign=question.journey.campaign_id)
    parts = brought_of(
        {(content, channel): n for content, channel, n in found.data["handed"]},
        {(content, channel): (n, value) for content, channel, n, value, _counts in rows if n},
        dict(costs.values_list("channel", "per_message")) if question.journey.campaign_id else {},
    )
    # Every conversion has exactly one last touch.
    conversions = sum(counts[0] for *_rest, counts in rows)
    value = sum((Decimal(counts[1] or 0) for *_rest, counts in rows), Decimal(0))
    return Attributed(parts, total_of(parts, conversions, value), found.read_at)


def count_attribution(question: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Count what `attributed` asks; at most three statements."""
    kind = EventType.objects.filter(code=question["event"]).values_list("pk", flat=True).first()
    where, named = property_sql(question["where"], "e.properties", now)
    values = {
        **{name: value for name, value in question.items() if name != "where"},
        "type": kind,
        "arrived": list(ARRIVED),
        **named,
    }
    with connection.cursor() as cursor:
        cursor.execute(MATCHED.replace("{where}", where), values)
        matched = [
            [content, channel, *(str(n) if isinstance(n, Decimal) else n for n in counts)]
            for content, channel, *counts in cursor.fetchall()
        ]
        cursor.execute(HANDED, values)
        handed = [list(row) for row in cursor.fetchall()]
    return {"matched": matched, "handed": handed}


register_counter(NAME, count_attribution)
