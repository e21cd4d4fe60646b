"""A real process is killed with SIGKILL again and again; the next one goes on exactly."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from config.places import BASE_DIR
from config.scratch import scratch_database
from customers.models import Brand, Customer, Event, EventKey, Import

ROWS = 30_000


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """An empty Waypost whose rows other processes can see."""
    with django_db_blocker.unblock(), scratch_database("import_killed") as scratch:
        yield scratch.database
        connection.close()


@pytest.mark.proof
def test_sigkill_loses_and_doubles_nothing(database: str, tmp_path: Path) -> None:
    file = tmp_path / "purchases.csv"
    with file.open("w") as into:
        into.write("id,day,amount\n")
        into.writelines(f"m{n % 500},2026-01-{1 + n % 28:02},{n}\n" for n in range(ROWS))
    Brand.objects.create(code="tea", name="Tea")
    command = [
        sys.executable, "-m", "tests.customers.imports.worker", database, str(file), "500",
    ]  # fmt: skip
    kills, seen = 0, [0]
    for delay in (0.0, 0.13, 0.05, 0.2, 0.01):
        process = subprocess.Popen(
            command, cwd=BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        until = time.monotonic() + 60
        while process.poll() is None and _position() <= seen[-1] and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(delay)
        process.kill()
        _out, errors = process.communicate()
        assert process.returncode in (-9, 0), errors
        kills += process.returncode == -9
        found = Import.objects.get()
        # Counts, position and facts are of one commit, whenever the process died.
        assert found.rows == found.accepted == Event.objects.count() == EventKey.objects.count()
        assert found.position == found.rows + 1
        seen.append(found.position)
    assert kills >= 4
    assert len(set(seen)) == len(seen), "every process went on"
    subprocess.run(command, cwd=BASE_DIR, check=True, capture_output=True)
    found = Import.objects.get()
    assert (found.state, found.rows, found.accepted) == ("done", ROWS, ROWS)
    assert (found.refused, found.duplicates) == (0, 0)
    assert (Customer.objects.count(), Event.objects.count()) == (500, ROWS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum((properties->>'amount')::int) FROM customers_event")
        assert cursor.fetchone()[0] == sum(range(ROWS))


def _position() -> int:
    return Import.objects.values_list("position", flat=True).first() or 0
