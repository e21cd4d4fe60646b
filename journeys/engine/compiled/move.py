"""Running a program: for who is due, for chosen walks, and for the members of a segment."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import OperationalError, transaction

from customers.tags import TagSet
from journeys.engine.compiled.program import Program, compile_version
from journeys.engine.history import ensure_between
from journeys.engine.ledger import Ledger, TimerRow
from journeys.engine.run import NodeFault, Run
from journeys.engine.statements import execute, fetch, statements
from journeys.engine.versions import Version

_log = logging.getLogger(__name__)


@dataclass
class Moved:
    """What a statement did. `left` are the timers of those whom the interpreter has to move."""

    claimed: int = 0
    entered: int = 0
    moved: int = 0
    finished: int = 0
    candidates: int = 0
    steps: int = 0
    last: int | None = None  # the last member of a segment that was looked at
    left: list[TimerRow] = field(default_factory=list)
    waits: Counter[int] = field(default_factory=Counter)  # milliseconds after due → how many


# Programs of the look that is under way, by version and moment.
_kept: ContextVar[dict[tuple[int, datetime], Program] | None] = ContextVar("kept", default=None)


@contextmanager
def keeping_programs() -> Iterator[None]:
    """Compile each version once while this lasts, for batches of the same moment."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def move_due(
    version: Version, now: datetime, params: dict[str, Any], ledger: Ledger, *, since: datetime
) -> Moved | None:
    """Claim the version's timers that are due in the leased buckets and move their walks.

    *params* are those of `claim_timers`. Sums and tags go into *ledger*. None when nothing of the
    version can be compiled; raises what the database says when the statement fails.
    """
    program = _program(version, now)
    if program is None:
        return None
    ensure_between(since, now)
    if program.has_goal:
        rows = fetch("due_ids", params)
        return _move_chosen(program, version, now, rows, ledger)
    return _run("move_compiled", program, now, ledger, params, due=statements()["due"])


def move_timers(
    version: Version, now: datetime, enrollment_ids: Sequence[int], ledger: Ledger
) -> Moved | None:
    """As `move_due`, for all timers of the walks given that are due."""
    program = _program(version, now)
    if program is None:
        return None
    params = {"ids": list(enrollment_ids), "version": version.id, "now": now}
    # Who has just entered may have done so a while ago.
    ensure_between(now - version.lateness, now)
    return _move_chosen(program, version, now, fetch("timers_of", params), ledger)


def enter_members(
    version: Version, trigger: str, now: datetime, place: dict[str, Any], ledger: Ledger
) -> Moved | None:
    """Let the next members of a segment enter by *trigger* and walk to their first wait.

    *place* has segment, after, last and limit. None when the trigger is not compiled.
    """
    program = _program(version, now)
    if program is None or trigger not in program.fresh:
        return None
    ensure_between(now, now)
    members = statements()["next_members"]
    params: dict[str, Any] = dict(place)
    if version.listens:
        params["ids"] = [row[0] for row in fetch("lock_members", params)]
        members = statements()["chosen_members"]
    parts = {"members": members, "tree": program.fresh[trigger], "trigger": f"'{trigger}'"}
    # The first batch meets an empty table and fills it while it asks row by row who is in already:
    # planned as a look through the whole table, that takes the square of the batch.
    execute("by_index_only", {})
    moved = _run("enter_compiled", program, now, ledger, params, **parts)
    execute("by_any_plan", {})
    return moved


# helpers


def _program(version: Version, now: datetime) -> Program | None:
    if version.graph is None:
        return None
    kept, key = _kept.get(), (version.id, now)
    if kept is not None and key in kept:
        return kept[key]
    try:
        with transaction.atomic():
            program = compile_version(version.graph, Run(now, version))
    except OperationalError:
        raise
    except (NodeFault, ValueError) as error:
        # Something is wrong with a node: the interpreter sets aside whom it concerns.
        _log.warning("journey %s is not compiled: %s", version.code, error)
        return None
    if kept is not None and program is not None:
        # Only what is committed: a program may name a type of event that was made for it.
        transaction.on_commit(partial(kept.__setitem__, key, program))
    return program


def _move_chosen(
    program: Program, version: Version, now: datetime, rows: list[Any], ledger: Ledger
) -> Moved:
    if not rows:
        return Moved()
    if version.listens:
        fetch("lock_customers", {"ids": sorted({row[1] for row in rows})})
    params: dict[str, Any] = {"ids": [row[0] for row in rows], "version": version.id}
    return _run("move_compiled", program, now, ledger, params, due=statements()["chosen"])


def _run(
    name: str, program: Program, now: datetime, ledger: Ledger, params: dict[str, Any],
    **parts: str,
) -> Moved:  # fmt: skip
    tagging = [leaf.number for leaf in program.leaves if leaf.tags]
    values = {**program.values, **params, "now": now, "tagging": tagging}
    # The writes first: they hold places of their own.
    rows = fetch(name, values, writes=statements()["compiled_writes"], **parts, **program.parts)
    done = Moved()
    version_id = program.values["version"]
    for what, leaf_number, hour, n, *timer in rows:
        if what == "sum":
            _add_up(done, ledger, program, leaf_number, hour, n)
        elif what == "claim":
            done.claimed, done.last = n, timer[0]
        elif what == "entered":
            done.entered = n
        elif what == "lag":
            done.waits[int(2 ** (leaf_number / 16))] += n
        elif what == "left":
            done.left.append(TimerRow(version_id, *timer))
        else:
            for tag_id, value, added in program.leaves[leaf_number].tags:
                ledger.tags.append(TagSet(timer[0], tag_id, value, added, hour))
    return done


def _add_up(
    done: Moved, ledger: Ledger, program: Program, leaf_number: int, hour: datetime, n: int
) -> None:
    leaf, version_id = program.leaves[leaf_number], program.values["version"]
    done.moved += n
    done.finished += n * (leaf.end == "over")
    done.candidates += n * len(leaf.asks)
    done.steps += n * len(leaf.path)
    for node, outcome in leaf.path:
        ledger.counts[version_id, node, outcome, hour] += n
    for node in leaf.arrivals:
        ledger.counts[version_id, node, "", hour] += n
