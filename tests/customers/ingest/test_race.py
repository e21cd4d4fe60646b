"""Four real processes take in facts about the same people: no deadlock, and nobody twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count

from config.places import BASE_DIR
from config.scratch import scratch_database
from customers.models import Customer, Event, EventKey, Identity

PEOPLE, ROUNDS, WORKERS = 60, 12, 4


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """An empty Waypost whose rows other processes can see."""
    with django_db_blocker.unblock(), scratch_database(f"ingest_race_{os.getpid()}") as scratch:
        yield scratch.database
        connection.close()


def test_four_processes_neither_deadlock_nor_split(database: str) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.customers.ingest.worker", database, str(seed),
             str(PEOPLE), str(ROUNDS)],
            cwd=BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for seed in range(WORKERS)
    ]  # fmt: skip
    for process in running:
        out, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        assert out.strip().endswith("done")
    people = Identity.objects.values("customer_id").annotate(
        values=Count("pk"), spaces=Count("namespace", distinct=True)
    )
    assert {(row["values"], row["spaces"]) for row in people} == {(3, 3)}
    assert Customer.objects.count() == len(people) == PEOPLE
    assert Event.objects.count() == EventKey.objects.count() > PEOPLE
