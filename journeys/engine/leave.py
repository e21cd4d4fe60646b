"""Ends of walks that the engine does not decide: a journey that stops, and repair."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from journeys.engine.history import ensure_between
from journeys.engine.statements import execute, fetch


def leave_all(journey_id: int, *, reason: str, now: datetime) -> int:
    """Let everybody leave the journey now, with history and counts; return how many did.

    Belongs into the transaction of the action that stops the journey. Who enters at the same
    moment is seen by the engine, which lets nobody stay in a stopped journey.
    """
    with transaction.atomic():
        [(last,)] = fetch("last_arrival", {"journey": journey_id})
        ensure_between(now, max(now, last or now))
        left = fetch("leave_all", {"journey": journey_id, "reason": reason, "now": now})
        execute("silence_journey", {"journey": journey_id})
        execute("forget_held", {"journey": journey_id})
    return int(left[0][0])


def retry(enrollment_ids: Sequence[int]) -> int:
    """Try customers again who were set aside; returns how many timers fall due again."""
    with transaction.atomic():
        return execute("free_set_aside", {"ids": sorted(enrollment_ids)})
