"""The whole product under load while its workers, its clock and its database are killed."""

from __future__ import annotations

import contextlib
import json
import random
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from config.embedded.home import find_home
from config.embedded.processes import postmaster
from tests.config.product import Up, own_folder, product
from tests.config.running import python

CUSTOMERS = 100_000
PARTS = {"engine": "--queues engine", "sending": "--queues sending", "beat": "config beat"}
# A part that dies five times within a quarter of a minute each would end the product.
REST_SECONDS = 17.0


@pytest.mark.proof
def test_everything_is_killed_again_and_again() -> None:
    rng = random.Random(11)
    with own_folder() as var, product(var) as running:
        do(var, f"build({CUSTOMERS})")
        hits = kill_until_done(running, var, rng, minutes=8)
        said = do(var, "verdict()")
    assert said == {"walks": CUSTOMERS, "wrong": {}}, hits
    assert hits["database"] >= 2
    assert hits["engine"] >= 3
    assert hits["beat"] >= 1


def kill_until_done(running: Up, var: Path, rng: random.Random, minutes: float) -> dict[str, int]:
    """Kill something every few seconds until everybody has come to an end."""
    end = time.monotonic() + minutes * 60
    hits = dict.fromkeys([*PARTS, "database"], 0)
    rested = dict.fromkeys(hits, time.monotonic())
    while time.monotonic() < end:
        time.sleep(rng.uniform(1.5, 4.0))
        able = [name for name in hits if rested[name] <= time.monotonic()]
        if able:
            name = rng.choice(able)
            victim = postmaster(find_home(var)) if name == "database" else running.part(PARTS[name])
            if victim is not None:
                kill(victim)
                hits[name] += 1
            rested[name] = time.monotonic() + REST_SECONDS
        elif do(var, "how_many_are_done()", patient=True) == CUSTOMERS:
            return hits
    raise AssertionError(f"Nobody came to an end in {minutes} minutes: {hits}")


def kill(victim: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        victim.kill()


def do(var: Path, call: str, *, patient: bool = False) -> Any:
    """Run something of killed_world on the product's database; its answer, if it prints one."""
    code = (
        "import django, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings';"
        f" django.setup(); from tests.journeys.engine import killed_world as w; w.{call}"
    )
    done = python(code, timeout=180, WAYPOST_VAR=str(var))
    if done.returncode and patient:
        return None  # the database is just being killed
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    return json.loads(lines[-1]) if lines else None
