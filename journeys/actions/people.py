"""People of a journey moved by hand: on to the next step, or out. One person or a whole step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from config.wake import wake
from customers.access import Actor, Right, record, require
from journeys.actions.change import JourneyRefused, expect, locked
from journeys.engine.advance import GATE
from journeys.engine.moving import MOVE, collect, go
from journeys.graph.sketch import sketch
from journeys.models import Journey, JourneyState, JourneyVersion, MoveKind, MoveState, PeopleMove

# So many are moved while one waits; more in the background.
AT_ONCE = 500
NAMED = 20  # an audit entry names so many walks
WAKE = "journeys.tasks.advance"
INSIDE = {JourneyState.RUNNING.value, JourneyState.PAUSED.value, JourneyState.DRAINING.value}


@dataclass(frozen=True)
class Who:
    """The people at a step of a version: those walks, or (None) everybody who stands there."""

    version: JourneyVersion
    node: str
    walks: Sequence[int] | None = None


def take_out(actor: Actor, who: Who, now: datetime) -> PeopleMove:
    """Let people leave their journey now, as "taken out"; what was not sent to them yet is not
    sent. Raises RightMissing, and JourneyRefused when nobody of them is there (any more)."""
    return _begin(actor, MoveKind.OUT, who, {}, now)


def move_on(actor: Actor, who: Who, outcome: str, now: datetime) -> PeopleMove:
    """Let people go on by *outcome* of their step now, whatever they wait for. Raises
    RightMissing, and JourneyRefused when nobody is there or the step has no such outcome."""
    ways = outcomes_of(who)
    if outcome not in ways:
        text = _("From “%(node)s” nobody can go on by “%(outcome)s”. Expected one of: %(known)s.")
        known = ", ".join(ways) or "–"
        raise JourneyRefused(text % {"node": who.node, "outcome": outcome, "known": known})
    return _begin(actor, MoveKind.ON, who, {"outcome": outcome}, now)


def stop_move(actor: Actor, move: PeopleMove, now: datetime) -> None:
    """Stop a move behind the bucket on its way; what is done stays done. Raises RightMissing."""
    _turn(actor, move, MoveState.RUNNING, MoveState.STOPPED, "journey.move_stop", now)


def go_on(actor: Actor, move: PeopleMove, now: datetime) -> None:
    """Let a stopped move go on where it was. Raises RightMissing."""
    _turn(actor, move, MoveState.STOPPED, MoveState.RUNNING, "journey.move_go_on", now)
    wake(MOVE)


def outcomes_of(who: Who) -> dict[str, str]:
    """By what people can go on from the step: outcome → the step that it leads to."""
    item = sketch(who.version.graph).written.get(who.node)
    return dict(item.next) if item else {}


# helpers


def _begin(
    actor: Actor, kind: MoveKind, who: Who, choices: Mapping[str, Any], now: datetime
) -> PeopleMove:
    journey = Journey.objects.select_related("brand").get(pk=who.version.journey_id)
    require(actor, Right.MOVE_CUSTOMER, journey.brand)
    with transaction.atomic():
        expect(journey, INSIDE, _("Nobody is on the way in it."))
        move = PeopleMove.objects.create(
            journey=journey,
            kind=kind,
            source=who.version,
            node=who.node,
            choices=dict(choices),
            by=str(actor)[:160],
            created_at=now,
            moved_at=now,
        )
        move.total = collect(move, who.walks)
        if not move.total:
            raise JourneyRefused(_("Nobody of them is at this step any more. Look again."))
        move.save(update_fields=["total"])
        changes = {"node": who.node, "version": who.version.number, "people": move.total, **choices}
        if who.walks is not None and len(who.walks) <= NAMED:
            changes["walks"] = sorted(who.walks)
        verb = "take_out" if kind == MoveKind.OUT else "move_on"
        record(actor, f"journey.{verb}", journey, now=now, changes=changes)
        if move.total <= AT_ONCE:
            while not go(move, now):
                pass
        wake(MOVE)
        wake(WAKE if kind == MoveKind.ON else GATE)
    return move


def _turn(
    actor: Actor, move: PeopleMove, before: MoveState, after: MoveState, action: str, now: datetime
) -> None:
    require(actor, _right(move), move.journey.brand)
    with transaction.atomic():
        locked(move.journey)
        held = PeopleMove.objects.select_for_update(of=("self",)).get(pk=move.pk)
        if held.state != before:
            raise JourneyRefused(_("This move is %s already.") % held.get_state_display())
        held.state = after
        held.save(update_fields=["state"])
        changes = {"done": held.done, "people": held.total}
        record(actor, action, move.journey, now=now, changes=changes)
    move.refresh_from_db()


def _right(move: PeopleMove) -> Right:
    return Right.PUBLISH if move.kind == MoveKind.VERSION else Right.MOVE_CUSTOMER
