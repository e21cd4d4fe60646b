"""What every change of a journey's state shares: lock, check, write, audit.

draft ──publish──► running ◄──resume── paused
                    │  ▲  └──pause──────►│
                  drain └─resume─┐       │
                    ▼            │       │
                 draining ───────┘  ◄──drain
                    │
running, paused, draining ──stop──► stopped ──publish──► running
draft, stopped ──archive──► archived
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from customers.access import Actor, record
from customers.formats import day
from journeys.models import Journey, JourneyState
from journeys.subscriptions.fanout import tell_state


class JourneyRefused(ValueError):
    """A change that this journey can't take now; the text is a sentence for the reader."""


def locked(journey: Journey) -> Journey:
    """The journey as it is now, locked until commit; call inside the transaction."""
    return (
        Journey.objects.select_for_update(of=("self",)).select_related("brand").get(pk=journey.pk)
    )


def expect(journey: Journey, states: Collection[str], sentence: str) -> None:
    """Raise JourneyRefused unless the journey is in one of *states*."""
    if journey.state not in states:
        state = JourneyState(journey.state).label
        now_is = _("“%(journey)s” is %(state)s.") % {"journey": journey, "state": state}
        raise JourneyRefused(f"{now_is} {sentence}")


def is_over(journey: Journey, now: datetime) -> bool:
    """Whether the time in which it takes customers has ended."""
    return journey.ends_at is not None and journey.ends_at <= now


def expect_time(journey: Journey, now: datetime) -> None:
    """Raise JourneyRefused when the journey's time is over: nobody could enter any more."""
    if journey.ends_at is not None and is_over(journey, now):
        raise JourneyRefused(
            _("The time of “%(journey)s” ended on %(day)s. Set a later end first.")
            % {"journey": journey, "day": day(journey.ends_at)}
        )


def turn(actor: Actor, journey: Journey, state: str, action: str, now: datetime) -> None:
    """Write the new state and the audit entry of `journey.<action>`."""
    before, journey.state = journey.state, state
    journey.save(update_fields=["state", "changed_at"])
    changes = {"state": [str(before), str(state)]}
    record(actor, f"journey.{action}", journey, now=now, changes=changes)
    tell_state(journey, str(before), action, now)
