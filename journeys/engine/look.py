"""What nodes ask about the customers of a cohort: one query each, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from journeys.engine.statements import fetch
from journeys.nodes.clock import zone_of

if TYPE_CHECKING:
    from journeys.engine.run import Run
    from journeys.nodes.base import Member


class Became(NamedTuple):
    """What became of a message: the gate's word, and the state of what was handed over."""

    candidate: str
    message: str | None
    delivered_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None


def zones(run: Run, members: Collection[Member], *, own: bool = True) -> dict[int, ZoneInfo]:
    """The clock of each member by enrollment: her own, else the journey's, else the brand's.

    Without *own* it is the journey's or brand's for everybody.
    """
    ids = [member.enrollment_id for member in members]
    rows = fetch("zones", {"ids": ids, "own": own})
    return {id: zone_of(name) for id, name in rows}


def attribute_of(run: Run, members: Collection[Member], code: str) -> dict[int, Any]:
    """The value of an attribute by enrollment; whoever has none is left out."""
    ids = [member.enrollment_id for member in members]
    return dict(fetch("attribute_of", {"ids": ids, "code": code}))


def last_events(run: Run, members: Sequence[Member], event: str) -> dict[int, datetime]:
    """When each member last did *event*, by enrollment; the future does not count."""
    rows = fetch(
        "last_events",
        {
            "ids": [member.enrollment_id for member in members],
            "customers": [member.customer_id for member in members],
            "type": run.event_type_id(event),
            "brand": run.journey.brand_id,
            "now": run.now,
        },
    )
    return dict(rows)


def became(run: Run, members: Collection[Member], node: str) -> dict[int, Became]:
    """What became of the last message that *node* wanted in each walk; left out: there was none."""
    ids = [member.enrollment_id for member in members]
    rows = fetch("became", {"ids": ids, "node": node})
    return {row[0]: Became(*row[1:]) for row in rows}
