"""Publish: the draft becomes a version that new customers enter."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from customers.access import Actor, Right, record, require
from customers.models import EventType
from journeys.actions.change import JourneyRefused, expect, locked
from journeys.actions.load import check
from journeys.graph.schema import Graph, GraphUnreadable
from journeys.models import EventTrigger, Journey, JourneyState, JourneyVersion

SLEEPING = {JourneyState.DRAINING.value, JourneyState.STOPPED.value}


def publish(actor: Actor, journey: Journey, now: datetime, *, note: str = "") -> JourneyVersion:
    """Publish the draft of *journey*; it runs from now on (a paused one stays paused).

    Who is inside goes on in the version in which she entered. Raises RightMissing, GraphUnreadable
    with every problem of the draft, and JourneyRefused when it is archived or nothing changed.
    """
    require(actor, Right.PUBLISH, journey.brand)
    with transaction.atomic():
        held = locked(journey)
        expect(
            held,
            set(JourneyState.values) - {JourneyState.ARCHIVED.value},
            _("An archived journey can't be published."),
        )
        graph, problems = check(held.draft, held.brand)
        if graph is None:
            raise GraphUnreadable(problems)
        current = held.current
        if current is not None and current.graph == held.draft and held.state not in SLEEPING:
            raise JourneyRefused(
                _("The draft of “%(journey)s” is the same as version %(number)s. Nothing to do.")
                % {"journey": held, "number": current.number}
            )
        last = held.versions.aggregate(last=Max("number"))["last"] or 0
        version = JourneyVersion.objects.create(
            journey=held,
            number=last + 1,
            graph=held.draft,
            note=note,
            published_at=now,
            published_by=actor.user,
        )
        set_triggers(held, version, graph, now)
        before = held.state
        take_over(held, version, graph)
        changes = {"version": [last or None, version.number], "state": [before, held.state]}
        record(actor, "journey.publish", held, now=now, changes=changes)
    journey.refresh_from_db()
    return version


# helpers


def take_over(journey: Journey, version: JourneyVersion, graph: Graph) -> None:
    """What the published graph says about the journey as a whole holds from now on."""
    journey.current = version
    if journey.state != JourneyState.PAUSED:
        journey.state = JourneyState.RUNNING
    journey.name, journey.description = graph.name, graph.description
    journey.timezone = graph.timezone
    if graph.priority is not None:
        journey.priority = graph.priority
    journey.save()


def set_triggers(journey: Journey, version: JourneyVersion, graph: Graph, now: datetime) -> None:
    """Listen to the events of this version's triggers, and no longer to those of earlier ones."""
    wanted = [
        (node.key, reference.code)
        for node in graph.triggers()
        for reference in node.refers()
        if reference.noun == "event"
    ]
    # A journey may be published before the first event of its kind has come in.
    EventType.objects.bulk_create(
        [
            EventType(code=code, name=EventType.words_of(code), first_seen_at=now, last_seen_at=now)
            for code in dict.fromkeys(code for _key, code in wanted)
        ],
        ignore_conflicts=True,
    )
    types = dict(
        EventType.objects.filter(code__in=[code for _key, code in wanted]).values_list("code", "pk")
    )
    EventTrigger.objects.filter(journey=journey).delete()
    EventTrigger.objects.bulk_create(
        [
            EventTrigger(journey=journey, version=version, node=key, event_type_id=types[code])
            for key, code in wanted
        ]
    )
