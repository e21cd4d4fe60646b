"""`bench changes`: tags change fast, and the kept sets follow."""

from __future__ import annotations

import random
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, gcd
from statistics import median
from threading import Event
from time import perf_counter, sleep
from typing import Any, Final

from django.db import connection, transaction

from config.bench import Bench, Line, register
from customers.bench.audience import NOW, fill
from customers.bits import count
from customers.bits.build import build_wanted
from customers.bits.follow import BATCH, follow, sweep
from customers.bits.upkeep import compare
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import BitSet, Tag
from customers.rules import Rule, read_rule
from customers.rules import count as count_rows
from customers.tags.writing import change

RULE: Final = {"all": [{"tag": "a"}, {"not": {"tag": "b"}}]}
WRITERS: Final = 2
# What comes in by the door meanwhile, and how often.
INGESTED: Final = 50
EVERY: Final = 0.1
# Seconds from one start of the follower's task to the next; see the periodic tasks of the app.
FOLLOWED: Final = 2.0
_TABLE = """
CREATE UNLOGGED TABLE bench_change (
    part int NOT NULL, n int NOT NULL, customer_id bigint NOT NULL, added boolean NOT NULL)
"""
# The changes of a part from the first one on: in each round through its customers everybody is
# turned round once.
_PREPARE = """
INSERT INTO bench_change (part, n, customer_id, added)
SELECT %(part)s, k / %(batch)s, c.id, ((k - %(first)s) / %(own)s %% 2 = 0)
    = (NOT EXISTS (SELECT 1 FROM customers_customertag t
                  WHERE t.customer_id = c.id AND t.tag_id = %(tag)s))
FROM generate_series(%(first)s::bigint, %(last)s) k,
    LATERAL (SELECT 1 + %(part)s + %(parts)s * (k * %(step)s %% %(own)s) AS id) c
"""
_CHANGES = """
SELECT customer_id, %(tag)s::bigint, '', added, %(now)s::timestamptz
FROM bench_change WHERE part = %(part)s AND n = %(n)s
"""


@dataclass(frozen=True, slots=True)
class Run:
    """`per_s` tags changed a second; `lag`: how long the follower needed after the last of them;
    `probe_ms`: the median of a batch of events that came in by the door meanwhile."""

    per_s: float
    lag: float
    probe_ms: float


@register
class ChangesBench(Bench):
    """Tag changes at a rate by the statement that everybody uses who changes tags in bulk: once
    without kept sets, once with sets that follow. Beside them events come in by the door, at a
    steady pace; what a batch of them takes tells what the sets cost everybody else: `slowdown` sets
    it against the same batches beside the same changes without kept sets. Beside a machine at rest
    (`probe_ms_alone`) it would tell what the changes themselves cost, which share its processors.
    `lag_s` is counted from the moment when the last change stood there to the one when nothing
    was left to follow."""

    name = "changes"
    about = "kept sets that follow tag changes: how far behind, how right, at whose cost"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=200_000)
        parser.add_argument("--rate", type=int, default=50_000, help="tag changes a second")
        parser.add_argument("--seconds", type=int, default=60)
        parser.add_argument("--batch", type=int, default=25_000, help="changes in one transaction")

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        size, rate, seconds = options["customers"], options["rate"], options["seconds"]
        fill(size)
        prepared = _Prepared(Tag.objects.get(code="a").pk, size, options["batch"])
        alone = _run(prepared, 0, min(seconds, 10), follower=None)
        prepared.make(rate * seconds)
        bare = _run(prepared, rate, seconds, follower=None)
        rule, problems = read_rule(RULE)
        if rule is None:
            raise RuntimeError(problems)
        count(rule, now=NOW)
        while build_wanted(now=NOW):
            sleep(0.1)
        prepared.make(rate * seconds)
        kept = _run(prepared, rate, seconds, follower=_follow)
        # Whatever was not followed would be put right here, so the drift is asked first.
        differs = _differs(rule)
        yield {
            "customers": size,
            "asked_per_s": rate,
            "changes_per_s": round(kept.per_s),
            "changes_per_s_without_sets": round(bare.per_s),
            "lag_s": round(kept.lag, 2),
            "drift": compare(BitSet.objects.all(), now=NOW),
            "differs": differs,
            "probe_ms": round(kept.probe_ms, 1),
            "probe_ms_without_sets": round(bare.probe_ms, 1),
            "probe_ms_alone": round(alone.probe_ms, 1),
            "slowdown": round(kept.probe_ms / bare.probe_ms - 1, 3),
        }


# helpers


class _Prepared:
    """Changes that wait in a table, as a file or a refresh of a tag brings them: whoever has the
    tag loses it, and whoever does not have it gets it. The customers of each writer come in turn,
    far from each other, each once in a round."""

    def __init__(self, tag_id: int, size: int, batch: int) -> None:
        self.tag_id, self.size, self.batch = tag_id, size, min(batch, size // WRITERS)
        self.taken = [0] * WRITERS
        with connection.cursor() as cursor:
            cursor.execute(_TABLE)

    def make(self, count: int) -> None:
        """Prepare so many changes behind those that were taken; those left over are forgotten."""
        own = self.size // WRITERS
        step = next(n for n in range(int(own * 0.618) | 1, 2 * own, 2) if gcd(n, own) == 1)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE bench_change")
            for part in range(WRITERS):
                first = self.taken[part]
                values = {
                    "part": part,
                    "parts": WRITERS,
                    "own": own,
                    "step": step,
                    "batch": self.batch,
                    "first": first * self.batch,
                    "last": (first + ceil(count / WRITERS / self.batch) + 1) * self.batch - 1,
                    "tag": self.tag_id,
                }
                cursor.execute(_PREPARE, values)
            cursor.execute(
                "CREATE INDEX IF NOT EXISTS bench_change_batch ON bench_change (part, n)"
            )
            cursor.execute("VACUUM ANALYZE bench_change")

    def write(self, part: int) -> int:
        """Change the next batch by the statement of all who change in bulk; how many changed."""
        n = self.taken[part]
        self.taken[part] += 1
        with transaction.atomic(), connection.cursor() as cursor:
            values = {"tag": self.tag_id, "part": part, "n": n, "now": NOW}
            return sum(change(cursor, _CHANGES, values, tag_ids=[self.tag_id], source_id=None))


def _run(
    prepared: _Prepared,
    rate: int,
    seconds: int,
    *,
    follower: Callable[[Event], None] | None,
) -> Run:
    """Change tags for so long, with events beside them."""
    over, written = Event(), Event()
    with ThreadPoolExecutor(WRITERS + 2) as pool:
        probe = pool.submit(_own(_ingest), prepared.size, over)
        following = pool.submit(_own(follower), written) if follower else None
        started = perf_counter()
        writers = [
            pool.submit(_own(_change), prepared, part, rate / WRITERS, seconds)
            for part in range(WRITERS)
        ]
        done = [each.result() for each in writers]
        took = perf_counter() - started
        over.set()
        written.set()
        if following is not None:
            following.result()
        lag = perf_counter() - max(at for _changes, at in done)
        return Run(sum(changes for changes, _at in done) / took, lag, median(probe.result()))


def _own(work: Callable[..., Any]) -> Callable[..., Any]:
    """In a thread, with a connection that is closed at its end."""

    def run(*args: Any) -> Any:
        with closing(connection):
            return work(*args)

    return run


def _change(prepared: _Prepared, part: int, rate: float, seconds: int) -> tuple[int, float]:
    """Change for so many seconds, never more than the rate says; how many, and when the last
    of them stood there."""
    done, started = 0, perf_counter()
    last = started
    while (passed := perf_counter() - started) < seconds:
        if done >= passed * rate:
            sleep(0.002)
            continue
        done += prepared.write(part)
        last = perf_counter()
    return done, last


def _follow(over: Event) -> None:
    """As the task does, as often as the clock starts it; to the end once no more changes come."""
    while True:
        last = over.is_set()
        taken = follow(now=NOW)
        sweep()
        if last and not taken:
            return
        if taken < BATCH:
            over.wait(FOLLOWED)


def _ingest(size: int, over: Event) -> list[float]:
    """How long each batch of events took that came in by the door, in milliseconds."""
    chance = random.Random(7)
    spent: list[float] = []
    while not over.is_set() or not spent:
        items = [
            Item(
                str(n),
                [("member_id", f"m{chance.randrange(size)}")],
                events=[EventFact("app_opened", NOW - timedelta(minutes=n), {})],
            )
            for n in range(INGESTED)
        ]
        started = perf_counter()
        with transaction.atomic():
            ingest(Batch("bench", items), now=NOW)
        spent.append((perf_counter() - started) * 1000)
        over.wait(EVERY)
    return spent


def _differs(rule: Rule) -> int:
    """The answer by sets less the answer by rows."""
    return count(rule, now=NOW).number - count_rows(rule, now=NOW)
