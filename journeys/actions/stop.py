"""Stop: everybody inside leaves at once, and what was not sent yet is not sent any more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Candidate, CandidateState
from customers.access import Actor, Right, require
from journeys.actions.change import expect, locked, turn
from journeys.engine.leave import leave_all
from journeys.engine.moving import forget
from journeys.engine.walk import STOPPED
from journeys.models import Journey, JourneyState


def stop(actor: Actor, journey: Journey, now: datetime) -> int:
    """Stop *journey*; returns how many customers left it.

    Messages that wait for the gate lose their use now, so that it stops them with that reason.
    Raises RightMissing, and JourneyRefused unless it runs, drains or is paused.
    """
    require(actor, Right.PUBLISH, journey.brand)
    with transaction.atomic():
        held = locked(journey)
        states = {
            JourneyState.RUNNING.value,
            JourneyState.PAUSED.value,
            JourneyState.DRAINING.value,
        }
        expect(held, states, _("There is nothing to stop."))
        turn(actor, held, JourneyState.STOPPED, "stop", now)
        # Before anybody leaves: a move on its way locks itself first, then its people.
        forget(held.pk, now)
        left = leave_all(held.pk, reason=STOPPED, now=now)
        waiting = [CandidateState.WAITING, CandidateState.DEFERRED]
        Candidate.objects.filter(journey_id=held.pk, state__in=waiting).update(
            expires_at=now, due_at=now
        )
    journey.refresh_from_db()
    return left
