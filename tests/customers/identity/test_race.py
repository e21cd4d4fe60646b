"""Real processes merge the same people at once: no deadlock, nobody split, nothing lost."""

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
from customers.models import Customer, Event, EventKey, Identity, Merge


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """An empty Waypost whose rows other processes can see."""
    with django_db_blocker.unblock(), scratch_database(f"merge_race_{os.getpid()}") as scratch:
        yield scratch.database
        connection.close()


@pytest.mark.parametrize(
    ("workers", "people", "rounds"),
    [(3, 40, 6), pytest.param(8, 200, 40, marks=pytest.mark.proof)],
)
def test_processes_that_merge_the_same_people(
    database: str, workers: int, people: int, rounds: int
) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.customers.identity.worker", database, str(seed),
             str(people), str(rounds)],
            cwd=BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for seed in range(workers)
    ]  # fmt: skip
    for process in running:
        out, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
        assert out.strip().endswith("done")
    alive = Customer.objects.filter(merged_into__isnull=True)
    assert alive.count() == people
    owners = Identity.objects.values("customer_id").annotate(n=Count("pk"))
    assert {row["n"] for row in owners} == {4}
    assert set(alive.values_list("pk", flat=True)) == {row["customer_id"] for row in owners}
    assert Merge.objects.count() == Customer.objects.count() - people > people / 2
    # No fact was written of somebody who was already part of another.
    assert not Event.objects.exclude(customer__in=alive).exists()
    assert Event.objects.count() == EventKey.objects.count() > 0
