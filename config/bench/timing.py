"""Taking times: several rounds after a warm-up, the median to quote."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def median_seconds(
    work: Callable[[], object],
    *,
    before: Callable[[], object] | None = None,
    rounds: int = 3,
    warm_up: int = 1,
) -> float:
    """The median duration of *work* in seconds; *before* restores its start, untimed."""
    seconds: list[float] = []
    for round_number in range(warm_up + rounds):
        if before is not None:
            before()
        start = time.perf_counter()
        work()
        if round_number >= warm_up:
            seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def per_second(count: int, seconds: float) -> float:
    """How many of *count* were done per second, rounded to what can be read."""
    return round(count / seconds, 1 if count / seconds < 1_000 else 0)
