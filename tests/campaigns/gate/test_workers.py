"""Several workers, as real processes, over the same customers: no cap is ever broken."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import pytest
from django.db import connection

from campaigns.models import Candidate, Decision, Message
from config.places import BASE_DIR
from config.scratch import scratch_database
from customers.models import Customer
from tests.campaigns.gate.worker import clock
from tests.campaigns.making import Shop, make_candidate, make_cap, make_customers, make_shop

HOUR = timedelta(hours=1)
LIMIT = 2
SECONDS = 5.0
# On a machine that is busy with other tests two workers seldom meet; one that is broken is enough.
SECONDS_TO_BREAK = 40.0


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """An empty Waypost whose rows other processes can see, and which nobody has to clean up."""
    with django_db_blocker.unblock(), scratch_database(f"gate_workers_{os.getpid()}") as scratch:
        yield scratch.database
        connection.close()


def run_workers(
    database: str,
    now: datetime,
    mode: str,
    *,
    workers: int,
    kill: int = 0,
    seconds: float = SECONDS,
    enough: Callable[[], bool] = lambda: False,
) -> list[tuple[int, datetime]]:
    """Feed candidates while *workers* decide them; returns (customer, moment) of what went out.

    It ends after *seconds*, or before, when there is *enough*.
    """
    shop = make_shop(now)
    make_cap(LIMIT, HOUR)
    people = make_customers(shop, 24, now)
    shop.content()
    arguments = [database, str(seconds), mode]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.campaigns.gate.worker", *arguments],
            cwd=BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(workers)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    began = time.time()
    for process in running:
        assert process.stdin is not None
        process.stdin.write(f"{began} {now.isoformat()}\n")
        process.stdin.flush()
    if feed(shop, people, now, began, seconds, running[:kill], enough):
        kill = workers
        for process in running:
            process.kill()
    errors = [process.communicate(timeout=60)[1] for process in running]
    codes = [process.returncode for process in running]
    assert codes == [-signal.SIGKILL] * kill + [0] * (workers - kill), errors
    return sent()


def sent() -> list[tuple[int, datetime]]:
    """Customer and moment of every message, in this order."""
    return list(
        Message.objects.order_by("customer", "accepted_at").values_list(
            "customer_id", "accepted_at"
        )
    )


def feed(
    shop: Shop,
    people: list[Customer],
    now: datetime,
    began: float,
    seconds: float,
    victims: list[subprocess.Popen[str]],
    enough: Callable[[], bool],
) -> bool:
    """Whether there was enough before the time was over."""
    dice = random.Random(4)
    killing = began + seconds / 2
    looking = began
    while time.time() < began + seconds - 0.5:
        Candidate.objects.bulk_create(
            make_candidate(
                shop,
                dice.choice(people),
                clock(began, now),
                priority=dice.randint(0, 100),
                save=False,
            )
            for _ in range(4)
        )
        if victims and time.time() > killing:
            victims.pop().kill()
        if time.time() > looking:
            if enough():
                return True
            looking = time.time() + 0.25
        time.sleep(0.004)
    return False


def broken_caps(sent: list[tuple[int, datetime]]) -> int:
    """How often more than the limit went to one customer within an hour."""
    broken = 0
    for _customer, rows in groupby(sent, key=lambda row: row[0]):
        at = [moment for _c, moment in rows]
        broken += sum(b - a < HOUR for a, b in zip(at, at[LIMIT:], strict=False))
    return broken


@pytest.mark.parametrize(("workers", "kill"), [(2, 0), (4, 1)])
def test_no_cap_is_broken(database: str, now: datetime, workers: int, kill: int) -> None:
    all_sent = run_workers(database, now, "leased", workers=workers, kill=kill)
    assert len(all_sent) > 24 * LIMIT
    assert broken_caps(all_sent) == 0
    assert (
        Decision.objects.count()
        == Candidate.objects.filter(state__in=["allowed", "stopped"]).count()
    )
    assert Message.objects.count() == Candidate.objects.filter(state="allowed").count()


def test_without_the_lease_caps_break(database: str, now: datetime) -> None:
    """Shows that the test above would notice."""

    def one_is_broken() -> bool:
        return broken_caps(sent()) > 0

    found = run_workers(
        database, now, "unleased", workers=4, seconds=SECONDS_TO_BREAK, enough=one_is_broken
    )
    assert broken_caps(found) > 0
