"""Entries that have a time: runs of schedules, dates of customers, and what somebody did not do."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import OperationalError, transaction

from customers.rules import audience, read_rule
from journeys.engine.enroll import clock_of, enroll, running, window_of
from journeys.engine.run import Run, property_sql
from journeys.engine.statements import execute, fetch, with_names
from journeys.engine.versions import Version
from journeys.engine.waves import room_of_run, size_of_waves
from journeys.nodes.entry import Trigger
from journeys.nodes.running import Moments, RunTrigger
from journeys.nodes.trigger_absence import TriggerAbsence
from journeys.nodes.trigger_date import TriggerDate

BATCH = 20_000
_log = logging.getLogger(__name__)
# Dates are looked up so far ahead, in steps of whole hours.
AHEAD = timedelta(hours=1)
ENTER = (
    "SELECT n AS place, token, customer_id, at, entry_key, context::jsonb AS context"
    " FROM unnest(%(ns)b::int[], %(tokens)b::text[], %(customers)b::bigint[],"
    " %(ats)b::timestamptz[], %(keys)b::text[], %(contexts)b::text[])"
    " AS given (n, token, customer_id, at, entry_key, context)"
)


@dataclass(frozen=True, slots=True)
class Coming:
    """A customer who is about to enter."""

    token: str
    customer_id: int
    at: datetime
    entry_key: str = ""
    context: str = "{}"


def enter_by_time(now: datetime, *, limit: int = BATCH) -> tuple[int, bool]:
    """Let in whoever a schedule, a date or something not done lets enter by *now*.

    Returns how many entered and whether there is more to do at once. Any number of workers may
    call it: runs, clocks and entrants are taken by locking their rows.
    """
    entered, more = 0, False
    versions = running(now)
    for version, published_at in versions:
        for node in version.graph.triggers() if version.graph else []:
            if isinstance(node, RunTrigger | TriggerDate):
                with _alone(version, node.key):
                    _look(version, node, published_at, now)
    known = {version.journey_id: version for version, _at in versions}
    for journey_id, key, run_id in fetch("open_runs", {"journeys": list(known)}):
        with _alone(known[journey_id], key):
            n, again = _go_on(known[journey_id], key, run_id, now, limit)
            entered, more = entered + n, more or again
    for (journey_id,) in fetch("entrants_due", {"now": now, "journeys": list(known)}):
        with _alone(known[journey_id], "entrants"):
            n, again = _enter_entrants({journey_id: known[journey_id]}, now, limit)
            entered, more = entered + n, more or again
    return entered, more


def next_run(
    version: Version, published_at: datetime, now: datetime, end: datetime
) -> datetime | None:
    """The first moment after *now* and up to *end* at which a schedule lets somebody enter, or
    None; dates of customers up to *end* are planned already. For a clock that leaps."""
    found: list[datetime] = []
    zone = clock_of(version)
    for node in version.graph.triggers() if version.graph else []:
        if isinstance(node, TriggerDate):
            _plan_until(version, node, published_at, end)
        elif isinstance(node, RunTrigger):
            asked = Moments(now, end, published_at, zone, version.journey_id)
            found += [at for at in node.moments(asked) if at > now]
    return min(found, default=None)


def let_in(version: Version, node: Trigger[Any], coming: Sequence[Coming], now: datetime) -> int:
    """Enroll those who are coming; their customers must be locked. Returns how many entered."""
    if not coming:
        return 0
    # Thousands into a table of which the planner knows nothing yet; see enter_members.
    execute("by_index_only", {})
    entered = enroll(
        version,
        node,
        ENTER,
        {
            "ns": list(range(len(coming))),
            "tokens": [one.token for one in coming],
            "customers": [one.customer_id for one in coming],
            "ats": [one.at for one in coming],
            "keys": [one.entry_key for one in coming],
            "contexts": [one.context for one in coming],
        },
        now,
    )
    execute("by_any_plan", {})
    return entered


@contextmanager
def _alone(version: Version, key: str) -> Iterator[None]:
    """What goes wrong at one trigger is logged, and stops neither the others nor the engine."""
    try:
        yield
    except OperationalError:
        raise  # the database is away, or somebody else's turn: the next look does it
    except Exception:
        _log.exception("nobody could enter journey %s at %s", version.code, key)


# Runs


def _look(version: Version, node: Any, published_at: datetime, now: datetime) -> None:
    """Write down the runs, or plan the dates, whose moments have come since the last look."""
    until = now + AHEAD if isinstance(node, TriggerDate) else now
    key = {"journey": version.journey_id, "node": node.key}
    # Publishing itself is a moment, so the first window begins just before it.
    since = published_at - timedelta(microseconds=1)
    [(looked_until,)] = fetch("trigger_clock", {**key, "since": since}) or [(None,)]
    if looked_until is None or looked_until >= until:
        return
    if isinstance(node, TriggerDate) and until - looked_until < AHEAD / 2:
        return
    with transaction.atomic():
        rows = fetch("lock_trigger_clock", key)
        if not rows:
            return  # another worker is at it
        # What is later than the journey allows is not made up for.
        since = max(rows[0][0], now - version.lateness)
        if isinstance(node, TriggerDate):
            _plan_dates(version, node, since, until)
        else:
            zone = clock_of(version)
            moments = node.moments(Moments(since, until, published_at, zone, version.journey_id))
            if not moments and until - since < AHEAD:
                return
            execute("make_runs", {**key, "moments": moments, "now": now})
        execute("note_trigger_clock", {**key, "until": until})


def _plan_until(
    version: Version, node: TriggerDate, published_at: datetime, until: datetime
) -> None:
    """Plan the dates up to *until*, however far that is."""
    key = {"journey": version.journey_id, "node": node.key}
    since = published_at - timedelta(microseconds=1)
    [(looked_until,)] = fetch("trigger_clock", {**key, "since": since})
    if looked_until < until:
        _plan_dates(version, node, looked_until, until)
        execute("note_trigger_clock", {**key, "until": until})


def _plan_dates(version: Version, node: TriggerDate, since: datetime, until: datetime) -> None:
    settings = node.settings
    execute(
        "plan_yearly" if settings.yearly else "plan_dates",
        {
            "journey": version.journey_id,
            "node": node.key,
            "code": settings.attribute,
            "offset": settings.offset.days,
            "at": settings.at,
            "since": since,
            "until": until,
            "clock": str(clock_of(version)),
        },
    )


def _go_on(version: Version, key: str, run_id: int, now: datetime, limit: int) -> tuple[int, bool]:
    """The next batch of one run."""
    node = version.graph.nodes.get(key) if version.graph else None
    with transaction.atomic():
        rows = fetch("lock_run", {"id": run_id})
        if not rows:
            return 0, False  # another worker is at it
        due_at, started_at, after, entered, wave_size = rows[0]
        if not isinstance(node, RunTrigger):
            return _note_run(run_id, after, 0, 0, now)  # the node is gone since
        waves = node.settings.waves
        if waves is not None and waves.groups and wave_size is None:
            wave_size = size_of_waves(version, node, run_id, waves.groups, now)
            if wave_size is None:
                return 0, False  # as below: it waits for its segment
        room = room_of_run(node.settings, started_at, entered, now, wave_size)
        opens, closes = window_of(version, node.settings)
        if room == 0 or (opens and now < opens):
            return 0, False  # the next wave is still to come
        if room < 0 or (closes and now >= closes):
            return _note_run(run_id, after, 0, 0, now)
        rule, problems = read_rule(node.audience())
        if rule is None or problems:
            return 0, False  # it is shown by the check; the run waits for its segment
        sql, values = with_names(*audience(rule, now=now, brand_id=version.brand_id), "who")
        most = min(limit, room)
        members = [
            id
            for (id,) in fetch(
                "next_of_audience", {"after": after, "limit": most, **values}, audience=sql
            )
        ]
        fetch("lock_customers", {"ids": members})
        at = max(due_at, started_at)
        context = f'{{"run": "{due_at.isoformat()}"}}'
        coming = [Coming(f"run:{run_id}:{id}", id, at, context=context) for id in members]
        n = let_in(version, node, coming, now)
        is_done = len(members) < most
        last = members[-1] if members else after
        _note_run(run_id, last, len(members), n, now if is_done else None)
        return n, not is_done


def _note_run(
    run_id: int, after: int, looked: int, entered: int, finished: datetime | None
) -> tuple[int, bool]:
    values = {"id": run_id, "after": after, "looked": looked, "entered": entered}
    execute("note_run", {**values, "finished": finished})
    return entered, False


# Entrants


def _enter_entrants(known: dict[int, Version], now: datetime, limit: int) -> tuple[int, bool]:
    """Those whose time has come: who still fits enters, the others are forgotten."""
    entered = 0
    with transaction.atomic():
        rows = fetch("claim_entrants", {"now": now, "journeys": list(known), "limit": limit})
        rows.sort(key=lambda row: (row[0], row[1], row[5], row[3]))
        fetch("lock_customers", {"ids": sorted({row[2] for row in rows})})
        # Who was merged while we waited for her lock enters as the one she is now.
        merged = dict(fetch("merged_into", {"ids": sorted({row[2] for row in rows})}))
        rows = [(*row[:2], merged.get(row[2], row[2]), *row[3:]) for row in rows]
        for (journey_id, key), group in groupby(rows, key=lambda row: (row[0], row[1])):
            version = known[journey_id]
            node = version.graph.nodes.get(key) if version.graph else None
            coming = [row for row in group if row[5] >= now - version.lateness]
            if isinstance(node, TriggerAbsence):
                coming = _who_did_not(version, node, coming, now)
            elif isinstance(node, TriggerDate):
                coming = _whose_date_stands(node, coming)
            else:
                continue  # the node is gone since
            entered += let_in(
                version, node, [Coming(r[3], r[2], r[5], r[6], r[7]) for r in coming], now
            )
    return entered, len(rows) >= limit


def _who_did_not(
    version: Version, node: TriggerAbsence, rows: list[Any], now: datetime
) -> list[Any]:
    if not rows:
        return rows
    settings = node.settings
    condition, values = property_sql(settings.without_where, "e.properties", now)
    did = fetch(
        "who_did",
        {
            "ns": list(range(len(rows))),
            "customers": [row[2] for row in rows],
            "sinces": [row[4] for row in rows],
            "dues": [row[5] for row in rows],
            "keys": [row[6] for row in rows],
            "type": Run(now, version).event_type_id(settings.without),
            "brand": version.brand_id,
            "prop": settings.key,
            **values,
        },
        where=condition,
    )
    out = {n for (n,) in did}
    return [row for n, row in enumerate(rows) if n not in out]


def _whose_date_stands(node: TriggerDate, rows: list[Any]) -> list[Any]:
    """Those whose attribute is still what it was when their entry was planned."""
    same = fetch(
        "same_dates",
        {
            "ns": list(range(len(rows))),
            "customers": [row[2] for row in rows],
            "contexts": [row[7] for row in rows],
            "code": node.settings.attribute,
        },
    )
    keep = {n for (n,) in same}
    return [row for n, row in enumerate(rows) if n in keep]
