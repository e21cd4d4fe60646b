"""Resume: a paused journey goes on as it was, a draining one takes new customers again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.access import Actor, Right, require
from customers.models import AuditEntry
from journeys.actions.change import expect, locked, turn
from journeys.models import Journey, JourneyState


def resume(actor: Actor, journey: Journey, now: datetime) -> None:
    """Let *journey* go on; one that was paused while it drained goes on draining.

    Raises RightMissing, and JourneyRefused unless it is paused or drains.
    """
    require(actor, Right.PUBLISH, journey.brand)
    with transaction.atomic():
        held = locked(journey)
        states = {JourneyState.PAUSED.value, JourneyState.DRAINING.value}
        expect(held, states, _("Only a journey that is paused or drains can be resumed."))
        state = before_pause(held) if held.state == JourneyState.PAUSED else JourneyState.RUNNING
        turn(actor, held, state, "resume", now)
    journey.refresh_from_db()


def before_pause(journey: Journey) -> str:
    """Running or draining, as the audit log says it was when it was paused."""
    entries = AuditEntry.objects.filter(
        object_type="journey", object_id=str(journey.pk), action="journey.pause"
    )
    last = entries.order_by("-at", "-id").first()
    state = last.changes.get("state", [""])[0] if last else ""
    return JourneyState.DRAINING if state == JourneyState.DRAINING else JourneyState.RUNNING
