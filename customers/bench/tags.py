"""`bench tags`: a full refresh of RFM against the bare aggregate of the same events."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any, Final

from django.db import connection

from config.bench import Bench, Line, register
from customers.models import EventType, Tag
from customers.tags.presets import rfm
from customers.tags.refresh import refresh

NOW: Final = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
DAYS: Final = 360
_CUSTOMERS = """
INSERT INTO customers_customer (id, display_name, sort_key, language, timezone, is_known,
    attributes, provenance, created_at)
SELECT n, '', '', '', '', true, '{}', '{}', %s FROM generate_series(1, %s) AS n
"""
# Spread over customers and days by steps that share no factor with either.
_EVENTS = """
INSERT INTO customers_event (customer_id, event_type_id, occurred_at, received_at, properties)
SELECT 1 + n * 7919 %% %s, %s, %s - make_interval(secs => n * 104729 %% (%s * 86400)), %s,
    jsonb_build_object('amount', (n * 31 %% 90000) / 100.0)
FROM generate_series(1, %s::bigint) AS n
"""
_FLOOR = """
SELECT count(*), sum(r), sum(f), sum(m) FROM (
    SELECT customer_id, max(occurred_at)::date - date '2025-01-01' AS r, count(*) AS f,
        sum((properties -> 'amount')::numeric) AS m
    FROM customers_event WHERE event_type_id = %s GROUP BY customer_id) x
"""


@register
class TagsBench(Bench):
    """The refresh finds the cuts, scores everybody, writes a value each and its history; then once
    more when nothing changed. The floor only adds up the events by customer."""

    name = "tags"
    about = "seconds of a full refresh of RFM, against the bare aggregate of the same events"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=1_000_000)
        parser.add_argument("--events", type=int, default=10_000_000)

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        customers, events = options["customers"], options["events"]
        kind = EventType.objects.create(
            code="order_paid", name="Paid", first_seen_at=NOW, last_seen_at=NOW
        )
        _fill(kind.pk, customers, events)
        tag = Tag.objects.create(
            code="rfm",
            name="RFM",
            kind="model",
            definition={"schema": 1, "model": rfm("order_paid", "amount")},
        )
        floor = _floor(kind.pk)
        for what in ("first refresh, a value for everybody", "refresh, nothing new"):
            done = refresh(tag.pk, NOW, full=True)
            if done.problem:
                raise RuntimeError(done.problem)
            yield {
                "what": what,
                "customers": done.customers,
                "events": events,
                "came": done.came,
                "s": round(done.seconds, 2),
                "floor_s": round(floor, 2),
                "ratio": round(floor / done.seconds, 3),
            }


# helpers


def _fill(kind: int, customers: int, events: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customers_ensure_event_partitions(%s, %s)", [NOW - timedelta(days=DAYS), NOW]
        )
        cursor.execute(_CUSTOMERS, [NOW, customers])
        cursor.execute(_EVENTS, [customers, kind, NOW, DAYS, NOW, events])
        cursor.execute("ANALYZE")


def _floor(kind: int) -> float:
    """Seconds of the second of two runs: the first one warms the cache for both."""
    seconds = 0.0
    with connection.cursor() as cursor:
        for _ in range(2):
            began = perf_counter()
            cursor.execute(_FLOOR, [kind])
            cursor.fetchone()
            seconds = perf_counter() - began
    return seconds
