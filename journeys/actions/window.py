"""The time in which a journey takes customers, and what happens when it is over."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.access import Actor, Right, record, require
from journeys.actions.change import JourneyRefused, expect, locked
from journeys.actions.drain import drain
from journeys.actions.stop import stop
from journeys.models import AtEnd, Journey, JourneyState

OVER = Actor.of_system("end of the journey's time")


def set_window(
    actor: Actor,
    journey: Journey,
    now: datetime,
    *,
    starts_at: datetime | None,
    ends_at: datetime | None,
    at_end: str,
) -> None:
    """Let customers enter *journey* only from *starts_at* until before *ends_at* (None: no limit);
    then it drains or stops by *at_end*. Raises RightMissing, and JourneyRefused when the end does
    not come after the start, or lies in the past."""
    require(actor, Right.PUBLISH, journey.brand)
    if at_end not in AtEnd.values:
        raise JourneyRefused(_("Expected drain or stop, got “%s”.") % at_end)
    if ends_at is not None and starts_at is not None and ends_at <= starts_at:
        raise JourneyRefused(_("The end must come after the start."))
    with transaction.atomic():
        held = locked(journey)
        archived = {JourneyState.ARCHIVED.value}
        expect(held, set(JourneyState.values) - archived, _("Its time can't be changed any more."))
        if ends_at is not None and ends_at <= now and ends_at != held.ends_at:
            raise JourneyRefused(_("The end lies in the past. To end it now, drain or stop it."))
        before = (held.starts_at, held.ends_at, held.at_end)
        held.starts_at, held.ends_at, held.at_end = starts_at, ends_at, at_end
        held.save(update_fields=["starts_at", "ends_at", "at_end", "changed_at"])
        names = ("starts_at", "ends_at", "at_end")
        changes = {
            name: [str(old or ""), str(new or "")]
            for name, old, new in zip(names, before, (starts_at, ends_at, at_end), strict=True)
            if old != new
        }
        record(actor, "journey.window", held, now=now, changes=changes)
    journey.refresh_from_db()


def close_ended(now: datetime) -> int:
    """Drain or stop the journeys whose time is over; returns how many. The task of every minute.

    A paused one that drains at its end stays paused, and drains when it is resumed.
    """
    states = [JourneyState.RUNNING, JourneyState.PAUSED, JourneyState.DRAINING]
    rows = Journey.objects.filter(ends_at__lte=now, state__in=states).select_related("brand")
    n = 0
    for journey in rows.order_by("pk"):
        try:
            if journey.at_end == AtEnd.STOP:
                stop(OVER, journey, now)
            elif journey.state == JourneyState.RUNNING:
                drain(OVER, journey, now)
            else:
                continue
        except JourneyRefused:
            continue  # somebody was quicker
        n += 1
    return n
