"""Moves of many people: who is meant is written down at once, then bucket after bucket is moved.

Each bucket is one transaction with its sums, so that a move that is killed or stopped goes on where
it was, and the engine waits for one bucket only, never for the whole journey.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from journeys.engine.relocate import Relocated, lock_buckets, on, out, to_version
from journeys.engine.statements import execute, fetch
from journeys.models import MoveKind, MoveState, PeopleMove, PeopleMovePart

MOVE = "journeys.tasks.move"
# Facts that were being taken in when a version was published may let somebody enter the old one
# still; a transaction of the door is over long before.
SETTLED = timedelta(minutes=2)


def collect(move: PeopleMove, ids: Sequence[int] | None = None, *, turn: int = 0) -> int:
    """Write down who is meant: *ids*, or everybody inside the source version (at the move's node,
    when it has one). Returns how many; belongs into the transaction that makes the move."""
    values = {
        "move": move.pk,
        "journey": move.journey_id,
        "version": move.source_id,
        "node": move.node,
        "ids": None if ids is None else list(ids),
        "turn": turn,
    }
    [(found,)] = fetch("collect_move", values)
    return int(found)


def go(
    move: PeopleMove,
    now: datetime,
    *,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Go on with *move*; returns whether it has come to its end.

    Begins no bucket after *seconds*. Another process at the same move waits for the bucket.
    """
    end = None if seconds is None else clock() + seconds
    while _one_bucket(move, now):
        if end is not None and clock() >= end:
            break
    move.refresh_from_db()
    return move.state != MoveState.RUNNING


def open_moves() -> list[PeopleMove]:
    """Moves that are on their way, or that have to be looked after, the oldest first."""
    rows = PeopleMove.objects.filter(swept_at__isnull=True).exclude(state=MoveState.STOPPED)
    return list(rows.order_by("pk")[:100])


def sweep(move: PeopleMove, now: datetime) -> None:
    """Put away a move that is done. A version move is looked after once before, for who was being
    enrolled in the old version while it was replaced. Too early, this does nothing."""
    if move.state != MoveState.DONE or now - move.created_at < SETTLED:
        return
    with transaction.atomic():
        held = PeopleMove.objects.select_for_update(no_key=True, of=("self",)).get(pk=move.pk)
        parts = PeopleMovePart.objects.filter(move=held)
        if held.kind == MoveKind.VERSION and not parts.filter(turn=1).exists():
            late = collect(held, turn=1)
            if late:
                held.total, held.state = held.total + late, MoveState.RUNNING
                held.save(update_fields=["total", "state"])
                return
        parts.delete()
        held.swept_at = now
        held.save(update_fields=["swept_at"])


def forget(journey_id: int, now: datetime) -> None:
    """End the moves of a journey that everybody leaves anyway; in the transaction that does it."""
    execute("end_moves", {"journey": journey_id, "now": now})


# helpers


def _one_bucket(move: PeopleMove, now: datetime) -> bool:
    """Move the people of the next bucket; False when there is none for us."""
    with transaction.atomic():
        running = PeopleMove.objects.filter(pk=move.pk, state=MoveState.RUNNING)
        # One process at a time; who stops it waits until the bucket is through.
        held = running.select_for_update(no_key=True, of=("self",)).first()
        if held is None:
            return False
        parts = PeopleMovePart.objects.filter(move=move, is_done=False)
        part = parts.order_by("turn", "bucket").first()
        if part is None:
            held.state, held.finished_at = MoveState.DONE, now
            held.save(update_fields=["state", "finished_at"])
            return False
        lock_buckets([part.bucket])
        did = _do(held, part.enrollment_ids, now)
        PeopleMovePart.objects.filter(pk=part.pk).update(is_done=True)
        gone = len(part.enrollment_ids) - did.moved - did.left - did.stayed
        running.update(
            moved=F("moved") + did.moved,
            left=F("left") + did.left,
            stayed=F("stayed") + did.stayed + gone,
            moved_at=now,
        )
        return True


def _do(move: PeopleMove, ids: Sequence[int], now: datetime) -> Relocated:
    if move.kind == MoveKind.OUT:
        return out(ids, now)
    if move.kind == MoveKind.ON:
        return on(ids, move.node, move.choices["outcome"], now)
    if move.target_id is None:
        raise ValueError(f"The move {move.pk} has no version to go to.")
    return to_version(ids, move.target_id, move.choices, now)
