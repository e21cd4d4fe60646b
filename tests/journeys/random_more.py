"""More kinds of nodes for random graphs, drawn for the oracle that knows them."""

from __future__ import annotations

import random
from typing import Any

SPANS = ("1h", "2h", "3h", "6h", "1d", "90m")
KINDS = ("wait.random", "wait.until", "wait.window", "wait.length", "branch.value",
         "branch.holdout", "branch.rounds", "branch.experiment")  # fmt: skip


def draw(rng: random.Random, kind: str) -> tuple[str, dict[str, Any], list[str]]:
    """(kind as written, settings, outcomes)."""
    if kind == "wait.random":
        return kind, {"at_least": "30m", "at_most": rng.choice(("31m", "5h"))}, ["next"]
    if kind == "wait.until":
        day = rng.randint(3, 9)
        return kind, {"moment": f"2026-03-{day:02}T{rng.randint(0, 23):02}:00"}, ["next"]
    if kind == "wait.window":
        opens, closes = rng.sample(range(24), 2)
        days = rng.sample(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], rng.randint(1, 7))
        window = {"opens": f"{opens:02}:00", "closes": f"{closes:02}:00", "days": days}
        return kind, window, ["next"]
    if kind == "wait.length":
        length = {"property": "amount", "unit": "h", "missing": rng.choice(SPANS)}
        return "wait.duration", {"duration": length}, ["next"]
    if kind == "branch.value":
        ways = {"low": list(range(7)), "odd": [7, 9, 11]}
        return kind, {"property": "amount", "ways": ways}, ["low", "odd", "otherwise"]
    if kind == "branch.holdout":
        return kind, {"share": rng.choice((10, 33.3, 50))}, ["held_out", "next"]
    if kind == "branch.rounds":
        return kind, {"most": rng.randint(1, 3)}, ["again", "enough"]
    settings: dict[str, Any] = {
        "experiment": "tone",
        "arms": {"a": 2, "b": 1},
        "control": rng.choice((0, 25)),
    }
    outcomes = ["a", "b", *(["control"] if settings["control"] else [])]
    return kind, settings, outcomes
