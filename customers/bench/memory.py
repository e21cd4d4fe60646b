"""How much memory an import takes, from its first rows to its last."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from config.places import BASE_DIR
from config.wake import no_wakes
from customers.access import Actor
from customers.actions import imports as actions
from customers.imports import run
from customers.imports.run import BATCH
from customers.models import Brand, ImportState

PEOPLE = 50_000
# A process of its own, in which nothing but the import has ever taken memory.
_PROCESS = """
import sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from customers.bench.memory import load_file
load_file(int(sys.argv[2]))
"""
NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


def measure(database: str, rows: int) -> dict[str, Any]:
    """The line of `bench import`: the most memory (MB) until a tenth of the rows was in, until all
    were, and the ratio of both. Raises RuntimeError with what the process said."""
    done = subprocess.run(
        [sys.executable, "-c", _PROCESS, database, str(rows)],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"The process that loads a file failed: {done.stderr[-2_000:]}")
    line: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return line


def load_file(rows: int) -> None:
    """Load a file of so many events by the way of every import; print the line as JSON."""
    with TemporaryDirectory() as folder, no_wakes():
        path = Path(folder) / "events.csv"
        _write(path, rows)
        print(json.dumps(_load(path, rows)))


# helpers


def _write(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("order,member,email,at,amount,item\n")
        for n in range(rows):
            who = n * 7919 % PEOPLE
            at = NOW - timedelta(seconds=n)
            file.write(f"o{n},m{who:08},member{who}@example.com,{at.isoformat()},{n % 900},i{n}\n")


def _load(path: Path, rows: int) -> dict[str, Any]:
    actor = Actor.of_command("bench")
    brand = Brand.objects.create(code="bench_memory", name="Bench")
    columns = {"order": "property:order", "member": "identity:member_id",
               "email": "identity:email", "at": "time", "amount": "property:amount",
               "item": "property:item"}  # fmt: skip
    mapping = {"columns": columns, "event": "purchase", "key": ["order"]}
    prepared = actions.prepare(actor, brand, path, kind="events", mapping=mapping, now=NOW)
    found = actions.create(actor, prepared, now=NOW)
    actions.start(actor, found, now=NOW)
    batches = 0
    before = 0.0

    def clock() -> datetime:
        # Called once for every batch, when the one before it is in.
        nonlocal batches, before
        if batches * BATCH <= max(rows // 10, BATCH):
            before = _most()
        batches += 1
        return NOW

    began = perf_counter()
    run(found, path, clock=clock)
    seconds = perf_counter() - began
    found.refresh_from_db()
    if found.state != ImportState.DONE or found.accepted != rows:
        raise RuntimeError(f"{found.state}: {found.accepted} of {rows} rows, {found.problem}")
    most = _most()
    return {
        "what": "memory",
        "rows": rows,
        "rows_per_s": round(rows / seconds),
        "rss_mb_at_a_tenth": round(before, 1),
        "rss_mb": round(most, 1),
        "ratio": round(most / before, 3),
    }


def _most() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1024**2
