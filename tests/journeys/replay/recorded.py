"""A small recording of the same form as the Starbucks data set, and its answer by plain Python."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

HOURS = 120


def write(
    path: Path, *, seed: int = 1, people: int = 60, events: int = 900
) -> list[dict[str, Any]]:
    """Write `transcript.json.gz` into *path* with blank and unreadable lines; return the events."""
    rng = random.Random(seed)
    told: list[dict[str, Any]] = []
    for _ in range(events):
        kind = rng.choice(("offer received", "offer viewed", "offer completed", "transaction"))
        key = "offer_id" if kind == "offer completed" else "offer id"
        value: dict[str, Any] = (
            {"amount": 3.5} if kind == "transaction" else {key: rng.choice("ab")}
        )
        told.append(
            {
                "person": f"p{rng.randrange(people)}",
                "event": kind,
                "value": value,
                "time": rng.randrange(0, HOURS, 6),
            }
        )
    told.sort(key=lambda event: event["time"])
    lines = [json.dumps(event) for event in told]
    lines[10:10] = ["", "  "]
    lines[20:20] = ["{not json", '{"person": "p1", "event": "offer viewed", "time": "soon"}']
    with gzip.open(path / "transcript.json.gz", "wt") as file:
        file.write("\n".join(lines) + "\n")
    return told


def part(data: Path, path: Path, *, of: int, hours: int = 10_000) -> list[dict[str, Any]]:
    """Write the events of one person in *of* from the recording in *data* into *path*; return them.

    Who belongs to the part depends on the person's own id only. It ends after so many *hours*: a
    replay takes its time for each hour in which something happens, however few it happens to.
    """
    told: list[dict[str, Any]] = []
    with (
        gzip.open(data / "transcript.json.gz", "rt") as whole,
        gzip.open(path / "transcript.json.gz", "wt") as file,
    ):
        for line in whole:
            if not line.strip():
                continue
            event = json.loads(line)
            if int(event["person"], 16) % of == 0 and event["time"] < hours:
                told.append(event)
                file.write(line)
    return told


def answer(told: list[dict[str, Any]], within: int) -> tuple[int, int]:
    """(entries, those of them viewed within so many hours), counted the simple way."""
    entries = [event for event in told if event["event"] == "offer received"]
    views: dict[tuple[str, str], list[int]] = {}
    for event in told:
        if event["event"] == "offer viewed":
            who = event["person"], event["value"]["offer id"]
            views.setdefault(who, []).append(event["time"])
    viewed = sum(
        any(
            entry["time"] <= time <= entry["time"] + within
            for time in views.get((entry["person"], entry["value"]["offer id"]), [])
        )
        for entry in entries
    )
    return len(entries), viewed


def seen_then_completed(told: list[dict[str, Any]], data: Path) -> dict[str, int]:
    """Of the offers received: seen not after the first completion, both within the offer's own
    days, by type; and completed unseen or before it was seen ("blind"). Counted the simple way."""
    offers = {
        offer["id"]: offer
        for offer in map(json.loads, (data / "portfolio.json").read_text().splitlines())
    }
    counts = {"bogo": 0, "discount": 0, "blind": 0}
    times: dict[tuple[str, str, str], list[int]] = {}
    for event in told:
        value = event["value"]
        offer = value.get("offer id") or value.get("offer_id")
        if offer:
            times.setdefault((event["person"], offer, event["event"]), []).append(event["time"])
    for event in told:
        if event["event"] != "offer received":
            continue
        who, offer, start = event["person"], event["value"]["offer id"], event["time"]
        end = start + 24 * offers[offer]["duration"]
        seen, done = (
            min((t for t in times.get((who, offer, name), []) if start <= t <= end), default=None)
            for name in ("offer viewed", "offer completed")
        )
        if done is None:
            continue
        if seen is not None and seen <= done:
            counts[offers[offer]["offer_type"]] += 1
        else:
            counts["blind"] += 1
    return counts
