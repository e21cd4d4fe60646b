"""From claimed timers to travellers, and walking them by the batch interpreter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from journeys.engine.ledger import Ledger, TimerRow, Traveller
from journeys.engine.statements import fetch
from journeys.engine.versions import Version, read_versions
from journeys.engine.walk import STOPPED, Walk
from journeys.models import EnrollmentState, HeldReason, JourneyState, TimerKind
from journeys.models.timer import NOT_BEFORE
from journeys.nodes.base import Member, Wake

LEFT = "left"  # the reason of who was taken out by another journey
WALKING = {JourneyState.RUNNING.value, JourneyState.DRAINING.value}


def interpret(
    now: datetime, timers: Iterable[TimerRow], ledger: Ledger, fault: str = ""
) -> list[Traveller]:
    """Sort out who is concerned by the claimed timers, and walk those who may go.

    What becomes of them stands in *ledger* and in the travellers returned; nothing is written yet.
    With *fault* nobody is walked: whoever is concerned is set aside for that reason.
    """
    by_enrollment: dict[int, list[TimerRow]] = defaultdict(list)
    for timer in timers:
        by_enrollment[timer.enrollment_id].append(timer)
    rows = fetch("lock_enrollments", {"ids": list(by_enrollment)})
    versions = read_versions({row[1] for row in rows})
    walk = Walk(now, ledger)
    going: list[Traveller] = []
    ended: list[Traveller] = []
    for row in rows:
        traveller = traveller_of(row, versions[row[1]], by_enrollment[row[0]])
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
            out = next((t for t in traveller.claimed if t.kind == TimerKind.LEAVE), None)
            if out is not None:
                walk.finish(traveller, out.label or LEFT, out.due_at)
            elif fault:
                walk.set_aside(traveller, fault)
            elif traveller.version.state not in WALKING:
                walk.finish(traveller, STOPPED, now)
            going.append(traveller)
    listening = {t.member.customer_id for t in going if t.version.listens}
    changing = {t.member.customer_id for t in going if t.version.changes}
    if listening or changing:
        # One statement in the order of ids for both, as the door locks: acts write customers.
        name = "lock_customers_to_change" if changing else "lock_customers"
        fetch(name, {"ids": sorted(listening | changing)})
    walk.go([t for t in going if t.state == EnrollmentState.ACTIVE])
    walk.find_goals(ended)
    return going + ended


def traveller_of(row: tuple[Any, ...], version: Version, timers: list[TimerRow]) -> Traveller:
    """A row of `lock_enrollments` with its claimed timers."""
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


# helpers


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
