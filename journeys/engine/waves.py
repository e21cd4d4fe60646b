"""How many of an audience may enter just now: runs have a most, and come in waves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from customers.rules import audience, compile_rule, read_rule
from journeys.engine.statements import fetch, with_names
from journeys.engine.versions import Version
from journeys.nodes.entry import RunSettings
from journeys.nodes.running import RunTrigger


def size_of_waves(
    version: Version, node: RunTrigger[Any], run_id: int, groups: int, now: datetime
) -> int | None:
    """Divide who is in the audience of a run, and not kept out, into equal groups, once."""
    read, problems = read_rule(node.audience())
    if read is None or problems:
        return None
    sql, values = with_names(*audience(read, now=now, brand_id=version.brand_id), "who")
    if node.settings.exclude:
        out, problems = read_rule(node.settings.exclude)
        if out is None or problems:
            return None
        kept, more = with_names(*compile_rule(out, now=now, brand_id=version.brand_id), "out")
        sql = (
            f"SELECT a.id FROM ({sql}) AS a JOIN customers_customer c ON c.id = a.id"
            f" WHERE NOT ({kept})"
        )
        values |= more
    [(size,)] = fetch("set_wave_size", {"id": run_id, "groups": groups, **values}, audience=sql)
    return int(size)


def room_of_run(
    settings: RunSettings, started_at: datetime, entered: int, now: datetime, wave_size: int | None
) -> int:
    """How many may enter just now; 0: later, below 0: no more in this run."""
    room = 2_000_000_000
    if settings.most_per_run is not None:
        room = settings.most_per_run - entered
        if room <= 0:
            return -1
    if settings.waves is not None:
        waves = (now - started_at) // settings.waves.every + 1
        size = settings.waves.size or wave_size or 1
        # The last group takes whoever has joined the audience since it was divided.
        is_last = settings.waves.groups and waves >= settings.waves.groups
        room = room if is_last else min(room, max(0, size * waves - entered))
    return room
