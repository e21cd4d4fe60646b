"""One click that mends what the watchdog and the engine found: each way is an action with audit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from config.wake import wake
from customers.access import Actor, Right, record, require
from journeys.actions.change import JourneyRefused
from journeys.actions.people import WAKE
from journeys.engine.leave import retry
from journeys.engine.moving import MOVE
from journeys.engine.relocate import OTHERS, lock_buckets, look_again, out, to_version
from journeys.engine.statements import execute
from journeys.models import (
    Enrollment,
    EnrollmentState,
    HeldReason,
    HeldTimer,
    Journey,
    MoveState,
    PeopleMove,
    Trouble,
)

# People that one click mends; with more, click again.
MOST = 10_000
RETRY, LOOK, TAKE_OUT, MOVE_THEM, WAKE_UP, GO_ON = (
    "retry", "look", "take_out", "move", "wake", "go_on",
)  # fmt: skip
WAYS: dict[str, Sequence[str]] = {
    "set_aside": (RETRY, TAKE_OUT),
    "stuck": (LOOK, TAKE_OUT),
    "lost": (MOVE_THEM, TAKE_OUT),
    "behind": (WAKE_UP,),
    "move": (GO_ON,),
}


def repair(
    actor: Actor, journey: Journey, kind: str, how: str, now: datetime, *, node: str = ""
) -> int:
    """Mend what *kind* of trouble keeps people of *journey* (at *node*; "": at every step), by
    *how*; returns how many people, at most 10,000 at a time. Raises RightMissing, and
    JourneyRefused when there is nothing to mend or that does not mend it."""
    require(actor, Right.MOVE_CUSTOMER, journey.brand)
    if how not in WAYS.get(kind, ()):
        known = ", ".join(f"{name}: {'/'.join(ways)}" for name, ways in WAYS.items())
        text = _("“%(kind)s” can't be mended by “%(how)s”. Expected one of %(known)s.")
        raise JourneyRefused(text % {"kind": kind, "how": how, "known": known})
    with transaction.atomic():
        n = _moves(journey) if kind == "move" else 0
        if kind in FIND:
            n = _people(journey, kind, how, node, now)
        if not n and kind != "behind":
            raise JourneyRefused(_("Nobody is in this trouble any more. Nothing to mend."))
        changes = {"kind": kind, "how": how, "node": node, "people": n}
        record(actor, "journey.repair", journey, now=now, changes=changes)
        wake(MOVE if kind == "move" else WAKE)
    return n


# helpers


def _people(journey: Journey, kind: str, how: str, node: str, now: datetime) -> int:
    ids = FIND[kind](journey, node)
    rows = Enrollment.objects.filter(pk__in=ids).exclude(state=EnrollmentState.FINISHED)
    buckets = set(rows.values_list("bucket", flat=True))
    if not buckets:
        return 0
    lock_buckets(buckets)
    # Again, now that nobody moves them: who got on meanwhile needs no mending.
    ids = FIND[kind](journey, node)
    if how == TAKE_OUT:
        n = out(ids, now).left
    elif how == RETRY:
        n = len(ids) if retry(ids) else 0
    elif how == LOOK:
        n = look_again(ids, now)
    elif journey.current_id is None:
        n = 0
    else:
        n = to_version(ids, journey.current_id, {OTHERS: "move"}, now).moved
    Trouble.objects.filter(enrollment_id__in=ids).delete()
    return n


def _moves(journey: Journey) -> int:
    rows = PeopleMove.objects.filter(journey=journey, swept_at__isnull=True)
    open_ones = list(rows.exclude(state=MoveState.DONE))
    rows.filter(state=MoveState.STOPPED).update(state=MoveState.RUNNING)
    return sum(move.total - move.done for move in open_ones)


def _set_aside(journey: Journey, node: str) -> list[int]:
    held = HeldTimer.objects.filter(journey_id=journey.pk, reason=HeldReason.SET_ASIDE)
    rows = Enrollment.objects.filter(pk__in=held.values("enrollment_id"))
    rows = rows.filter(state=EnrollmentState.SET_ASIDE)
    rows = rows.filter(node=node) if node else rows
    return list(rows.order_by("pk").values_list("pk", flat=True)[:MOST])


def _found(kind: str) -> Callable[[Journey, str], list[int]]:
    def find(journey: Journey, node: str) -> list[int]:
        execute("forget_mended", {})
        rows = Trouble.objects.filter(journey_id=journey.pk, kind=kind)
        rows = rows.filter(node=node) if node else rows
        return list(rows.order_by("pk").values_list("pk", flat=True)[:MOST])

    return find


FIND: dict[str, Callable[[Journey, str], list[int]]] = {
    "set_aside": _set_aside,
    "stuck": _found("stuck"),
    "lost": _found("lost"),
}
