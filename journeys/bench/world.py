"""The reference journey of the engine's bench, and the customers who walk it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection, transaction

from campaigns.models import Content, ContentText, ContentVersion
from customers.access import Actor
from customers.models import Attribute, Brand, DataType, EventType, Segment
from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.graph.yaml import load_yaml
from journeys.models import Journey

T0: Final = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
# Enough for a day's wait to be over, and early enough that nothing else falls due.
T1: Final = T0 + timedelta(days=1, minutes=1)

JOURNEY: Final = """
journey: reference
name: Reference
nodes:
  everybody: {kind: trigger.audience, segment: everybody, next: gold}
  gold:
    kind: branch.rules
    rules: [{outcome: yes, when: {attribute: level, op: eq, value: gold}}]
    otherwise: no
    next: {yes: mail, no: half}
  mail: {kind: send.message, content: mail, next: day}
  day: {kind: wait.duration, duration: 1d, next: bought}
  bought:
    kind: branch.rules
    rules: [{outcome: yes, when: {event: order_paid, count: {gte: 1}, since: entry}}]
    otherwise: no
    next: {yes: sms, no: not_bought}
  sms: {kind: send.message, content: sms, next: thanked}
  half: {kind: branch.random, weights: {a: 1, b: 1}, next: {a: push, b: control}}
  push: {kind: send.message, content: push, next: pushed}
  thanked: {kind: exit.leave, reason: thanked}
  not_bought: {kind: exit.leave, reason: not_bought}
  pushed: {kind: exit.leave, reason: pushed}
  control: {kind: exit.leave, reason: control}
"""
# Three of ten are gold, wherever in the ids one looks; every second of all buys within the day.
_CUSTOMERS = """
INSERT INTO customers_customer (id, display_name, sort_key, language, timezone, is_known,
    attributes, provenance, created_at)
SELECT n, '', '', '', '', true, jsonb_build_object('city', 'city ' || n %% 300,
    'level', CASE WHEN n * 7919 %% 10 < 3 THEN 'gold' ELSE 'basic' END), '{}', %s
FROM generate_series(1, %s::bigint) AS n
"""
_MEMBERS = """
INSERT INTO customers_segmentmember (segment_id, customer_id, since)
SELECT %s, n, %s FROM generate_series(1, %s) AS n
"""
_EVENTS = """
INSERT INTO customers_event (customer_id, event_type_id, occurred_at, received_at, properties)
SELECT n, %s, %s, %s, jsonb_build_object('amount', n %% 900)
FROM generate_series(1, %s::bigint) AS n WHERE n * 104729 %% 100 < 50
"""


def make_world(customers: int, text: str = JOURNEY, now: datetime = T0) -> Journey:
    """*customers* people in a segment, what they will have bought, and the published journey."""
    actor = Actor.of_command("bench")
    with transaction.atomic():
        brand = Brand.objects.create(code="bench", name="Bench", created_at=now)
        for code, channel in (("mail", "email"), ("sms", "sms"), ("push", "push")):
            make_content(brand, code, channel)
        kind = EventType.objects.create(
            code="order_paid", name="Paid", first_seen_at=now, last_seen_at=now
        )
        Attribute.objects.create(code="level", name="Level", data_type=DataType.TEXT)
        segment = Segment.objects.create(
            code="everybody", name="Everybody", kind="list", size=customers, built_at=now
        )
        bought_at = now + timedelta(hours=12)
        with connection.cursor() as cursor:
            cursor.execute("SELECT customers_ensure_event_partitions(%s, %s)", [now, bought_at])
            cursor.execute(_CUSTOMERS, [now, customers])
            cursor.execute(_MEMBERS, [segment.pk, now, customers])
            cursor.execute(_EVENTS, [kind.pk, bought_at, bought_at, customers])
        journey = load(actor, brand, load_yaml(text), now).journey
        publish(actor, journey, now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    return journey


def make_content(brand: Brand, code: str, channel: str) -> None:
    """A published content."""
    content = Content.objects.create(
        brand=brand, code=code, name=code, channel=channel, purpose="service"
    )
    version = ContentVersion.objects.create(content=content, number=1, created_at=T0)
    ContentText.objects.create(version=version, language="en", body="Hello")
    content.current = version
    content.save()
