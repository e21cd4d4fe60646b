"""Two, four and eight workers, killed at random, under every kind of rule: each verdict is the one
that a single worker would have given in this order.

The order is that of the ledger: a customer's decisions are written under the lease of her bucket.
Those that consent, suppression and quiet hours took away are counted by hand; the rest is told to
the plain loop of `oracle`, decision by decision.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from datetime import time as clock_time
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import Count

from campaigns.models import (
    Arbitration,
    Candidate,
    Content,
    Decision,
    FrequencyCap,
    Message,
    QuietHours,
    Suppression,
)
from config.places import BASE_DIR
from config.scratch import scratch_database
from customers.models import Consent, Customer
from tests.campaigns.gate.oracle import Oracle
from tests.campaigns.gate.worker import clock
from tests.campaigns.making import Shop, make_candidate, make_cap, make_customers, make_shop

HOUR = timedelta(hours=1)
ZONES = ["UTC", "Asia/Shanghai", "America/St_Johns", "Pacific/Apia"]
NIGHT = (clock_time(21), clock_time(8))
SECONDS = 24.0  # a day on the workers' clock, so that every zone has its night
BY_HAND = {"consent", "suppression", "quiet_hours"}


class House:
    """A brand, customers on four clocks, some who said no and some who are suppressed."""

    def __init__(self, now: datetime) -> None:
        self.dice = random.Random(11)
        self.shop: Shop = make_shop(now)
        self.people: list[Customer] = make_customers(self.shop, 48, now)
        for number, each in enumerate(self.people):
            each.timezone = ZONES[number % len(ZONES)]
        Customer.objects.bulk_update(self.people, ["timezone"])
        self.zones = {each.pk: each.timezone for each in self.people}
        self.said_no = {each.pk for each in self.people[::5]}
        Consent.objects.filter(customer__in=self.said_no).update(state="denied")
        self.suppressed = {each.pk for each in self.people[::7]}
        Suppression.objects.bulk_create(
            Suppression(scope="customer", customer_id=pk, reason="manual", at=now)
            for pk in self.suppressed
        )
        QuietHours.objects.create(starts=NIGHT[0], ends=NIGHT[1])
        self.caps: list[FrequencyCap] = [
            make_cap(2, 3 * HOUR, purpose="marketing"),
            make_cap(1, 2 * HOUR, channel="sms"),
            make_cap(6, 24 * HOUR, period="day", counts_transactional=True),
        ]
        self.rules = [Arbitration.objects.create(window_seconds=1800)]
        for channel in ("email", "sms"):
            for purpose in ("marketing", "service", "transactional"):
                content = self.shop.content(channel, purpose)
                content.on_loss = "drop" if channel == "sms" else "defer"
                content.save(update_fields=["on_loss"])

    def candidates(self, at: datetime, n: int) -> list[Candidate]:
        dice = self.dice
        return [
            make_candidate(
                self.shop,
                dice.choice(self.people),
                at,
                channel=dice.choice(["email", "sms"]),
                purpose=dice.choice(["marketing", "marketing", "service", "transactional"]),
                priority=dice.choice([10, 50, 90]),
                save=False,
            )
            for _ in range(n)
        ]

    def oracle(self) -> Oracle:
        return Oracle(
            self.caps,
            self.rules,
            {each.pk: each for each in Content.objects.all()},
            zone_of=lambda candidate: self.zones[candidate.customer_id],
        )

    def is_night(self, customer: int, at: datetime) -> bool:
        local = at.astimezone(ZoneInfo(self.zones[customer])).time()
        return local >= NIGHT[0] or local < NIGHT[1]


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    with django_db_blocker.unblock(), scratch_database(f"gate_rules_{os.getpid()}") as scratch:
        yield scratch.database
        connection.close()


def start(database: str, seconds: float, began: float | None, now: datetime) -> Any:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.campaigns.gate.worker", database, str(seconds), "leased"],
        cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    if began is not None:
        begin(process, began, now, wait=False)
    return process


def begin(process: Any, began: float, now: datetime, *, wait: bool = True) -> None:
    if wait:
        assert process.stdout.readline() == "ready\n"
    process.stdin.write(f"{began} {now.isoformat()}\n")
    process.stdin.flush()


def hammer(house: House, database: str, now: datetime, workers: int, kills: int) -> None:
    """Feed the workers for a day on their clock, kill one now and then and start another."""
    running = [start(database, SECONDS, None, now) for _ in range(workers)]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    began = time.time()
    for process in running:
        begin(process, began, now, wait=False)
    killing = sorted(house.dice.uniform(0.1, 0.9) * SECONDS for _ in range(kills))
    while (passed := time.time() - began) < SECONDS - 1:
        Candidate.objects.bulk_create(house.candidates(clock(began, now), 6))
        if killing and passed > killing[0]:
            killing.pop(0)
            victim = running.pop(house.dice.randrange(len(running)))
            victim.kill()
            victim.wait()
            running.append(start(database, SECONDS, began, now))
        time.sleep(0.01)
    for process in running:
        process.communicate(timeout=240)
    assert not killing


def hold(house: House) -> Counter[tuple[str, str]]:
    """Every decision against what it should have been; returns how often each was taken."""
    oracle = house.oracle()
    candidates = Candidate.objects.in_bulk()
    due = {each.pk: each.wanted_at for each in candidates.values()}
    told: Counter[tuple[str, str]] = Counter()
    rows = Decision.objects.order_by("customer_id", "id")
    for (customer, at), batch in groupby(rows, key=lambda row: (row.customer_id, row.decided_at)):
        decided = list(batch)
        told.update((row.verdict, row.rule) for row in decided)
        for row in decided:
            wish = candidates[row.candidate_id]
            promised = wish.purpose == "marketing"
            no = promised and customer in house.said_no
            assert (row.rule == "consent") == no, row
            if not no:
                assert (row.rule == "suppression") == (customer in house.suppressed), row
            if row.rule == "quiet_hours":
                assert house.is_night(customer, at), row
            elif row.rule not in BY_HAND and wish.purpose != "transactional":
                assert not house.is_night(customer, at), row
            candidates[row.candidate_id].due_at = due[row.candidate_id]
        looked = [row for row in decided if row.rule not in BY_HAND]
        words = oracle.decide([candidates[row.candidate_id] for row in looked], at)
        for row in looked:
            word = words[row.candidate_id]
            assert (row.verdict, row.rule) == (word.verdict, word.rule), (row, row.detail, word)
        for row in decided:
            if row.next_at is not None and row.verdict == "deferred":
                due[row.candidate_id] = row.next_at
    return told


@pytest.mark.proof
@pytest.mark.parametrize(("workers", "kills"), [(2, 2), (4, 4), (8, 8)])
def test_verdicts_are_those_of_one_worker_in_order(
    database: str, now: datetime, workers: int, kills: int
) -> None:
    house = House(now)
    hammer(house, database, now, workers, kills)
    told = hold(house)
    assert told["allowed", "passed"] > 100
    for rule in ("frequency_cap", "consent", "suppression"):
        assert told["stopped", rule] > 20, told
    for rule in ("quiet_hours", "arbitration"):
        assert told["deferred", rule] > 20, told
    final = Decision.objects.filter(verdict__in=["allowed", "stopped"])
    twice = final.values("candidate_id").annotate(n=Count("*")).filter(n__gt=1)
    assert not twice.exists()
    ended = Candidate.objects.filter(state__in=["allowed", "stopped"])
    assert final.count() == ended.count()
    sent = Message.objects.values_list("candidate_id", flat=True)
    assert sorted(sent) == sorted(ended.filter(state="allowed").values_list("pk", flat=True))
