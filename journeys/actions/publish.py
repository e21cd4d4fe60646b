"""Publish: the draft becomes a version that new customers enter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from config.wake import wake
from customers.access import Actor, Right, record, require
from customers.models import EventType
from journeys.actions.change import JourneyRefused, expect, expect_time, locked
from journeys.actions.load import check
from journeys.engine.history import way_ids
from journeys.engine.moving import MOVE, collect
from journeys.engine.relocate import OTHERS, Choice
from journeys.engine.walk import EXIT_RULE, GOAL, STOPPED
from journeys.graph.schema import Graph, GraphUnreadable
from journeys.graph.sketch import sketch
from journeys.models import (
    EventTrigger,
    Journey,
    JourneyState,
    JourneyVersion,
    MoveKind,
    MoveState,
    PeopleMove,
)
from journeys.nodes import REGISTRY
from journeys.nodes.trigger_absence import TriggerAbsence
from journeys.nodes.trigger_api import TriggerApi, call_event
from journeys.nodes.trigger_event import TriggerEvent
from journeys.queries.publishing import preview
from journeys.subscriptions.fanout import tell_state

SLEEPING = {JourneyState.DRAINING.value, JourneyState.STOPPED.value}


def publish(
    actor: Actor,
    journey: Journey,
    now: datetime,
    *,
    note: str = "",
    people: Mapping[str, str] | None = None,
) -> JourneyVersion:
    """Publish the draft of *journey*; it runs from now on (a paused one stays paused).

    *people*: what becomes of those who stand at each step of the version that is replaced, "move"
    (to the same step of the new one), "stay" or "leave", "*" for every step that is not named;
    without it everybody goes on in the version in which she entered. They are moved bucket by
    bucket after this commits. Raises RightMissing, GraphUnreadable with every problem of the
    draft, and JourneyRefused when it is archived, over, or nothing changed, and for a choice that
    can't be.
    """
    require(actor, Right.PUBLISH, journey.brand)
    with transaction.atomic():
        held = locked(journey)
        expect_time(held, now)
        choices = read_choices(held, people or {})
        expect(
            held,
            set(JourneyState.values) - {JourneyState.ARCHIVED.value},
            _("An archived journey can't be published."),
        )
        graph, problems = check(held.draft, held.brand)
        if graph is None:
            raise GraphUnreadable(problems)
        current = held.current
        if current is not None and is_published(held):
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
        way_ids(ways_of(graph))
        for kind in REGISTRY.values():
            own = [node for node in graph.nodes.values() if type(node) is kind]
            kind.stand(own, version, now)
        before = held.state
        take_over(held, version, graph)
        changes: dict[str, Any] = {
            "version": [last or None, version.number],
            "state": [before, held.state],
        }
        if choices and current is not None:
            move = begin(actor, held, current, choices, now)
            changes["people"] = {"choices": choices, "meant": move.total}
        record(actor, "journey.publish", held, now=now, changes=changes)
        tell_state(held, str(before), "publish", now)
    journey.refresh_from_db()
    return version


def is_published(journey: Journey) -> bool:
    """Whether the draft is what runs already; one that drains or was stopped may begin anew."""
    current = journey.current
    return current is not None and current.graph == journey.draft and journey.state not in SLEEPING


# helpers


def read_choices(journey: Journey, people: Mapping[str, str]) -> dict[str, Choice]:
    """The choices as far as they change anything; raises JourneyRefused for one that can't be."""
    if not people:
        return {}
    seen = preview(journey)
    if seen is None:
        raise JourneyRefused(_("Nobody is on the way yet, so there is nobody to move."))
    steps = [OTHERS, *sketch(seen.version.graph).written]
    for key, choice in people.items():
        if key not in steps:
            text = _("“%(key)s” is not a step of version %(number)s. Expected one of: %(keys)s.")
            known = {"key": key, "number": seen.version.number, "keys": ", ".join(steps)}
            raise JourneyRefused(text % known)
        if choice not in seen.options(key):
            text = _("For “%(key)s” expected one of %(options)s, got “%(choice)s”.")
            options = ", ".join(seen.options(key))
            raise JourneyRefused(text % {"key": key, "options": options, "choice": choice})
    moves = PeopleMove.objects.filter(journey=journey, kind=MoveKind.VERSION)
    if on_the_way := moves.filter(state=MoveState.RUNNING).select_related("target").first():
        text = _(
            "People are still moving to version %(number)s: %(done)s of %(all)s. Wait for it, or "
            "stop it."
        )
        number = on_the_way.target.number if on_the_way.target else ""
        raise JourneyRefused(
            text % {"number": number, "done": on_the_way.done, "all": on_the_way.total}
        )
    chosen = {key: cast(Choice, choice) for key, choice in people.items()}
    return {} if set(chosen.values()) <= {"stay"} else chosen


def begin(
    actor: Actor,
    journey: Journey,
    source: JourneyVersion,
    choices: Mapping[str, Choice],
    now: datetime,
) -> PeopleMove:
    """Write down who is to be moved."""
    move = PeopleMove.objects.create(
        journey=journey,
        kind=MoveKind.VERSION,
        source=source,
        target=journey.current,
        choices=dict(choices),
        by=str(actor)[:160],
        created_at=now,
        moved_at=now,
    )
    move.total = collect(move)
    move.save(update_fields=["total"])
    wake(MOVE)
    return move


def ways_of(graph: Graph) -> Iterator[tuple[str, str]]:
    """Every way on which a walk may leave a node: known before the first one goes, so that no
    worker waits for another to make it."""
    for key, node in graph.nodes.items():
        codes = {outcome.name for outcome in node.outcomes()} or set(node.codes())
        yield from ((key, code) for code in codes | {GOAL, EXIT_RULE, STOPPED})


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
        (
            node.key,
            call_event(journey.code) if isinstance(node, TriggerApi) else node.settings.event,
        )
        for node in graph.triggers()
        if isinstance(node, TriggerEvent | TriggerAbsence | TriggerApi)
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
