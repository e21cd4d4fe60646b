"""What sends are just now: from their journeys, their runs, and who is still on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext_lazy

from campaigns.models import Candidate, CandidateState, Message, MessageState, VerdictCount
from journeys.actions.publish import SLEEPING
from journeys.actions.sends import plan_of
from journeys.engine.versions import LATENESS
from journeys.models import JourneyState, Send, TriggerRun
from journeys.queries.counts import inside_of
from journeys.sends.plan import Plan, read_plan
from journeys.sends.reach import next_moment

DRAFT, PLANNED, SENDING, BETWEEN = "draft", "planned", "sending", "between"
SENT, MISSED, PAUSED = "sent", "missed", "paused"
STOPPED, ARCHIVED = "stopped", "archived"
WORDS = {
    DRAFT: (gettext_lazy("draft"), "", "note"),
    PLANNED: (gettext_lazy("planned"), "info", "calendar"),
    SENDING: (gettext_lazy("sending"), "ok", "play"),
    BETWEEN: (gettext_lazy("between two runs"), "info", "calendar"),
    SENT: (gettext_lazy("sent"), "ok", "ok"),
    MISSED: (gettext_lazy("its time was missed"), "bad", "bad"),
    PAUSED: (gettext_lazy("paused"), "warn", "pause"),
    STOPPED: (gettext_lazy("stopped"), "", "stop"),
    ARCHIVED: (gettext_lazy("put away"), "", "lock"),
}


@dataclass(frozen=True, slots=True)
class Status:
    """A send now. `running` is the plan that was started, `plan` the one in its draft (None when
    drawn by hand); `next_at` the moment of its next run."""

    send: Send
    state: str
    plan: Plan | None
    running: Plan | None
    next_at: datetime | None = None
    last_at: datetime | None = None
    runs: int = 0
    entered: int = 0
    sent: int = 0
    stopped: int = 0
    waiting: int = 0

    @property
    def label(self) -> str:
        return str(WORDS[self.state][0])

    @property
    def tone(self) -> str:
        return WORDS[self.state][1]

    @property
    def icon(self) -> str:
        return WORDS[self.state][2]

    @property
    def is_changed(self) -> bool:
        """Whether its draft differs from what runs."""
        journey = self.send.journey
        return journey.current is not None and journey.current.graph != journey.draft

    @property
    def told(self) -> Plan | None:
        """The plan to tell of: the one in the draft, of what has gone out the one that went."""
        has_gone = self.runs and self.running is not None and not self.running.repeat
        return self.running if has_gone else self.plan or self.running

    @property
    def is_alive(self) -> bool:
        """Whether it lets people in, or has some on their way."""
        return self.state in (PLANNED, SENDING, BETWEEN, PAUSED)


def states_of(sends: Sequence[Send], now: datetime) -> list[Status]:
    """The state of each send; five queries, however many. Select `campaign`, `journey__brand` and
    `journey__current` with them."""
    ids = [send.journey_id for send in sends]
    runs: dict[int, dict[str, Any]] = {
        row["journey"]: dict(row)
        for row in TriggerRun.objects.filter(journey__in=ids)
        .values("journey")
        .annotate(
            n=Count("pk"), entered=Sum("entered"), last=Max("due_at"),
            open=Count("pk", filter=Q(finished_at=None)),
        )
        .order_by()
    }  # fmt: skip
    inside = inside_of(ids) if ids else {}
    waiting = dict(
        Candidate.objects.filter(
            journey_id__in=ids, state__in=[CandidateState.WAITING, CandidateState.DEFERRED]
        )
        .values_list("journey_id")
        .annotate(n=Count("pk"))
        .order_by()
    )
    verdicts = {
        (journey, verdict): n
        for journey, verdict, n in VerdictCount.objects.filter(journey_id__in=ids)
        .values_list("journey_id", "verdict")
        .annotate(sum=Sum("n"))
        .order_by()
    }
    found = []
    for send in sends:
        pk, journey = send.journey_id, send.journey
        run = runs.get(pk, {})
        plan = plan_of(send)
        started = read_plan(journey.current.graph) if journey.current else None
        busy = bool(run.get("open") or inside.get(pk) or waiting.get(pk))
        next_at = next_moment(started, journey.brand, now) if started else None
        late = next_at is not None and next_at < now - LATENESS
        found.append(
            Status(
                send=send,
                state=_state(send, started, bool(run), busy, late),
                plan=plan,
                running=started,
                next_at=next_at if next_at and next_at > now else None,
                last_at=run.get("last"),
                runs=run.get("n", 0),
                entered=run.get("entered") or 0,
                sent=verdicts.get((pk, "allowed"), 0),
                stopped=verdicts.get((pk, "stopped"), 0),
                waiting=waiting.get(pk, 0),
            )
        )
    return found


def stopped_by_rule(send: Send) -> dict[str, int]:
    """What the gate has stopped of a send, by rule; from sums."""
    rows = VerdictCount.objects.filter(journey_id=send.journey_id, verdict="stopped")
    return dict(rows.values_list("rule").annotate(sum=Sum("n")).order_by("rule"))


def messages_by_state(send: Send) -> dict[str, int]:
    """The messages of a send by state."""
    rows = Message.objects.filter(journey_id=send.journey_id).values_list("state")
    found = dict(rows.annotate(n=Count("pk")).order_by())
    return {state: found[state] for state in MessageState.values if state in found}


# helpers


def _state(send: Send, started: Plan | None, has_run: bool, busy: bool, late: bool) -> str:
    state = JourneyState(send.journey.state)
    if state == JourneyState.ARCHIVED:
        return ARCHIVED
    if state == JourneyState.DRAFT:
        return DRAFT
    if state == JourneyState.PAUSED:
        return PAUSED
    is_over = started is None or not started.repeat
    if state in SLEEPING and not busy:
        # A send that went out closes its journey by itself; a stopped one was stopped by somebody.
        return SENT if send.finished_at or state == JourneyState.DRAINING else STOPPED
    if busy:
        return SENDING
    if not has_run:
        return MISSED if late and not (started and started.own_clock) else PLANNED
    return SENT if is_over else BETWEEN
