"""Resume: a paused journey goes on as it was, a draining one takes new customers again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from config.wake import wake
from customers.access import Actor, Right, record, require
from customers.models import AuditEntry
from journeys.actions.change import JourneyRefused, expect, expect_time, is_over, locked, turn
from journeys.actions.people import WAKE
from journeys.engine.late import ASK, SEND, SKIP, asked_of, decide, rule_of, sort_out
from journeys.models import Journey, JourneyState


def resume(actor: Actor, journey: Journey, now: datetime, *, late: str = "") -> None:
    """Let *journey* go on; one that was paused while it drained goes on draining.

    *late*: what happens to what fell due meanwhile and is too late by now, "send", "skip" or "ask"
    (it waits for `decide_late`); without it, as the journey says. One whose time ended while it was
    paused drains. Raises RightMissing, and JourneyRefused unless it is paused or drains, and for
    one that drains since its time is over.
    """
    require(actor, Right.PUBLISH, journey.brand)
    with transaction.atomic():
        held = locked(journey)
        states = {JourneyState.PAUSED.value, JourneyState.DRAINING.value}
        expect(held, states, _("Only a journey that is paused or drains can be resumed."))
        was_paused = held.state == JourneyState.PAUSED
        state = before_pause(held) if was_paused else JourneyState.RUNNING
        if state == JourneyState.RUNNING and was_paused and is_over(held, now):
            state = JourneyState.DRAINING  # its time ended while it was paused
        elif state == JourneyState.RUNNING:
            expect_time(held, now)
        if was_paused:
            sort_out(held, read_rule(late) or rule_of(held), now)
        turn(actor, held, state, "resume", now)
    journey.refresh_from_db()


def decide_late(actor: Actor, journey: Journey, late: str, now: datetime) -> int:
    """Let those go on who were found late when *journey* was resumed: "send" what is late now, or
    "skip" it. Returns how many people that are. Raises RightMissing, and JourneyRefused when
    nobody waits for it."""
    require(actor, Right.PUBLISH, journey.brand)
    with transaction.atomic():
        held = locked(journey)
        people = asked_of(held.pk).people
        if not people:
            raise JourneyRefused(_("Nobody waits for this decision any more."))
        if read_rule(late) not in (SEND, SKIP):
            raise JourneyRefused(_("Expected send or skip, got “%s”.") % late)
        decide(held, late, now)
        changes = {"late": late, "people": people}
        record(actor, "journey.decide_late", held, now=now, changes=changes)
        wake(WAKE)
    return people


def read_rule(late: str) -> str:
    """A rule as it was given; raises JourneyRefused for one that is none."""
    if late not in ("", SEND, SKIP, ASK):
        raise JourneyRefused(_("Expected send, skip or ask, got “%s”.") % late)
    return late


def before_pause(journey: Journey) -> str:
    """Running or draining, as the audit log says it was when it was paused."""
    entries = AuditEntry.objects.filter(
        object_type="journey", object_id=str(journey.pk), action="journey.pause"
    )
    last = entries.order_by("-at", "-id").first()
    state = last.changes.get("state", [""])[0] if last else ""
    return JourneyState.DRAINING if state == JourneyState.DRAINING else JourneyState.RUNNING
