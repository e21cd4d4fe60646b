"""Facts become calls, in the transaction of the fact: one statement for all facts of a batch.

Up to a hundred facts of one topic are one call, so that a segment of a million costs ten thousand
calls and no query per customer. Nobody who subscribes to nothing costs more than one look.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from config.wake import wake
from customers.ingest import EventBatch
from customers.segments import Moves
from journeys.models import Journey
from journeys.models.subscription import Topic

PIECE: Final = 100
GIVEN_UP: Final = timedelta(days=3)
WAKE: Final = "journeys.webhooks.deliver"
# Which event of a message is which topic.
OF_EVENT: Final[Mapping[str, str]] = {
    "message_sent": Topic.MESSAGE_SENT.value,
    "message_delivered": Topic.MESSAGE_DELIVERED.value,
    "message_opened": Topic.MESSAGE_OPENED.value,
    "message_clicked": Topic.MESSAGE_CLICKED.value,
    "message_replied": Topic.MESSAGE_REPLIED.value,
    "message_failed": Topic.MESSAGE_FAILED.value,
    "message_bounced": Topic.MESSAGE_BOUNCED.value,
    "message_complained": Topic.MESSAGE_COMPLAINED.value,
    "unsubscribed": Topic.UNSUBSCRIBED.value,
}
# What is told of a message; what a customer wrote is not.
TOLD: Final = ("message_id", "channel", "purpose", "journey_id", "node", "reason", "url")

# {found} yields (subscription_id, topic, at, place, fact); calls hold them piece by piece.
_WRITE = """
WITH found AS ({found}), placed AS (
    SELECT f.*, (row_number() OVER (PARTITION BY subscription_id, topic ORDER BY place) - 1)
                / %(piece)s AS piece
    FROM found f
)
INSERT INTO journeys_delivery (subscription_id, topic, at, facts, count, state, attempts, next_at,
                               gives_up_at, error)
SELECT subscription_id, topic, max(at), jsonb_agg(fact ORDER BY place), count(*), 'waiting', 0,
       %(now)s, %(until)s, ''
FROM placed GROUP BY subscription_id, topic, piece ORDER BY subscription_id, topic, piece
"""
_WANTS = """
SELECT s.id FROM journeys_subscription s JOIN journeys_webhook w ON w.id = s.webhook_id
WHERE s.is_active AND w.is_active AND s.topics && %(topics)s::varchar[]
"""
_SEGMENT = f"""
SELECT s.id AS subscription_id, t.topic, %(at)s::timestamptz AS at, m.customer_id AS place,
       jsonb_build_object('customer', m.customer_id, 'segment', g.code) AS fact
FROM customers_segment g
JOIN journeys_webhook w ON g.brand_id IS NULL OR g.brand_id = w.brand_id
JOIN journeys_subscription s ON s.webhook_id = w.id
CROSS JOIN (VALUES ('{Topic.SEGMENT_ENTERED.value}', true), ('{Topic.SEGMENT_LEFT.value}', false))
    AS t (topic, comes)
JOIN segment_moves m ON m.comes = t.comes
JOIN customers_customer c ON c.id = m.customer_id AND w.brand_id = ANY(c.brand_ids)
WHERE g.id = %(segment)s AND s.is_active AND w.is_active AND t.topic = ANY(s.topics)
  AND (s.segments = '{{}}' OR g.code = ANY(s.segments))
"""
_OF = ", ".join(f"('{code}', '{topic}')" for code, topic in OF_EVENT.items())
_TYPES = f"""
SELECT y.id AS type_id, t.topic FROM (VALUES {_OF}) AS t (code, topic)
JOIN customers_eventtype y ON y.code = t.code WHERE y.id = ANY(%(types)s)
"""
_AWAITS = f"""
SELECT EXISTS (
    SELECT 1 FROM ({_TYPES}) t JOIN journeys_subscription s ON t.topic = ANY(s.topics)
    JOIN journeys_webhook w ON w.id = s.webhook_id WHERE s.is_active AND w.is_active)
"""
_MESSAGES = f"""
SELECT s.id AS subscription_id, t.topic, e.occurred_at AS at, e.id AS place,
       jsonb_build_object('customer', e.customer_id, 'at', e.occurred_at)
       || coalesce((SELECT jsonb_object_agg(p.key, p.value) FROM jsonb_each(e.properties) p
                    WHERE p.key = ANY(%(told)s)), '{{}}'::jsonb) AS fact
FROM ingested_events e
JOIN ({_TYPES}) t ON t.type_id = e.event_type_id
JOIN journeys_webhook w ON w.brand_id = e.brand_id
JOIN journeys_subscription s ON s.webhook_id = w.id
LEFT JOIN journeys_journey j ON j.id = CASE
     WHEN e.properties ->> 'journey_id' ~ '^[0-9]{{1,18}}$'
     THEN (e.properties ->> 'journey_id')::bigint END
WHERE s.is_active AND w.is_active AND t.topic = ANY(s.topics)
  AND (s.journeys = '{{}}' OR j.code = ANY(s.journeys))
"""
_GOALS = f"""
SELECT s.id AS subscription_id, '{Topic.CONVERSION.value}' AS topic, new.goal_at AS at,
       e.id AS place,
       jsonb_build_object('customer', e.customer_id, 'at', new.goal_at, 'journey', j.code,
                          'version', v.number, 'enrollment', e.id,
                          'entered_at', e.entered_at) AS fact
FROM unnest(%(ids)s::bigint[], %(goals)s::timestamptz[]) AS new (id, goal_at)
JOIN journeys_enrollment e ON e.id = new.id
JOIN journeys_journey j ON j.id = e.journey_id
JOIN journeys_journeyversion v ON v.id = e.version_id
JOIN journeys_webhook w ON w.brand_id = j.brand_id
JOIN journeys_subscription s ON s.webhook_id = w.id
WHERE s.is_active AND w.is_active AND '{Topic.CONVERSION.value}' = ANY(s.topics)
  AND (s.journeys = '{{}}' OR j.code = ANY(s.journeys))
"""
_STATE = f"""
SELECT s.id AS subscription_id, '{Topic.JOURNEY_STATE.value}' AS topic, %(now)s::timestamptz AS at,
       1 AS place, %(fact)s::jsonb AS fact
FROM journeys_webhook w JOIN journeys_subscription s ON s.webhook_id = w.id
WHERE w.brand_id = %(brand)s AND s.is_active AND w.is_active
  AND '{Topic.JOURNEY_STATE.value}' = ANY(s.topics)
  AND (s.journeys = '{{}}' OR %(code)s = ANY(s.journeys))
"""


def tell_moves(cursor: Any, moves: Moves) -> None:
    """Customers came into a segment or left it; of each brand those that the brand knows."""
    topics = [Topic.SEGMENT_ENTERED.value, Topic.SEGMENT_LEFT.value]
    if _is_wanted(cursor, topics):
        _write(cursor, _SEGMENT, moves.at, {"segment": moves.segment_id, "at": moves.at})


def awaits_messages(cursor: Any, type_ids: Set[int]) -> bool:
    """Whether somebody wants to hear of events of these types."""
    cursor.execute(_AWAITS, {"types": list(type_ids)})
    return bool(cursor.fetchone()[0])


def tell_messages(cursor: Any, batch: EventBatch) -> None:
    """What became of messages is an event of the customer."""
    if awaits_messages(cursor, batch.event_type_ids):
        params = {"types": list(batch.event_type_ids), "told": list(TOLD)}
        _write(cursor, _MESSAGES, batch.now, params)


def tell_goals(enrollment_ids: Sequence[int], goals: Sequence[datetime], now: datetime) -> None:
    """These walks have reached their goal."""
    with connection.cursor() as cursor:
        if _is_wanted(cursor, [Topic.CONVERSION.value]):
            ids = {"ids": list(enrollment_ids), "goals": list(goals)}
            _write(cursor, _GOALS, now, ids)


def tell_state(journey: Journey, before: str, action: str, now: datetime) -> None:
    """A journey is in another state."""
    fact = {"journey": journey.code, "name": journey.name, "before": before,
            "state": str(journey.state), "action": action}  # fmt: skip
    with connection.cursor() as cursor:
        params = {"fact": json.dumps(fact), "brand": journey.brand_id, "code": journey.code}
        _write(cursor, _STATE, now, params)


# helpers


def _is_wanted(cursor: Any, topics: Sequence[str]) -> bool:
    cursor.execute(f"SELECT EXISTS ({_WANTS})", {"topics": list(topics)})
    return bool(cursor.fetchone()[0])


def _write(cursor: Any, found: str, now: datetime, params: Mapping[str, Any]) -> None:
    more = {"piece": PIECE, "now": now, "until": now + GIVEN_UP}
    cursor.execute(_WRITE.format(found=found), {**params, **more})
    if cursor.rowcount:
        wake(WAKE)
