"""Drain: nobody enters any more, who is inside walks to the end."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.access import Actor, Right, require
from journeys.actions.change import expect, locked, turn
from journeys.engine.late import rule_of, sort_out
from journeys.models import Journey, JourneyState


def drain(actor: Actor, journey: Journey, now: datetime) -> None:
    """Close the entrance of *journey*; customers inside go on (also when it was paused; what is
    late by then goes by the journey's rule).

    Raises RightMissing, and JourneyRefused unless it runs or is paused.
    """
    require(actor, Right.PUBLISH, journey.brand)
    with transaction.atomic():
        held = locked(journey)
        states = {JourneyState.RUNNING.value, JourneyState.PAUSED.value}
        expect(held, states, _("Only a journey that runs or is paused can be drained."))
        if held.state == JourneyState.PAUSED:
            sort_out(held, rule_of(held), now)
        turn(actor, held, JourneyState.DRAINING, "drain", now)
    journey.refresh_from_db()
