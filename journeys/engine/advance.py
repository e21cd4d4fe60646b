"""One batch of the engine: everybody who is due, of the customers that this worker owns."""

from __future__ import annotations

import logging
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction

from config.wake import wake
from journeys.engine import lag, statistics
from journeys.engine.ledger import Ledger, TimerRow, Traveller, write
from journeys.engine.statements import fetch
from journeys.engine.versions import Version, read_versions
from journeys.engine.walk import STOPPED, Walk
from journeys.models import EnrollmentState, HeldReason, JourneyState, TimerKind
from journeys.models.timer import NOT_BEFORE
from journeys.nodes.base import Member, Wake

LIMIT = 10_000
# With that little to do one worker takes it all; with more it leaves buckets to the others.
FEW = 2_000
SHARE = 64
ATTEMPTS = 3
GATE = "campaigns.tasks.gate"
WALKING = {JourneyState.RUNNING.value, JourneyState.DRAINING.value}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Advanced:
    """What a batch did, in enrollments, steps and messages; `more` when somebody is due still."""

    moved: int = 0
    finished: int = 0
    candidates: int = 0
    set_aside: int = 0
    held: int = 0
    steps: int = 0
    more: bool = False
    waits: Mapping[int, int] = field(default_factory=dict)  # milliseconds after due → how many

    def __add__(self, other: Advanced) -> Advanced:
        """The sums; `more` of the later one."""
        return Advanced(
            self.moved + other.moved,
            self.finished + other.finished,
            self.candidates + other.candidates,
            self.set_aside + other.set_aside,
            self.held + other.held,
            self.steps + other.steps,
            other.more,
        )  # `waits` are of one batch: each was done at another moment


def advance(now: datetime, *, limit: int = LIMIT, buckets: Sequence[int] | None = None) -> Advanced:
    """Move up to about *limit* timers' enrollments that are due at *now*, in one transaction.

    1. Lease buckets of customers (of *buckets*, else of all), in a statement of its own.
    2. Claim their due timers, oldest first; lock the enrollments.
    3. Walk them on in memory until everyone waits or has left.
    4. Write places, history, timers, listeners, candidates, tags and counts, and commit.

    Killed at any moment, nothing or all of it has happened. A batch that the database refuses is
    taken apart until the enrollment that causes it stands alone; that one is set aside. Raises
    OperationalError when the database is away, and whatever still fails for one enrollment alone.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            done = _batch(now, limit, buckets)
            statistics.refresh(done.steps + done.candidates)
            return done
        except OperationalError as error:
            if attempt == ATTEMPTS or not _is_deadlock(error):
                raise
        except Exception as error:
            _log.warning("a batch of %s failed: %s", limit, error)
            return _isolate(now, limit, buckets, error)
    raise AssertionError("unreachable")


# helpers


def _isolate(
    now: datetime, limit: int, buckets: Sequence[int] | None, error: Exception
) -> Advanced:
    if limit == 1:
        # Nothing is walked this time; if even that fails it is no fault of hers.
        return _batch(now, 1, buckets, fault=f"{type(error).__name__}: {error}")
    smaller, done = max(1, limit // 20), Advanced(more=True)
    for _piece in range(0, limit, smaller):
        done += advance(now, limit=smaller, buckets=buckets)
        if done.set_aside or not done.more:
            break
    return done


def _batch(now: datetime, limit: int, buckets: Sequence[int] | None, fault: str = "") -> Advanced:
    with transaction.atomic():
        leased, is_all = _lease(now, limit, buckets)
        if not leased:
            return Advanced()
        timers = [
            TimerRow(*row)
            for row in fetch("claim_timers", {"now": now, "buckets": leased, "limit": limit})
        ]
        if not timers:
            return Advanced(more=not is_all)
        ledger = Ledger()
        travellers = _work(now, timers, ledger, fault)
        write(ledger, travellers, now)
        if ledger.wants:
            wake(GATE)
        return Advanced(
            moved=sum(t.is_changed for t in travellers),
            finished=sum(t.has_left and t.finished_at is not None for t in travellers),
            candidates=len(ledger.wants),
            set_aside=sum(t.state == EnrollmentState.SET_ASIDE for t in travellers),
            held=len(ledger.held),
            steps=len(ledger.steps),
            more=len(timers) >= limit or not is_all,
            waits=lag.waits_of(((timer.kind, timer.due_at) for timer in timers), now),
        )


def _lease(now: datetime, limit: int, buckets: Sequence[int] | None) -> tuple[list[int], bool]:
    """The buckets that this worker owns until commit, and whether they are all that is due."""
    due = dict(fetch("due_buckets", {"now": now, "limit": limit}))
    if buckets is not None:
        due = {bucket: n for bucket, n in due.items() if bucket in set(buckets)}
        wanted = list(buckets) if due else []
    else:
        wanted = list(due)
        if sum(due.values()) >= min(limit, FEW) and len(due) > SHARE:
            wanted = random.sample(wanted, SHARE)
    if not wanted:
        return [], True
    leased = [row[0] for row in fetch("lease_buckets", {"buckets": wanted})]
    return leased, len(wanted) >= len(due)


def _work(now: datetime, timers: list[TimerRow], ledger: Ledger, fault: str) -> list[Traveller]:
    """Sort out who is concerned by the claimed timers, and walk those who may go."""
    by_enrollment: dict[int, list[TimerRow]] = defaultdict(list)
    for timer in timers:
        by_enrollment[timer.enrollment_id].append(timer)
    rows = fetch("lock_enrollments", {"ids": list(by_enrollment)})
    versions = read_versions({row[1] for row in rows})
    walk = Walk(now, ledger)
    going: list[Traveller] = []
    ended: list[Traveller] = []
    for row in rows:
        traveller = _traveller(row, versions[row[1]], by_enrollment[row[0]])
        if not traveller.claimed:
            continue  # only timers of visits that are over
        state = row[9]
        if state == EnrollmentState.FINISHED:
            ended.append(traveller)
        elif state == EnrollmentState.SET_ASIDE:
            ledger.hold(traveller.version.journey_id, HeldReason.SET_ASIDE, traveller.claimed)
        elif traveller.version.state == JourneyState.PAUSED:
            ledger.hold(traveller.version.journey_id, HeldReason.PAUSED, traveller.claimed)
        else:
            _count_entry(traveller, ledger, walk)
            if fault:
                walk.set_aside(traveller, fault)
            elif traveller.version.state not in WALKING:
                walk.finish(traveller, STOPPED, now)
            going.append(traveller)
    listening = {t.member.customer_id for t in going if t.version.listens}
    if listening:
        fetch("lock_customers", {"ids": sorted(listening)})
    walk.go([t for t in going if t.state == EnrollmentState.ACTIVE])
    walk.find_goals(ended)
    return going + ended


def _traveller(row: tuple[Any, ...], version: Version, timers: list[TimerRow]) -> Traveller:
    (id, _version, customer_id, bucket, node, visit, entry_key, entered_at, arrived_at, state,
     goal_at, entry_event_id, context, finished_at, reason, error) = row  # fmt: skip
    claimed = [timer for timer in timers if timer.visit in (visit, 0)]
    wakes = [
        Wake(TimerKind(timer.kind), timer.event_at or timer.due_at, timer.event_id, timer.label)
        for timer in claimed
        if timer.visit == visit and timer.kind != TimerKind.ARRIVED
    ]
    # At the same moment an event goes before the end of the wait, and events by their number.
    wakes.sort(key=lambda wake: (wake.at, -wake.kind, wake.event_id or 0, wake.label))
    # Who goes on from an earlier batch brings the event that moved her there.
    again = [timer.event_id for timer in claimed if timer.kind == TimerKind.ARRIVED]
    has_arrived = any(timer.kind == TimerKind.ARRIVED for timer in claimed)
    member = Member(
        enrollment_id=id,
        customer_id=customer_id,
        bucket=bucket,
        visit=visit,
        entry_key=entry_key,
        entered_at=entered_at,
        arrived_at=arrived_at,
        context_json=context,
        wakes=wakes,
        spent=frozenset(filter(None, [entry_event_id, *again])),
    )
    moments = [timer.due_at for timer in claimed if timer.label == NOT_BEFORE]
    return Traveller(
        member=member,
        version=version,
        node=node,
        goal_at=goal_at,
        claimed=claimed,
        was_waiting=not has_arrived,
        state=state,
        finished_at=finished_at,
        reason=reason,
        error=error,
        not_before=max(moments, default=None),
    )


def _count_entry(traveller: Traveller, ledger: Ledger, walk: Walk) -> None:
    """Whoever stands at her first node and has not been looked at yet has just entered."""
    member = traveller.member
    is_new = member.visit == 1 and any(
        timer.kind == TimerKind.ARRIVED and not timer.label for timer in traveller.claimed
    )
    if not is_new:
        return
    ledger.arrive(traveller)
    goal = traveller.version.graph.goal if traveller.version.graph else None
    if goal is not None:
        until = member.entered_at + goal.within if goal.within else None
        event_type_id = walk.run(traveller.version).event_type_id(goal.event)
        ledger.listen(traveller, 0, event_type_id, "goal", member.entered_at, until)


def _is_deadlock(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") in ("40P01", "40001")
