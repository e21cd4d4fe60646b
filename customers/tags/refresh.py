"""Brings the values of a tag up to date: computed set-based, written as a difference."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from customers.models import RunScope, RunState, Staleness, Tag, TagMeasure, TagRun
from customers.tags.changed import look_at_changed, take_all
from customers.tags.clock import zone_of
from customers.tags.compute import Frame, compute, needs_figures
from customers.tags.definition import Definition, read_definition
from customers.tags.reach import Reach, reach_of
from customers.tags.writing import hold_tags, write_differences

# A refresh that takes longer is stopped, so that one tag never holds up the others.
BUDGET_SECONDS = 300
# Advisory locks of this class are held by refreshes; the other half of the key is the tag.
LOCK_CLASS = 0x7A67
ATTEMPTS = 3
ANALYZE_FROM = 10_000
CANCELLED, DEADLOCK = "57014", "40P01"

# A full join is never a nested loop, whatever the statistics of yesterday say.
_DIFFERENCE = """
held AS MATERIALIZED (
    SELECT t.ctid AS place, t.customer_id, t.value FROM customers_customertag t
    WHERE t.tag_id = %(tag)s AND {some}
), differs AS MATERIALIZED (
    SELECT held.place, customer_id, %(tag)s::bigint AS tag_id, value, %(now)s::timestamptz AS at,
        NULL::timestamptz AS expires_at
    FROM held FULL JOIN tag_values USING (customer_id, value)
    WHERE held.customer_id IS NULL OR tag_values.customer_id IS NULL
    ORDER BY customer_id
)
"""


class Busy(Exception):
    """The tag is being refreshed by somebody else just now."""


class NotComputed(ValueError):
    """The tag has no definition that can be computed; the text says why."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did. `customers` have a value now; `problem` is a sentence when the values
    were left as they were."""

    came: int = 0
    went: int = 0
    customers: int = 0
    seconds: float = 0.0
    problem: str = ""
    scope: str = RunScope.FULL
    figures: dict[str, Any] = field(default_factory=dict)


def refresh(tag_id: int, now: datetime, *, full: bool = False) -> Refreshed:
    """Bring all values of a tag up to date as of *now*, and write the run into its log.

    Of a tag that follows events only the customers are looked at whose value can have changed
    since the last refresh, where the definition allows that and `full` does not forbid it. A
    refresh that takes too long, is stopped or fails leaves the values as they are and says so in
    `problem`. Raises NotComputed, and Busy while another refresh of the tag is running.
    """
    tag = Tag.objects.select_related("brand").get(pk=tag_id)
    run = TagRun(tag=tag, started_at=now)
    try:
        definition = _definition_of(tag)
    except NotComputed as error:
        _log(run, now, Refreshed(problem=str(error)), RunState.FAILED)
        raise
    few = not full and _may_look_at_few(tag, reach_of(definition), now)
    run.scope = RunScope.CHANGED if few else RunScope.FULL
    run.save()
    done = _attempt(tag, definition, run, now)
    if not done.problem:
        values: dict[str, Any] = {"refreshed_at": now}
        if done.scope == RunScope.FULL:
            values["figures"] = done.figures
        # A definition that was changed meanwhile still waits for its own refresh.
        told = Tag.objects.filter(pk=tag.pk, definition=tag.definition).update(**values)
        if told:
            # Nobody is to read "not refreshed in time" until the next count.
            TagMeasure.objects.filter(tag=tag, stale=Staleness.LATE).update(stale="")
    return done


def refresh_changed(tag_id: int, now: datetime) -> Refreshed | None:
    """Look again at the customers of whom events came in; None when there is nothing to do.

    Cuts that depend on everybody are those of the last full refresh.
    """
    tag = Tag.objects.select_related("brand").get(pk=tag_id)
    definition = _definition_of(tag)
    if tag.refreshed_at is None or (needs_figures(definition) and not tag.figures):
        return None
    run = TagRun(tag=tag, started_at=now, scope=RunScope.CHANGED)
    return _attempt(tag, definition, run, now, edges=False)


# helpers


def _definition_of(tag: Tag) -> Definition:
    if not tag.is_computed or not tag.definition:
        text = _("“%(tag)s” is given by people and systems; there is nothing to refresh.")
        raise NotComputed(text % {"tag": tag.title})
    definition, problems = read_definition(tag.definition)
    if definition is None or definition.of is None:
        raise NotComputed(
            "; ".join(f"{each.place}: {each.text}" for each in problems if not each.is_warning)
        )
    return definition


def _may_look_at_few(tag: Tag, reach: Reach, now: datetime) -> bool:
    before = tag.refreshed_at
    if not tag.follows_events or before is None or before > now or reach.by_others:
        return False
    zone = ZoneInfo(zone_of(tag))
    return not reach.by_day or before.astimezone(zone).date() == now.astimezone(zone).date()


def _attempt(
    tag: Tag, definition: Definition, run: TagRun, now: datetime, *, edges: bool = True
) -> Refreshed:
    """One transaction; tried again after a deadlock, and whatever happens is logged."""
    started = time.monotonic()
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                done = _write(cursor, tag, definition, run, now, edges)
                if _stop_asked(run):
                    raise _StopAsked
            break
        except Busy:
            if run.pk:
                run.delete()
            raise
        except _StopAsked:
            return _stopped(run, now, started)
        except DatabaseError as error:
            state = getattr(error.__cause__, "sqlstate", "") or ""
            again = isinstance(error, OperationalError) and state == DEADLOCK
            if again and attempt + 1 < ATTEMPTS and not connection.in_atomic_block:
                continue
            if state != CANCELLED:
                _log(run, now, _failed(run, started, str(error)), RunState.FAILED)
                raise
            return _stopped(run, now, started)
    seconds = time.monotonic() - started
    done = Refreshed(done.came, done.went, done.customers, seconds, "", run.scope, done.figures)
    # Looks at a few customers every few seconds are worth a line only if they changed something.
    if run.pk or done.came or done.went:
        _log(run, now, done, RunState.DONE)
    return done


def _write(
    cursor: Any, tag: Tag, definition: Definition, run: TagRun, now: datetime, edges: bool
) -> Refreshed:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, tag.pk])
    if not cursor.fetchone()[0]:
        raise Busy
    hold_tags(cursor, [tag.pk])
    cursor.execute(
        "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)",
        [f"{BUDGET_SECONDS}s"],
    )
    (timeout, _set) = cursor.fetchone()
    few = run.scope == RunScope.CHANGED
    frame = Frame(now, zone_of(tag), tag.brand_id, only=few)
    if few:
        look_at_changed(cursor, tag, reach_of(definition), now, edges=edges)
    else:
        take_all(cursor, tag.pk)
    figures = compute(cursor, definition, frame, tag.figures if few else None)
    some = "t.customer_id IN (SELECT customer_id FROM tag_looked)" if few else "true"
    came, went = write_differences(
        cursor, _DIFFERENCE.format(some=some), {"tag": tag.pk, "now": now}
    )
    if came + went >= ANALYZE_FROM:
        # Else rules over the tag are planned for a table that is almost empty.
        cursor.execute("ANALYZE customers_customertag")
    customers = _customers(cursor, tag, few, came - went)
    cursor.execute("SELECT set_config('statement_timeout', %s, true)", [timeout])
    return Refreshed(came, went, customers, figures=figures)


def _customers(cursor: Any, tag: Tag, few: bool, more: int) -> int:
    """How many have a value; after a look at a few from the last run, without counting all."""
    if few:
        last = TagRun.objects.filter(tag=tag, state=RunState.DONE).first()
        if last is not None:
            return max(0, last.customers + more)
    cursor.execute("SELECT count(*) FROM customers_customertag WHERE tag_id = %s", [tag.pk])
    return int(cursor.fetchone()[0])


def _failed(run: TagRun, started: float, problem: str) -> Refreshed:
    return Refreshed(seconds=time.monotonic() - started, problem=problem, scope=run.scope)


class _StopAsked(Exception):
    """Somebody asked while no statement ran, so that there was nothing to cancel."""


def _stop_asked(run: TagRun) -> bool:
    return TagRun.objects.filter(pk=run.pk, stop_asked_at__isnull=False).exists()


def _stopped(run: TagRun, now: datetime, started: float) -> Refreshed:
    if _stop_asked(run):
        state, problem = RunState.STOPPED, _("It was stopped. The values are as before.")
    else:
        text = _("It took longer than %(most)s seconds and was stopped. The values are as before.")
        state, problem = RunState.FAILED, text % {"most": BUDGET_SECONDS}
    done = _failed(run, started, problem)
    _log(run, now, done, state)
    return done


def _log(run: TagRun, now: datetime, done: Refreshed, state: str) -> None:
    run.state, run.error, run.seconds = state, done.problem[:400], done.seconds
    run.came, run.went, run.customers = done.came, done.went, done.customers
    run.figures = done.figures
    run.finished_at = now + timedelta(seconds=done.seconds)
    if run._state.adding:
        run.save()
        return
    fields = ["state", "error", "seconds", "came", "went", "customers", "figures", "finished_at"]
    TagRun.objects.filter(pk=run.pk).update(**{name: getattr(run, name) for name in fields})
