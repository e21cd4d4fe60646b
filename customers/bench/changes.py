"""`bench changes`: tags change fast, and the kept sets follow."""

from __future__ import annotations

import random
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
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
from customers.tags import TagSet, apply

RULE: Final = {"all": [{"tag": "a"}, {"not": {"tag": "b"}}]}
WRITERS: Final = 2
# What comes in by the door meanwhile, and how often.
INGESTED: Final = 50
EVERY: Final = 0.1


@dataclass(frozen=True, slots=True)
class Run:
    """`per_s` tags changed a second; `lag`: how long the follower needed after the last of them;
    `probe_ms`: the median of a batch of events that came in by the door meanwhile."""

    per_s: float
    lag: float
    probe_ms: float


@register
class ChangesBench(Bench):
    """Tag changes at a rate by the function that every change of tags goes through: once without
    kept sets, once with sets that follow. Beside them events come in by the door, at a steady
    pace; what a batch of them takes tells what the sets cost everybody else."""

    name = "changes"
    about = "kept sets that follow tag changes: how far behind, how right, at whose cost"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=200_000)
        parser.add_argument("--rate", type=int, default=50_000, help="tag changes a second")
        parser.add_argument("--seconds", type=int, default=60)
        parser.add_argument("--batch", type=int, default=5_000, help="changes in one transaction")

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        size, rate, seconds = options["customers"], options["rate"], options["seconds"]
        batch = options["batch"]
        fill(size)
        tagged = _Tagged(Tag.objects.get(code="a").pk, size)
        alone = _run(tagged, 0, min(seconds, 10), batch, follower=None)
        bare = _run(tagged, rate, seconds, batch, follower=None)
        rule, problems = read_rule(RULE)
        if rule is None:
            raise RuntimeError(problems)
        count(rule, now=NOW)
        while build_wanted(now=NOW):
            sleep(0.1)
        kept = _run(tagged, rate, seconds, batch, follower=_follow)
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


class _Tagged:
    """Who has the tag: whoever has it loses it next, and whoever does not have it gets it."""

    def __init__(self, tag_id: int, size: int) -> None:
        self.tag_id, self.size = tag_id, size
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT customer_id FROM customers_customertag WHERE tag_id = %s", [tag_id]
            )
            self.has = bytearray(size + 1)
            for (customer_id,) in cursor.fetchall():
                self.has[customer_id] = 1

    def turn(self, chance: random.Random, part: int, count: int) -> list[TagSet]:
        """Changes of so many customers of one part of all."""
        changes = []
        for id in chance.sample(range(1 + part, self.size + 1, WRITERS), count):
            self.has[id] ^= 1
            changes.append(TagSet(id, self.tag_id, "", bool(self.has[id]), NOW))
        return changes


def _run(
    tagged: _Tagged,
    rate: int,
    seconds: int,
    batch: int,
    *,
    follower: Callable[[Event], None] | None,
) -> Run:
    """Change tags for so long, with events beside them."""
    over, written = Event(), Event()
    with ThreadPoolExecutor(WRITERS + 2) as pool:
        probe = pool.submit(_own(_ingest), tagged.size, over)
        following = pool.submit(_own(follower), written) if follower else None
        started = perf_counter()
        writers = [
            pool.submit(_own(_change), tagged, part, rate / WRITERS, seconds, batch)
            for part in range(WRITERS)
        ]
        changes = sum(each.result() for each in writers)
        took = perf_counter() - started
        over.set()
        written.set()
        if following is not None:
            following.result()
        lag = perf_counter() - started - took
        return Run(changes / took, lag, median(probe.result()))


def _own(work: Callable[..., Any]) -> Callable[..., Any]:
    """In a thread, with a connection that is closed at its end."""

    def run(*args: Any) -> Any:
        with closing(connection):
            return work(*args)

    return run


def _change(tagged: _Tagged, part: int, rate: float, seconds: int, batch: int) -> int:
    """Changes for so many seconds, never more of them than the rate says."""
    chance, done, started = random.Random(part), 0, perf_counter()
    while (passed := perf_counter() - started) < seconds:
        if done >= passed * rate:
            sleep(0.002)
            continue
        done += apply(tagged.turn(chance, part, batch), source_id=None, now=NOW)
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


def _ingest(size: int, over: Event) -> list[float]:
    """How long each batch of events took that came in by the door, in milliseconds."""
    chance, spent = random.Random(7), []
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
