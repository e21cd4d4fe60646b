"""Sends that are done: everybody is through, nothing waits any more, so their journeys end."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from campaigns.models import Campaign
from customers.access import Actor
from journeys.actions.change import JourneyRefused
from journeys.actions.stop import stop
from journeys.actions.window import set_window
from journeys.models import AtEnd, JourneyState, Send, TriggerRun
from journeys.queries.counts import totals_of
from journeys.sends.plan import read_plan
from journeys.sends.state import SENT, states_of

DONE = Actor.of_system("send is done")
PERIOD = Actor.of_system("period of the campaign")
OPEN = (JourneyState.RUNNING, JourneyState.DRAINING)


def finish_sends(now: datetime) -> int:
    """Stop the journeys of sends that have gone out; returns how many. The task of every minute.

    A recurring one ends when its journey drains (its campaign is over) and is empty; one with a
    goal when the time of that is over.
    """
    runs = TriggerRun.objects.filter(journey=OuterRef("journey"))
    rows = Send.objects.filter(
        Exists(runs), ~Exists(runs.filter(finished_at=None)), journey__state__in=OPEN
    ).select_related("campaign__brand", "journey__brand", "journey__current")
    n = 0
    done = [each for each in states_of(list(rows.order_by("pk")), now) if each.state == SENT]
    # Who has entered and was not looked at yet stands in no sum, and is not to be stopped.
    looked_at = totals_of([each.send.journey_id for each in done]) if done else {}
    for status in done:
        if looked_at[status.send.journey_id].entered < status.entered:
            continue
        plan = status.running
        if plan and plan.goal and status.last_at and now < status.last_at + plan.within:
            continue  # successes are still counted
        try:
            with transaction.atomic():
                stop(DONE, status.send.journey, now)
                Send.objects.filter(pk=status.send.pk).update(finished_at=now)
        except JourneyRefused:
            continue  # somebody was quicker
        n += 1
    return n


def follow_period(campaign: Campaign, now: datetime) -> None:
    """Recurring sends end with their campaign, also when its end is moved."""
    rows = Send.objects.filter(campaign=campaign, journey__state__in=[*OPEN, JourneyState.PAUSED])
    for send in rows.select_related("journey__brand", "journey__current"):
        journey = send.journey
        plan = read_plan(journey.current.graph) if journey.current else None
        if plan is None or not plan.repeat or journey.ends_at == campaign.ends_at:
            continue
        # A campaign that ends at once drains them at once, by the task of every minute.
        ends_at = campaign.ends_at
        if ends_at is not None and ends_at <= now:
            journey.ends_at = ends_at
            journey.save(update_fields=["ends_at", "changed_at"])
            continue
        set_window(PERIOD, journey, now, starts_at=None, ends_at=ends_at, at_end=AtEnd.DRAIN)
