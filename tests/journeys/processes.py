"""Real processes against the test database, and killing them at random moments."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from typing import Any

from django.db import connection, connections

from config.database.base import close_pools

_FORK = multiprocessing.get_context("fork")


def start(work: Callable[..., None], *args: Any) -> BaseProcess:
    """Run *work* in a process of its own, with a connection of its own."""
    connections.close_all()
    close_pools()
    process = _FORK.Process(target=_run, args=(work, args), daemon=True)
    process.start()
    return process


def together(jobs: Sequence[tuple[Any, ...]], *, seconds: float = 60) -> None:
    """Run (work, *args) all at once; fails when one of them fails or takes too long."""
    running = [start(*job) for job in jobs]
    for process in running:
        process.join(seconds)
    codes = [process.exitcode for process in running]
    for process in running:
        process.kill()
    assert codes == [0] * len(codes), codes


def killed_again_and_again(
    work: Callable[..., None], *args: Any, workers: int, kills: int, rng: random.Random,
    seconds: float = 60,
) -> int:  # fmt: skip
    """Let *workers* do *work* while one of them is killed (SIGKILL) *kills* times, then let them
    finish. Returns how many were really in the middle of it when they were killed."""
    end = time.monotonic() + seconds
    running = [start(work, *args) for _ in range(workers)]
    hit = 0
    for _kill in range(kills):
        time.sleep(rng.uniform(0.03, 0.15))
        victim = rng.randrange(workers)
        hit += running[victim].is_alive()
        running[victim].kill()
        running[victim].join()
        running[victim] = start(work, *args)
    for process in running:
        process.join(max(0.0, end - time.monotonic()))
        assert process.exitcode == 0, process.exitcode
    return hit


# helpers


def _run(work: Callable[..., None], args: tuple[Any, ...]) -> None:
    try:
        work(*args)
    finally:
        connection.close()
