"""`bench gate`: candidates decided per second with every rule on, against bare SQL that writes the
same verdicts.

Several processes decide what is due at one moment, as workers do. Then tables of the same shape,
with every index and check, get the same rows by one statement each over one connection: nothing is
looked at, what each row says has been decided by the run before. What the product adds is looking.
"""

from __future__ import annotations

import multiprocessing
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any, Final

from django.db import connection, transaction

from campaigns.bench.world import NOW, make_world
from campaigns.gate import decide
from campaigns.models import Candidate
from config.bench import Bench, Line, register
from config.database.base import close_pools
from config.wake import no_wakes

_FORK = multiprocessing.get_context("fork")

_FLOOR: Final = (
    """UPDATE floor_candidate f SET state = c.state, rule = c.rule, detail = c.detail,
        decided_at = c.decided_at, due_at = c.due_at
    FROM campaigns_candidate c WHERE c.id = f.id AND c.node = 'send'""",
    "INSERT INTO floor_decision SELECT * FROM campaigns_decision",
    """INSERT INTO floor_message SELECT m.* FROM campaigns_message m
    WHERE m.node = 'send' ORDER BY m.id""",
)
# Messages that must not have gone, counted in another way than the gate decides.
_VIOLATIONS: Final = """
SELECT
    (SELECT count(*) FROM (
        SELECT count(*) OVER w AS n, purpose FROM campaigns_message WHERE purpose = 'marketing'
        WINDOW w AS (PARTITION BY customer_id ORDER BY accepted_at
            RANGE BETWEEN '23:59:59.999999' PRECEDING AND CURRENT ROW)
    ) x WHERE n > 2)
    + (SELECT count(*) FROM (
        SELECT 1 FROM campaigns_message
        GROUP BY customer_id, date_trunc('week', accepted_at AT TIME ZONE 'Asia/Shanghai')
        HAVING count(*) > 3) x)
    + (SELECT count(*) FROM (
        SELECT 1 FROM campaigns_message WHERE channel = 'sms' GROUP BY customer_id
        HAVING count(*) > 1) x)
    + (SELECT count(*) FROM campaigns_message m JOIN customers_customer c ON c.id = m.customer_id
        WHERE m.node = 'send' AND c.timezone = 'America/New_York')
    + (SELECT count(*) FROM campaigns_message m JOIN customers_consent c USING (customer_id)
        WHERE m.node = 'send' AND m.purpose = 'marketing' AND c.channel = m.channel
          AND c.purpose = 'marketing' AND c.state <> 'granted')
    + (SELECT count(*) FROM campaigns_message m JOIN campaigns_suppression s USING (customer_id)
        WHERE m.node = 'send')
    + (SELECT count(*) FROM (
        SELECT 1 FROM campaigns_message WHERE node = 'send' AND purpose = 'marketing'
        GROUP BY customer_id HAVING count(*) > 1) x)
    + (SELECT abs(count(*) - (SELECT count(*) FROM campaigns_decision))
        FROM campaigns_candidate WHERE node = 'send' AND decided_at IS NOT NULL)
"""


@register
class GateBench(Bench):
    """One line. `violations` counts broken promises, recounted from the messages."""

    name = "gate"
    about = "decisions per second with every rule on, against bare SQL writing the same verdicts"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--candidates", type=int, default=100_000)
        parser.add_argument("--workers", type=int, default=1, help="processes that decide")

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        candidates, workers = options["candidates"], options["workers"]
        make_world(candidates)
        copy_candidates()
        before = _wal()
        seconds = run(workers)
        wal = _wal() - before
        left = Candidate.objects.filter(state="waiting").count()
        if left:
            raise RuntimeError(f"{left} of {candidates} candidates were not decided.")
        with connection.cursor() as cursor:
            cursor.execute(_VIOLATIONS)
            ((violations,),) = cursor.fetchall()
        floor = floor_seconds()
        yield {
            "candidates": candidates,
            "workers": workers,
            "decisions_per_s": round(candidates / seconds),
            "floor_per_s": round(candidates / floor),
            "ratio": round(floor / seconds, 3),
            "wal_bytes_per_decision": round(wal / candidates),
            "violations": violations,
        }


def run(workers: int) -> float:
    """Decide everything; returns the seconds."""
    close_pools()
    processes = [_FORK.Process(target=_work, daemon=True) for _ in range(workers)]
    began = perf_counter()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    seconds = perf_counter() - began
    if any(process.exitcode for process in processes):
        raise RuntimeError("A worker of the bench failed; its error stands above.")
    return seconds


def copy_candidates() -> None:
    """The candidates as they are before anything is decided, for the floor."""
    with connection.cursor() as cursor:
        for table, fill in (("candidate", 70), ("message", 70), ("decision", 100)):
            cursor.execute(f"CREATE TABLE floor_{table} (LIKE campaigns_{table} INCLUDING ALL)")
            cursor.execute(f"ALTER TABLE floor_{table} SET (fillfactor = {fill})")
        cursor.execute("INSERT INTO floor_candidate SELECT * FROM campaigns_candidate ORDER BY id")
        cursor.execute("VACUUM ANALYZE floor_candidate")
        cursor.execute("CHECKPOINT")


def floor_seconds() -> float:
    """Seconds that the bare statements take, each of them committed."""
    seconds = 0.0
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        for statement in _FLOOR:
            began = perf_counter()
            with transaction.atomic():
                cursor.execute(statement)
            seconds += perf_counter() - began
    return seconds


# helpers


def _work() -> None:
    try:
        with no_wakes():
            while decide(NOW).more:
                pass
    finally:
        connection.close()


def _wal() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")
        ((position,),) = cursor.fetchall()
    return int(position)
