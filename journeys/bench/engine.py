"""`bench engine`: the reference journey through the product's own engine, against bare SQL.

The clock is virtual: everybody enters at one moment and the day of the wait is skipped. Nothing
else is: entry, walking, history, timers, candidates and counts are written and committed by as
many processes as asked for, each a worker that only knows the database.
"""

from __future__ import annotations

import multiprocessing
import resource
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from datetime import datetime
from time import perf_counter, sleep
from typing import Any

from django.db import connection

from config.bench import Bench, Line, register
from config.database.base import close_pools
from config.wake import no_wakes
from journeys.bench.floor import floor_seconds
from journeys.bench.world import T0, T1, make_world
from journeys.engine.tick import tick
from journeys.models import AudienceEntry, Enrollment, NodeCount, Timer

_FORK = multiprocessing.get_context("fork")


@register
class EngineBench(Bench):
    """One line. `rss_mb` is the largest worker's; `ratio` is the floor's time by the product's."""

    name = "engine"
    about = "customers per second through the reference journey, against the same rows by bare SQL"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=100_000)
        parser.add_argument("--workers", type=int, default=1, help="processes that walk them")
        parser.add_argument(
            "--interpreted",
            action="store_true",
            help="nothing compiled: as nodes are that can't be",
        )

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        customers, workers = options["customers"], options["workers"]
        journey = make_world(customers)
        before = _wal()
        seconds, rss = run(workers, compiled=not options.get("interpreted", False))
        wal = _wal() - before
        check(journey.pk, customers)
        steps = sum(
            NodeCount.objects.filter(version__journey=journey)
            .exclude(outcome="")
            .values_list("n", flat=True)
        )
        floor = floor_seconds()
        yield {
            "customers": customers,
            "workers": workers,
            "customers_per_s": round(customers / seconds),
            "steps_per_s": round(steps / seconds),
            "wal_bytes_per_customer": round(wal / customers),
            "rss_mb": round(rss, 1),
            "floor_customers_per_s": round(customers / floor),
            "ratio": round(floor / seconds, 3),
        }


def run(workers: int, *, compiled: bool = True) -> tuple[float, float]:
    """Everybody enters and walks to the wait, then from the wait to the end.

    Returns the seconds of both parts together and the memory of the largest worker in MB.
    """
    seconds, largest = 0.0, 0.0
    for now in (T0, T1):
        close_pools()
        answers: Any = _FORK.Queue()
        processes = [
            _FORK.Process(target=_work, args=(now, answers, compiled), daemon=True)
            for _ in range(workers)
        ]
        began = perf_counter()
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        seconds += perf_counter() - began
        if any(process.exitcode for process in processes):
            raise RuntimeError("A worker of the bench failed; its error stands above.")
        largest = max([largest, *(answers.get(timeout=5) for _ in processes)])
    return seconds, largest


def check(journey_id: int, customers: int) -> None:
    """Raise RuntimeError unless everybody has walked to the end: a bench that measures less than it
    says is worse than none."""
    walks = Enrollment.objects.filter(journey_id=journey_id)
    finished = walks.filter(state="finished").count()
    if not finished == walks.count() == customers:
        raise RuntimeError(f"Only {finished} of {customers} customers came to an end.")


# helpers


def _work(now: datetime, answers: Any, compiled: bool) -> None:
    """A worker: looks again until nobody is due and all are in."""
    try:
        with no_wakes():
            while True:
                tick(now, budget_seconds=5.0, compiled=compiled)
                if not _is_left(now):
                    break
                sleep(0.005)
        answers.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    finally:
        connection.close()


def _is_left(now: datetime) -> bool:
    return (
        Timer.objects.filter(due_at__lte=now).exists()
        or AudienceEntry.objects.filter(finished_at=None).exists()
    )


def _wal() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")
        return int(cursor.fetchone()[0])
