"""Archive: a journey that is over leaves the list, its history stays."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.access import Actor, Right, require
from journeys.actions.change import expect, locked, turn
from journeys.models import Journey, JourneyState


def archive(actor: Actor, journey: Journey, now: datetime) -> None:
    """Archive *journey*. Raises RightMissing, and JourneyRefused while anybody may be inside."""
    require(actor, Right.PUBLISH, journey.brand)
    with transaction.atomic():
        held = locked(journey)
        states = {JourneyState.DRAFT.value, JourneyState.STOPPED.value}
        expect(held, states, _("Stop it first; then it can be archived."))
        turn(actor, held, JourneyState.ARCHIVED, "archive", now)
    journey.refresh_from_db()
