"""The people at a step as a file: what the list shows, no more, and written to the audit log."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from customers.access import Actor, Right, record, require
from customers.access.people import Shown, Sight
from customers.jobs.values import safe
from journeys.models import Journey, JourneyVersion
from journeys.queries.people import Person, people_at

PIECE = 500
MOST = 100_000


def export_people(
    actor: Actor,
    journey: Journey,
    version: JourneyVersion,
    node: str,
    now: datetime,
    *,
    words: str = "",
    state: str = "",
    sight: Sight,
    shown: Shown,
) -> Iterator[bytes]:
    """CSV (UTF-8 with a mark) of who stands at *node*, at most 100,000, masked as in the list.

    The audit entry is written at once, the lines come as they are asked for. Raises RightMissing.
    """
    require(actor, Right.EXPORT, journey.brand)
    changes = {"node": node, "version": version.number, "masked": not shown}
    record(actor, "journey.export_people", journey, now=now, changes=changes)
    return _pieces(journey, version, node, words, state, sight, shown)


# helpers


def _pieces(
    journey: Journey, version: JourneyVersion, node: str, words: str, state: str, sight: Sight,
    shown: Shown,
) -> Iterator[bytes]:  # fmt: skip
    heads = [_("Number"), _("Name"), _("Address"), _("Entered"), _("Here since"), _("Goes on"),
             _("Set aside")]  # fmt: skip
    yield "\ufeff".encode() + _lines([heads])
    after = 0
    for _piece in range(MOST // PIECE):
        people = people_at(
            journey, version, node, after=after, words=words, state=state, sight=sight,
            shown=shown, limit=PIECE,
        )  # fmt: skip
        if people.rows:
            yield _lines([_cells(person) for person in people.rows])
        after = people.after
        if not after:
            return


def _cells(person: Person) -> list[str]:
    walk = person.walk
    moments = (walk.entered_at, walk.arrived_at, person.goes_on)
    return [
        walk.customer.reference,
        person.name,
        person.address,
        *(moment.isoformat(timespec="seconds") if moment else "" for moment in moments),
        walk.error,
    ]


def _lines(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([safe(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")
