"""`bench changes`: tags change fast, and the kept sets follow."""

from __future__ import annotations

import random
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from threading import Event
from time import perf_counter, sleep
from typing import Any, Final

from django.db import connection, transaction

from config.bench import Bench, Line, register
from customers.bench.audience import NOW, fill
from customers.bits import count
from customers.bits.build import build_wanted
from customers.bits.follow import follow, sweep
from customers.bits.upkeep import compare
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import BitSet, Tag
from customers.rules import Rule, read_rule
from customers.rules import count as count_rows

RULE: Final = {"all": [{"tag": "a"}, {"not": {"tag": "b"}}]}
# Whoever has the tag loses it, and whoever does not have it gets it; the history is written too.
_TOGGLE: Final = """
WITH picked AS MATERIALIZED (
    SELECT DISTINCT 1 + floor(random() * %(size)s)::bigint AS id FROM generate_series(1, %(n)s)
), gone AS (
    DELETE FROM customers_customertag t USING picked p
    WHERE t.customer_id = p.id AND t.tag_id = %(tag)s RETURNING t.customer_id
), came AS (
    INSERT INTO customers_customertag (customer_id, tag_id, value, since)
    SELECT id, %(tag)s, '', %(now)s FROM picked p WHERE NOT EXISTS (
        SELECT 1 FROM customers_customertag t WHERE t.customer_id = p.id AND t.tag_id = %(tag)s)
    ORDER BY id ON CONFLICT DO NOTHING RETURNING customer_id
), told AS (
    INSERT INTO customers_tagchange (customer_id, tag_id, value, added, at)
    SELECT customer_id, %(tag)s, '', false, %(now)s FROM gone
    UNION ALL SELECT customer_id, %(tag)s, '', true, %(now)s FROM came
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM came)
"""
BATCH: Final = 5_000
INGESTED: Final = 200


@register
class ChangesBench(Bench):
    """Tag changes at a rate, once without kept sets and once with sets that follow them; beside
    them events come in by the door, whose rate tells what the sets cost everybody else."""

    name = "changes"
    about = "kept sets that follow tag changes: how far behind, how right, at whose cost"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=200_000)
        parser.add_argument("--rate", type=int, default=50_000, help="tag changes a second")
        parser.add_argument("--seconds", type=int, default=60)

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        size, rate, seconds = options["customers"], options["rate"], options["seconds"]
        fill(size)
        tag_id = Tag.objects.get(code="a").pk
        bare = _run(size, tag_id, rate, seconds, follower=None)
        rule, problems = read_rule(RULE)
        if rule is None:
            raise RuntimeError(problems)
        count(rule, now=NOW)
        while build_wanted(now=NOW):
            sleep(0.1)
        kept = _run(size, tag_id, rate, seconds, follower=_follow)
        drift = compare(BitSet.objects.all(), now=NOW)
        yield {
            "customers": size,
            "changes": kept["changes"],
            "per_s": round(kept["changes"] / kept["seconds"]),
            "per_s_bare": round(bare["changes"] / bare["seconds"]),
            "lag_s": round(kept["lag"], 2),
            "drift": drift,
            "differs": _differs(rule),
            "events_per_s": round(kept["events"] / kept["seconds"]),
            "events_per_s_bare": round(bare["events"] / bare["seconds"]),
        }


# helpers


def _run(
    size: int, tag_id: int, rate: int, seconds: int, *, follower: Callable[[Event], None] | None
) -> dict[str, Any]:
    """Change tags for so long, with events beside them; what was done, and how long the follower
    needed after the last change."""
    over = Event()
    with ThreadPoolExecutor(3) as pool:
        events = pool.submit(_own(_ingest), size, over)
        following = pool.submit(_own(follower), over) if follower else None
        started = perf_counter()
        changes = pool.submit(_own(_change), size, tag_id, rate, seconds).result()
        took = perf_counter() - started
        over.set()
        if following is not None:
            following.result()
        lag = perf_counter() - started - took
        return {"changes": changes, "seconds": took, "events": events.result(), "lag": lag}


def _own(work: Callable[..., Any]) -> Callable[..., Any]:
    """In a thread, with a connection that is closed at its end."""

    def run(*args: Any) -> Any:
        with closing(connection):
            return work(*args)

    return run


def _change(size: int, tag_id: int, rate: int, seconds: int) -> int:
    done, started = 0, perf_counter()
    while (passed := perf_counter() - started) < seconds:
        if done >= passed * rate:
            sleep(0.005)
            continue
        with connection.cursor() as cursor:
            values: dict[str, Any] = {"size": size, "n": BATCH, "tag": tag_id, "now": NOW}
            cursor.execute(_TOGGLE, values)
            done += int(cursor.fetchone()[0])
    return done


def _follow(over: Event) -> None:
    """As the task does; to the end of the changes once no more come."""
    while True:
        last = over.is_set()
        taken = follow(now=NOW)
        sweep()
        if last and not taken:
            return
        over.wait(0.5)


def _ingest(size: int, over: Event) -> int:
    """Events of customers that come in by the door, as fast as it goes."""
    chance, done = random.Random(7), 0
    while not over.is_set():
        items = [
            Item(
                str(n),
                [("member_id", f"m{chance.randrange(size)}")],
                events=[EventFact("app_opened", NOW - timedelta(minutes=n), {})],
            )
            for n in range(INGESTED)
        ]
        with transaction.atomic():
            ingest(Batch("bench", items), now=NOW)
        done += INGESTED
    return done


def _differs(rule: Rule) -> int:
    """The answer by sets less the answer by rows."""
    return count(rule, now=NOW).number - count_rows(rule, now=NOW)
