"""Imports as their pages show them: the list, how far one is, and what it may be shown of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet

from customers.access import Actor, Right, may
from customers.imports.run import REFUSALS_KEPT
from customers.models import Import, ImportState, Segment
from customers.scope import Scope

TONES = {
    ImportState.RUNNING: "info",
    ImportState.STOPPED: "warn",
    ImportState.DONE: "ok",
    ImportState.FAILED: "bad",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: `share` 0 to 1 or None, lines per second of its last run, and the
    seconds that are left at that pace, or None."""

    share: float | None
    per_second: float | None
    left: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list."""

    found: Import
    tone: str
    progress: Progress


def visible(scope: Scope) -> QuerySet[Import]:
    """Imports into the brands in scope."""
    return Import.objects.filter(brand__in=scope.brand_ids).select_related("brand", "created_by")


def rows(found: list[Import]) -> list[Row]:
    """Rows of the list."""
    return [Row(each, tone(each), progress(each)) for each in found]


def tone(found: Import) -> str:
    """The tone of the state's badge."""
    return TONES.get(ImportState(found.state), "")


def progress(found: Import) -> Progress:
    """How far and how fast an import is, from its last batch."""
    if found.state == ImportState.DRAFT and not found.digest:
        return Progress(found.received / found.size if found.size else None, None, None)
    share = min(1.0, found.position / found.lines) if found.lines else None
    pace = left = None
    if found.resumed_at and found.moved_at and found.moved_at > found.resumed_at:
        seconds = (found.moved_at - found.resumed_at) / timedelta(seconds=1)
        pace = (found.position - found.resumed_position) / seconds
        if pace > 0 and found.lines:
            left = max(0, found.lines - found.position) / pace
    return Progress(share, pace, left)


def sees_content(actor: Actor, found: Import) -> bool:
    """Whether the rows of the file may be shown: to whoever brought it, and to those who may see
    personal data."""
    return (actor.user is not None and found.created_by_id == actor.user.pk) or may(
        actor, Right.SEE_PERSONAL, found.brand
    )


def segment_of(found: Import) -> Segment | None:
    """The list that an import fills."""
    code = found.mapping.get("segment") if isinstance(found.mapping, dict) else None
    return Segment.objects.filter(code=code).first() if code else None


def refusals_kept(found: Import) -> int:
    """How many of the refused rows are in the file of refused rows."""
    return min(found.refused, REFUSALS_KEPT)
