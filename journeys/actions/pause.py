"""Pause: nobody enters, nobody moves, nothing is sent, until it is resumed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.access import Actor, Right, require
from journeys.actions.change import expect, locked, turn
from journeys.models import Journey, JourneyState


def pause(actor: Actor, journey: Journey, now: datetime) -> None:
    """Pause *journey*; customers stay where they are, and what falls due waits.

    Raises RightMissing, and JourneyRefused unless it runs or drains.
    """
    require(actor, Right.PUBLISH, journey.brand)
    with transaction.atomic():
        held = locked(journey)
        states = {JourneyState.RUNNING.value, JourneyState.DRAINING.value}
        expect(held, states, _("Only a journey that runs can be paused."))
        turn(actor, held, JourneyState.PAUSED, "pause", now)
    journey.refresh_from_db()
