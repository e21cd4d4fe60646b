"""What fell due while a journey was paused, and is too late by now: done now, skipped, or asked.

Skipped: everything goes on as if it had been done in time, so that messages whose time is over are
stopped by the gate. Done now: nothing is dated before the decision, so messages still go out.
Asked: the late ones stay where they are until somebody has decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min

from journeys.engine.statements import execute
from journeys.engine.versions import LATENESS
from journeys.graph.written import read_heading
from journeys.models import HeldReason, HeldTimer, Journey
from journeys.models.timer import NOT_BEFORE

SKIP, SEND, ASK = "skip", "send", "ask"


@dataclass(frozen=True)
class Late:
    """How many people are late in a journey, and since when the first of them is."""

    people: int = 0
    oldest: datetime | None = None


def rule_of(journey: Journey) -> str:
    """What the published journey says about what is too late: skip, send or ask."""
    heading = read_heading(journey.current.graph)[0] if journey.current else None
    return heading.late if heading else SKIP


def late_before(journey: Journey, now: datetime) -> datetime:
    """What fell due before this is too late by *now*."""
    heading = read_heading(journey.current.graph)[0] if journey.current else None
    return now - ((heading.lateness if heading else None) or LATENESS)


def late_of(journey: Journey, now: datetime) -> Late:
    """Who is late in a paused journey, or was found late and waits for a decision."""
    rows = HeldTimer.objects.filter(journey_id=journey.pk, due_at__lt=late_before(journey, now))
    return _count(rows.filter(reason__in=[HeldReason.PAUSED, HeldReason.LATE]))


def asked_of(journey_id: int) -> Late:
    """Who is late and waits until somebody has decided."""
    return _count(HeldTimer.objects.filter(journey_id=journey_id, reason=HeldReason.LATE))


def sort_out(journey: Journey, rule: str, now: datetime) -> None:
    """Apply *rule* to what fell due while the journey was paused; in the transaction that resumes
    it. What is not late is released by the engine as it was."""
    values = {"journey": journey.pk, "before": late_before(journey, now)}
    if rule == ASK:
        execute("ask_late", values)
    elif rule == SEND:
        values |= {"reason": HeldReason.PAUSED.value, "now": now, "label": NOT_BEFORE}
        execute("late_from_now", values)


def decide(journey: Journey, rule: str, now: datetime) -> None:
    """Release what was asked about: *rule* is send or skip. In the transaction of the action."""
    values: dict[str, Any] = {"journey": journey.pk, "before": now, "now": now}
    if rule == SEND:
        values |= {"reason": HeldReason.LATE.value, "label": NOT_BEFORE}
        execute("late_from_now", values)
    execute("release_late", values)


# helpers


def _count(rows: Any) -> Late:
    found = rows.aggregate(people=Count("enrollment_id", distinct=True), oldest=Min("due_at"))
    return Late(found["people"], found["oldest"])
