"""People moved by somebody: to another version, on to the next step, out of the journey.

The engine's own rules hold: one step per visit, sums with the history, timers and listeners of the
visit that ended are gone. Whoever stands at her new place is looked at as if she had just arrived,
by the settings of that node; only time that she has waited counts, and nothing is dated before the
moment at which she was moved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction

from journeys.engine.ledger import Ledger, TimerRow, Traveller, write
from journeys.engine.statements import copy, execute, fetch
from journeys.engine.travellers import traveller_of
from journeys.engine.versions import Version, read_versions
from journeys.engine.walk import Walk
from journeys.models import EnrollmentState, HeldReason, TimerKind
from journeys.models.timer import NOT_BEFORE
from journeys.nodes.base import Family, Leave
from journeys.queries.steps import moving_events

MOVED, TAKEN_OUT = "moved", "taken_out"
Choice = Literal["stay", "move", "leave"]
OTHERS = "*"


@dataclass(frozen=True, slots=True)
class Relocated:
    """How many of those who were meant moved, left, and stayed where they were."""

    moved: int = 0
    left: int = 0
    stayed: int = 0

    def __add__(self, other: Relocated) -> Relocated:
        """The sums."""
        return Relocated(
            self.moved + other.moved, self.left + other.left, self.stayed + other.stayed
        )


def lock_buckets(buckets: Collection[int]) -> None:
    """Keep the workers of the engine away from customers of these buckets until commit."""
    fetch("own_buckets", {"buckets": sorted(buckets)})


def to_version(
    ids: Sequence[int], target_id: int, choices: Mapping[str, Choice], now: datetime
) -> Relocated:
    """Move these people to the same node of another version, or let them leave, by *choices*
    ("*": every node that is not named). Call with their buckets locked, inside a transaction."""
    target = read_versions([target_id])[target_id]
    number = fetch("number_of", {"version": target_id})[0][0]
    people, new = _people(ids, {target_id})
    moving, leaving, entering = [], [], []
    stayed = 0
    for t in people:
        choice = choices.get(t.node, choices.get(OTHERS, "stay"))
        if choice == "leave":
            leaving.append(t)
        elif choice == "stay" or not _fits(t, target, is_new=t.member.enrollment_id in new):
            stayed += 1
        elif t.member.enrollment_id in new:
            entering.append(t)
        else:
            moving.append(t)
    ledger = Ledger()
    _carry(moving, target, now)
    _move(moving, target, number, ledger, now)
    execute("set_version", {"ids": [t.member.enrollment_id for t in moving + entering],
                            "version": target_id})  # fmt: skip
    _goals(moving, target, now)
    _take_out(leaving, new, ledger, now)
    write(ledger, moving + leaving, now)
    return Relocated(len(moving) + len(entering), len(leaving), stayed)


def out(ids: Sequence[int], now: datetime) -> Relocated:
    """Let these people leave the journey now; what was not sent to them yet is not sent."""
    people, new = _people(ids)
    ledger = Ledger()
    _take_out(people, new, ledger, now)
    write(ledger, people, now)
    return Relocated(left=len(people), stayed=len(set(ids)) - len(people))


def on(ids: Sequence[int], node: str, outcome: str, now: datetime) -> Relocated:
    """Let those of these people who stand at *node* go on by *outcome* now, as if what they wait
    for had happened. Who has just entered and was not looked at yet stays."""
    people, new = _people(ids)
    ledger = Ledger()
    walk = Walk(now, ledger)
    going = []
    for t in people:
        graph = t.version.graph
        known = graph is not None and outcome in graph.edges.get(node, {})
        if t.node != node or not known or graph is None or t.member.enrollment_id in new:
            continue
        t.state, t.error, t.was_waiting = EnrollmentState.ACTIVE.value, "", True
        if walk._leave(t, Leave(outcome, now, {"by": "hand"}), graph):
            going.append(t)
            ledger.timers.append(_look(t, now))
    _forget_timers(going)
    write(ledger, going, now)
    return Relocated(moved=len(going), stayed=len(set(ids)) - len(going))


# helpers


def _people(
    ids: Sequence[int], besides: Collection[int] = ()
) -> tuple[list[Traveller], Collection[int]]:
    """Who of them is inside (not in the version *besides*), locked; and who was never looked at."""
    rows = fetch("lock_enrollments", {"ids": sorted(set(ids))})
    rows = [row for row in rows if row[9] != EnrollmentState.FINISHED and row[1] not in besides]
    versions = read_versions({row[1] for row in rows})
    people = [traveller_of(row, versions[row[1]], []) for row in rows]
    new = {row[0] for row in fetch("never_looked_at", {"ids": [row[0] for row in rows]})}
    for t in people:
        t.was_waiting = True
    return people, new


def _fits(t: Traveller, target: Version, *, is_new: bool) -> bool:
    """Whether the target has her node; who is at a trigger needs it to be one still."""
    node = target.graph.nodes.get(t.node) if target.graph else None
    if node is None:
        return False
    return (node.family is Family.TRIGGER) == is_new


def _move(
    moving: Sequence[Traveller], target: Version, number: int, ledger: Ledger, now: datetime
) -> None:
    """History and sums; then she is looked at again where she stands, by the new settings."""
    _forget_timers(moving)
    places = [(t.member.enrollment_id, t.member.visit - 1) for t in moving]
    events = moving_events(places)
    for t in moving:
        event = events.get(t.member.enrollment_id)
        why = {"version": number} | ({"event": event} if event else {})
        ledger.leave(t, MOVED, max(now, t.member.arrived_at), why)
        t.version = target
        t.member.visit += 1
        t.is_changed = t.has_left = True
        hour = now.replace(minute=0, second=0, microsecond=0)
        ledger.counts[target.id, t.node, "", hour] += 1
        t.last_spent = event
        timer = _look(t, now)
        if t.state == EnrollmentState.SET_ASIDE:
            ledger.hold(target.journey_id, HeldReason.SET_ASIDE, [timer])
        else:
            ledger.timers.append(timer)


def _carry(moving: Sequence[Traveller], target: Version, now: datetime) -> None:
    """What their visits have begun belongs to those that follow; a few statements per node."""
    visits: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for t in moving:
        visits[t.node].append((t.member.enrollment_id, t.member.visit))
    run = Walk(now, Ledger()).run(target)
    for key in sorted(visits):
        if target.graph is not None:
            target.graph.nodes[key].carry(visits[key], run)


def _look(t: Traveller, now: datetime) -> TimerRow:
    """A timer for the engine's next look at her."""
    m = t.member
    kind = TimerKind.ARRIVED.value
    return TimerRow(
        t.version.id, m.enrollment_id, m.visit, m.bucket, now, kind, t.last_spent, label=NOT_BEFORE
    )


def _goals(moving: Sequence[Traveller], target: Version, now: datetime) -> None:
    """Listen for the goal of the version that she walks through from now on."""
    ids = [t.member.enrollment_id for t in moving]
    execute("drop_goals", {"ids": ids})
    goal = target.graph.goal if target.graph else None
    if goal is None or not ids:
        return
    run = Walk(now, Ledger()).run(target)
    execute(
        "listen_for_goal",
        {
            "ids": [t.member.enrollment_id for t in moving if t.goal_at is None],
            "type": run.event_type_id(goal.event),
            "within": goal.within,
            "version": target.id,
            "now": now,
        },
    )


def _take_out(
    leaving: Sequence[Traveller], new: Collection[int], ledger: Ledger, now: datetime
) -> None:
    walk = Walk(now, ledger)
    for t in leaving:
        if t.member.enrollment_id in new:
            ledger.arrive(t)
        t.error = ""
        walk.finish(t, TAKEN_OUT, now)
    _forget_timers(leaving)
    ids = [t.member.enrollment_id for t in leaving]
    execute("outdate_candidates", {"ids": ids, "now": now})


def _forget_timers(people: Sequence[Traveller]) -> None:
    """Whatever would have moved them; their goal (visit 0) may still come true."""
    ids = [t.member.enrollment_id for t in people]
    execute("drop_timers", {"ids": ids})
    execute("drop_held", {"ids": ids})


def look_again(ids: Sequence[int], now: datetime) -> int:
    """Let the engine look at these people where they stand, as if they had just arrived; returns
    how many timers were set. Call with their buckets locked."""
    with transaction.atomic():
        people, new = _people(ids)
        again = [t for t in people if t.member.enrollment_id not in new]
        events = moving_events([(t.member.enrollment_id, t.member.visit - 1) for t in again])
        rows = []
        for t in again:
            t.last_spent = events.get(t.member.enrollment_id)
            rows.append(_look(t, now))
        rows += [
            TimerRow(t.version.id, t.member.enrollment_id, t.member.visit, t.member.bucket, now,
                     TimerKind.ARRIVED.value)
            for t in people if t.member.enrollment_id in new
        ]  # fmt: skip
        waiting = [t for t in again if t.state == EnrollmentState.ACTIVE]
        execute("drop_listeners", {"ids": [t.member.enrollment_id for t in waiting]})
        _forget_timers(people)
        execute("free_again", {"ids": [t.member.enrollment_id for t in people]})
        copy("journeys_timer", TimerRow._fields, rows)
        return len(rows)
