"""What a batch has decided, collected in memory and written at once."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from customers.ingest import source_id
from customers.tags import TagSet, apply
from journeys.engine.history import ensure_history, way_ids
from journeys.engine.statements import copy, execute
from journeys.engine.versions import Version
from journeys.models import EnrollmentState, HeldReason, TimerKind
from journeys.nodes.base import Member, Stay, Wake, Want
from journeys.nodes.effects import Done, Effect
from journeys.subscriptions.fanout import tell_goals


class TimerRow(NamedTuple):
    """A timer as it was claimed or is to be set."""

    version_id: int
    enrollment_id: int
    visit: int
    bucket: int
    due_at: datetime
    kind: int
    event_id: int | None = None
    event_at: datetime | None = None
    label: str = ""


@dataclass(slots=True)
class Traveller:
    """A member on her way through this batch, and what becomes of her."""

    member: Member
    version: Version
    node: str
    goal_at: datetime | None
    claimed: list[TimerRow]
    was_waiting: bool  # she stood at a wait and may have listeners
    goal_event_at: datetime | None = None
    state: str = EnrollmentState.ACTIVE.value
    finished_at: datetime | None = None
    reason: str = ""
    error: str = ""
    is_changed: bool = False
    has_left: bool = False  # the node where she stood when the batch began
    last_spent: int | None = None  # the event that moved her last in this batch
    not_before: datetime | None = None  # somebody moved her then: no visit ends earlier
    first_goal_at: datetime | None = field(init=False)  # as it was when the batch began
    is_ahead: bool = False  # she was changed in a way that the database does not show yet

    def __post_init__(self) -> None:
        self.first_goal_at = self.goal_at


VARIABLES_MOST = 32_000


@dataclass(slots=True)
class Stretch:
    """Visits of one walk that ended at the same moment; see journeys.models.Stretch."""

    enrollment_id: int
    version_id: int
    arrived_at: datetime
    left_at: datetime
    visit: int
    path: list[tuple[str, str]]
    detail: str | None = None


STRETCH = ("enrollment_id", "version_id", "arrived_at", "left_at", "visit", "path", "detail")
# Outcomes of the node "": walks that reached their goal, by the hour of the goal and of the entry.
GOALS, GOALS_OF = "goal", "goal_of_entry"
LISTENER = (
    "customer_id", "event_type_id", "enrollment_id", "visit", "bucket", "version_id", "node",
    "label", "opened_at", "until", "match_property", "match_value",
)  # fmt: skip


@dataclass
class Ledger:
    """Rows to write, in the form in which they are written."""

    steps: int = 0
    stretches: list[Stretch] = field(default_factory=list)
    timers: list[TimerRow] = field(default_factory=list)
    held: list[tuple[Any, ...]] = field(default_factory=list)
    listeners: list[tuple[Any, ...]] = field(default_factory=list)
    wants: list[tuple[int, str, int, Want, datetime]] = field(default_factory=list)
    tags: list[TagSet] = field(default_factory=list)
    variables: dict[int, str] = field(default_factory=dict)  # JSON by enrollment
    effects: list[Done] = field(default_factory=list)
    counts: Counter[tuple[int, str, str, datetime]] = field(default_factory=Counter)
    goes_on: bool = False  # somebody is to be looked at again at once
    _last: dict[int, Stretch] = field(default_factory=dict)

    def arrive(self, traveller: Traveller) -> None:
        """Count her arrival at the node where she stands."""
        at = traveller.member.arrived_at
        self.counts[traveller.version.id, traveller.node, "", _hour(at)] += 1

    def leave(self, traveller: Traveller, outcome: str, at: datetime, why: Any = None) -> None:
        """Write the visit that ends by *outcome* at *at*."""
        member, version = traveller.member, traveller.version
        self.steps += 1
        last, way = self._last.get(member.enrollment_id), (traveller.node, outcome)
        goes_on = last is not None and last.left_at == member.arrived_at == at
        if last is not None and goes_on and why is None and last.version_id == version.id:
            last.path.append(way)
        else:
            detail = None if why is None else json.dumps(why)
            self._last[member.enrollment_id] = stretch = Stretch(
                member.enrollment_id, version.id, member.arrived_at, at, member.visit, [way], detail
            )
            self.stretches.append(stretch)
        self.counts[version.id, traveller.node, outcome, _hour(at)] += 1

    def listen(
        self, traveller: Traveller, visit: int, event_type_id: int, label: str,
        opened_at: datetime, until: datetime | None, match: tuple[str, str] = ("", ""),
    ) -> None:  # fmt: skip
        """Open a listener for her."""
        member = traveller.member
        self.listeners.append(
            (
                member.customer_id, event_type_id, member.enrollment_id, visit, member.bucket,
                traveller.version.id, traveller.node, label, opened_at, until, *match,
            )
        )  # fmt: skip

    def stay(self, traveller: Traveller, answer: Stay) -> None:
        """Set the timer of a wait that has an end, or at which the node wants to be asked again."""
        member, due = traveller.member, answer.due
        if due is not None:
            self.timers.append(
                TimerRow(
                    traveller.version.id, member.enrollment_id, member.visit, member.bucket, due,
                    TimerKind.TIME.value,
                )
            )  # fmt: skip

    def expect(self, traveller: Traveller, visit: int, wake: Wake) -> None:
        """Set the timer of an event that is known already and lies ahead."""
        member = traveller.member
        self.timers.append(
            TimerRow(
                traveller.version.id, member.enrollment_id, visit, member.bucket, wake.at,
                TimerKind.EVENT.value, wake.event_id, wake.at, wake.label,
            )
        )  # fmt: skip

    def look_again(self, traveller: Traveller) -> None:
        """Go on with her in the next batch, from where she stands."""
        member = traveller.member
        self.goes_on = True
        self.timers.append(
            TimerRow(
                traveller.version.id, member.enrollment_id, member.visit, member.bucket,
                member.arrived_at, TimerKind.ARRIVED.value, event_id=traveller.last_spent,
                label="again",
            )
        )  # fmt: skip

    def put(self, member: Member, values: Mapping[str, Any]) -> None:
        """Keep variables of her walk; raises ValueError when they would become too many."""
        member.put(values)
        text = json.dumps(member.variables, ensure_ascii=False)
        if len(text) > VARIABLES_MOST:
            raise ValueError(
                f"The variables of a walk take at most {VARIABLES_MOST} characters, "
                f"these take {len(text)}."
            )
        self.variables[member.enrollment_id] = text

    def do(self, traveller: Traveller, effects: Sequence[Effect], at: datetime) -> None:
        """Note what her visit does beside moving."""
        member = traveller.member
        for effect in effects:
            self.effects.append(
                Done(
                    effect, member.enrollment_id, member.customer_id, member.visit,
                    traveller.node, traveller.version, at,
                )
            )  # fmt: skip
            traveller.is_ahead |= effect.changes_customer
            self.goes_on |= effect.may_wake

    def hold(self, journey_id: int, reason: HeldReason, timers: list[TimerRow]) -> None:
        """Keep timers out of the way."""
        self.held += [(journey_id, reason.value, *timer) for timer in timers]


def write(ledger: Ledger, travellers: list[Traveller], now: datetime) -> None:
    """Write a batch. The number of statements does not depend on the number of travellers."""
    if ledger.stretches:
        _tell(ledger.stretches)
    changed = [t for t in travellers if t.is_changed]
    over: set[int] = set()
    if changed:
        _move(changed)
        _count_goals(ledger, changed)
        _tell_goals(changed, now)
        over = _drop_listeners(changed)
    if listeners := [row for row in ledger.listeners if row[2] not in over]:
        copy("journeys_listener", LISTENER, listeners)
    if ledger.timers:
        copy("journeys_timer", TimerRow._fields, ledger.timers)
    if ledger.held:
        copy("journeys_heldtimer", ("journey_id", "reason", *TimerRow._fields), ledger.held)
    if ledger.variables:
        values = {"ids": list(ledger.variables), "variables": list(ledger.variables.values())}
        execute("put_variables", values)
    if ledger.wants:
        _want(ledger)
    if ledger.tags:
        apply(ledger.tags, source_id=source_id("journey", kind="journey"), now=now)
    if ledger.effects:
        _do(ledger.effects, now)
    if ledger.counts:
        keys = sorted(ledger.counts)
        execute(
            "count_nodes",
            {
                "versions": [key[0] for key in keys],
                "nodes": [key[1] for key in keys],
                "outcomes": [key[2] for key in keys],
                "hours": [key[3] for key in keys],
                "ns": [ledger.counts[key] for key in keys],
            },
        )


# helpers


def _tell(stretches: list[Stretch]) -> None:
    ways = way_ids(way for stretch in stretches for way in stretch.path)
    ensure_history({stretch.left_at for stretch in stretches})
    copy(
        "journeys_stretch",
        STRETCH,
        (
            (s.enrollment_id, s.version_id, s.arrived_at, s.left_at, s.visit,
             [ways[way] for way in s.path], s.detail)
            for s in stretches
        ),
    )  # fmt: skip


def _count_goals(ledger: Ledger, changed: list[Traveller]) -> None:
    """Goals count per hour like visits do: node "" has the sums of the journey as a whole."""
    for t in changed:
        if t.goal_at == t.first_goal_at:
            continue
        for at, n in ((t.first_goal_at, -1), (t.goal_at, 1)):
            if at is not None:
                ledger.counts[t.version.id, "", GOALS, _hour(at)] += n
                ledger.counts[t.version.id, "", GOALS_OF, _hour(t.member.entered_at)] += n


def _tell_goals(changed: list[Traveller], now: datetime) -> None:
    """Other systems may want to hear of goals that were reached in this batch."""
    reached = [t for t in changed if t.goal_at is not None and t.first_goal_at is None]
    if reached:
        ids = [t.member.enrollment_id for t in reached]
        tell_goals(ids, [t.goal_at for t in reached if t.goal_at is not None], now)


def _move(changed: list[Traveller]) -> None:
    execute(
        "move_enrollments",
        {
            "ids": [t.member.enrollment_id for t in changed],
            "nodes": [t.node for t in changed],
            "visits": [t.member.visit for t in changed],
            "arrived": [t.member.arrived_at for t in changed],
            "states": [t.state for t in changed],
            "finished": [t.finished_at for t in changed],
            "reasons": [t.reason for t in changed],
            "goals": [t.goal_at for t in changed],
            "errors": [t.error for t in changed],
        },
    )


def _drop_listeners(changed: list[Traveller]) -> set[int]:
    """Listeners of waits that ended; the goal's too when it can't be reached any more.

    Returns the enrollments for which nothing is to be heard any more.
    """
    over, left = [], []
    for t in changed:
        goal = t.version.graph.goal if t.version.graph else None
        if t.state == EnrollmentState.FINISHED and goal is not None:
            end = t.member.entered_at + goal.within if goal.within else None
            if t.goal_at is not None or end is None or end <= (t.finished_at or end):
                over.append(t.member.enrollment_id)
                continue
        if t.was_waiting and t.has_left:
            left.append(t.member.enrollment_id)
    if over:
        execute("drop_all_listeners", {"ids": over})
    if left:
        execute("drop_listeners", {"ids": left})
    return set(over)


def _want(ledger: Ledger) -> None:
    wants = ledger.wants
    execute(
        "insert_candidates",
        {
            "enrollments": [want[0] for want in wants],
            "nodes": [want[1] for want in wants],
            "visits": [want[2] for want in wants],
            "contents": [want[3].content_id for want in wants],
            "priorities": [want[3].priority for want in wants],
            "wanted": [want[4] for want in wants],
            "expires": [want[3].expires_at for want in wants],
            "variables": [want[3].variables for want in wants],
        },
    )


def _do(effects: Sequence[Done], now: datetime) -> None:
    """Write effects kind by kind. After listeners, so that an event of an act is heard."""
    kinds: dict[type[Effect], list[Done]] = defaultdict(list)
    for done in effects:
        kinds[type(done.effect)].append(done)
    for kind in sorted(kinds, key=lambda kind: (kind.order, kind.__name__)):
        kind.write(kinds[kind], now)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
