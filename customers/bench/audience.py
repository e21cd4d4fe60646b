"""`bench audience`: an exact count by kept sets against plain SQL over the base tables."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter, sleep
from typing import Any, Final

from django.db import connection

from config.bench import Bench, Line, register
from customers.bits import count
from customers.bits.build import build_wanted
from customers.models import Attribute, EventType, Tag
from customers.rules import read_rule

NOW: Final = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
RULE: Final = {
    "all": [
        {"attribute": "city", "op": "eq", "value": "c7"},
        {"tag": "a"},
        {"not": {"tag": "b"}},
        {"event": "order_paid", "count": {"gte": 2}, "within": "30d"},
    ]
}
# Half of them live in twenty cities; a third has tag a, a fifth tag b; a purchase each, in turn.
_PEOPLE = """
INSERT INTO customers_customer (id, display_name, sort_key, language, timezone, is_known,
    attributes, provenance, created_at)
SELECT n, '', '', '', '', true, jsonb_build_object('city', 'c' || (hashint8(n) & 31)), '{{}}', %s
FROM generate_series({first}::bigint, {last}) n
"""
_TAGS = """
INSERT INTO customers_customertag (customer_id, tag_id, value, since)
SELECT n, %s, '', %s FROM generate_series({first}::bigint, {last}) n
WHERE mod(hashint8(n # %s) & 65535, %s) = 0
"""
_EVENTS = """
INSERT INTO customers_event (id, customer_id, event_type_id, occurred_at, received_at, properties)
SELECT n, 1 + mod(hashint8(n) & 2147483647, %s), %s,
    %s - (hashint8(n # 77) & 8388607) * interval '1 second', %s, '{{"amount": 10}}'
FROM generate_series({first}::bigint, {last}) n
"""
_PLAIN = """
SELECT count(*) FROM customers_customer c
WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL AND c.attributes ->> 'city' = 'c7'
  AND EXISTS (SELECT 1 FROM customers_customertag t WHERE t.customer_id = c.id AND t.tag_id = %s)
  AND NOT EXISTS (SELECT 1 FROM customers_customertag t
                  WHERE t.customer_id = c.id AND t.tag_id = %s)
  AND {bought}
"""
# Two ways to write it; the floor is the faster one.
_BOUGHT: Final = (
    "c.id IN (SELECT e.customer_id FROM customers_event e WHERE e.event_type_id = %s"
    " AND e.occurred_at BETWEEN %s AND %s GROUP BY e.customer_id HAVING count(*) >= 2)",
    "(SELECT count(*) FROM customers_event e WHERE e.customer_id = c.id AND e.event_type_id = %s"
    " AND e.occurred_at BETWEEN %s AND %s) >= 2",
)
STEP: Final = 250_000
WRITERS: Final = 2


@register
class AudienceBench(Bench):
    """*City and tag A and not tag B and bought at least twice in 30 days*, over everybody."""

    name = "audience"
    about = "an exact count of an audience by kept sets, against plain SQL over the base tables"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=1_000_000)
        parser.add_argument("--times", type=int, default=21, help="counts of which is the median")

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        started = perf_counter()
        fill(options["customers"])
        fill_s = round(perf_counter() - started, 1)
        yield {**figures(options["customers"], options["times"]), "fill_s": fill_s}


def figures(size: int, times: int) -> Line:
    """Build what the rule needs, count both ways, and what it took; in a filled database."""
    rule, problems = read_rule(RULE)
    if rule is None:
        raise RuntimeError(problems)
    type_id = EventType.objects.get(code="order_paid").pk
    a, b = (Tag.objects.get(code=code).pk for code in "ab")
    count(rule, now=NOW)
    build_s, waits = 0.0, True
    while waits:
        # Between two looks it waits for transactions of others to end, which builds nothing.
        started = perf_counter()
        waits = build_wanted(now=NOW) > 0
        build_s += perf_counter() - started
        sleep(0.1)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE customers_bitchunk")
        cursor.execute("SELECT pg_total_relation_size('customers_bitchunk')")
        size_bytes = cursor.fetchone()[0]
    last = count(rule, now=NOW)
    if last.by != "bits":
        raise RuntimeError("The kept sets did not answer.")
    ms, number = _timed(lambda: count(rule, now=NOW).number, times)
    floors = [
        _timed(lambda sql=sql: _plain(sql, a, b, type_id), 3)  # type: ignore[misc]
        for sql in _BOUGHT
    ]
    ms_sql, number_sql = min(floors)
    return {
        "customers": size,
        "count": number,
        "count_sql": number_sql,
        "looked_at": last.looked_at,
        "ms": round(ms, 1),
        "ms_sql": round(ms_sql, 1),
        "ratio": round(ms_sql / ms, 1),
        "build_s": round(build_s, 1),
        "bytes": size_bytes,
    }


def fill(size: int) -> None:
    """Make so many customers, two tags, and three purchases for every two of them in 97 days."""
    kind = EventType.objects.create(code="order_paid", first_seen_at=NOW, last_seen_at=NOW)
    a, b = (Tag.objects.create(code=code, name=code) for code in "ab")
    Attribute.objects.create(code="city", name="City", data_type="text")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customers_ensure_event_partitions(%s, %s)", [NOW - timedelta(days=100), NOW]
        )
        with _bare(cursor, "customers_customer", "customers_customertag", "customers_event"):
            _in_parts(_PEOPLE, size, [NOW - timedelta(days=400)])
            for tag, salt, every in ((a, 1, 3), (b, 2, 5)):
                _in_parts(_TAGS, size, [tag.pk, NOW - timedelta(days=9), salt, every])
            _in_parts(_EVENTS, size * 3 // 2, [size, kind.pk, NOW, NOW])
        for table in ("customers_customer", "customers_event"):
            # Whoever comes in later by the door gets the ids behind these.
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )
        for table in ("customers_customer", "customers_customertag", "customers_event"):
            cursor.execute(f"VACUUM ANALYZE {table}")


# helpers


@contextmanager
def _bare(cursor: Any, *tables: str) -> Iterator[None]:
    """Drop the indexes that no constraint needs and make them again at once, and let no trigger
    keep what comes in: faster in bulk. There are no kept sets yet that had to hear of it."""
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " WHERE i.indrelid = ANY(%s::regclass[]) AND NOT EXISTS"
        " (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
        [list(tables)],
    )
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    cursor.execute("SET maintenance_work_mem = '512MB'")
    for _name, definition in indexes:
        # Of a table in parts it says ON ONLY, which would make an index of no part.
        cursor.execute(definition.replace(" ON ONLY ", " ON "))
    cursor.execute("RESET maintenance_work_mem")


def _in_parts(sql: str, size: int, params: list[Any]) -> None:
    """Run a statement over 1 … size in parts, two at a time."""

    def fill_part(first: int) -> None:
        last = min(size, first + STEP - 1)
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(sql.format(first=first, last=last), params)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(fill_part, range(1, size + 1, STEP)))


def _plain(bought: str, a: int, b: int, type_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN.format(bought=bought), [a, b, type_id, NOW - timedelta(days=30), NOW])
        return int(cursor.fetchone()[0])


def _timed(work: Callable[[], int], times: int) -> tuple[float, int]:
    """(median milliseconds, what came out)."""
    spent, found = [], 0
    for _ in range(times):
        started = perf_counter()
        found = work()
        spent.append((perf_counter() - started) * 1000)
    return median(spent), found
