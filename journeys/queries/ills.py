"""What keeps people of a journey from going on: each cause with its people, and what mends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Min

from journeys.engine.late import asked_of
from journeys.models import Journey, MoveState, PeopleMove, Trouble, TroubleKind
from journeys.queries.today import late

# An engine that is behind by so much needs somebody.
PATIENCE = timedelta(minutes=1)
# A move that has not got on for so long has lost its worker.
STALLED = timedelta(minutes=5)
MOST = 200  # causes of one journey

# Through heldtimer_by_journey: who is set aside has a held timer.
SET_ASIDE = """
SELECT v.number, e.node, e.error, count(*), min(e.arrived_at)
  FROM (SELECT DISTINCT enrollment_id FROM journeys_heldtimer
         WHERE journey_id = %(journey)s AND reason = 'set_aside') h
  JOIN journeys_enrollment e ON e.id = h.enrollment_id
  JOIN journeys_journeyversion v ON v.id = e.version_id
 WHERE e.state = 'set_aside'
 GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT %(most)s
"""

COUNTS = """
SELECT h.journey_id, count(DISTINCT h.enrollment_id)
  FROM journeys_heldtimer h WHERE h.journey_id = ANY(%(journeys)s) AND h.reason = 'set_aside'
 GROUP BY 1
"""


@dataclass(frozen=True)
class Ill:
    """One cause. kind: set_aside, stuck, lost, behind, late, move; `since` of the first person;
    `error` as the engine noted it; `can_move`: the version that runs has this step too."""

    kind: str
    people: int
    since: datetime | None = None
    version: int = 0
    node: str = ""
    error: str = ""
    can_move: bool = False
    move: PeopleMove | None = None


def ills_of(journey: Journey, now: datetime) -> list[Ill]:
    """Everything that needs somebody in *journey*; five queries, however many people."""
    found = [*set_aside(journey), *in_trouble(journey)]
    overdue = late([journey.brand_id], now, journey_id=journey.pk).get(journey.pk)
    if overdue and now - overdue.oldest > PATIENCE:
        found.append(Ill("behind", overdue.n, overdue.oldest))
    asked = asked_of(journey.pk)
    if asked.people:
        found.append(Ill("late", asked.people, asked.oldest))
    moves = PeopleMove.objects.filter(journey=journey, swept_at__isnull=True)
    for move in moves.exclude(state=MoveState.DONE).select_related("target"):
        if move.state == MoveState.STOPPED or now - move.moved_at > STALLED:
            found.append(Ill("move", move.total - move.done, move.moved_at, move=move))
    return found


def ill_counts(journey_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """journey → kind → people, of what is found without looking at everybody; two queries."""
    found: dict[int, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {"journeys": list(journey_ids)})
        for pk, n in cursor.fetchall():
            found.setdefault(pk, {})["set_aside"] = n
    rows = Trouble.objects.filter(journey_id__in=journey_ids).values_list("journey_id", "kind")
    for pk, kind, n in rows.annotate(n=Count("pk")):
        found.setdefault(pk, {})[kind] = n
    return found


# helpers


def set_aside(journey: Journey) -> list[Ill]:
    with connection.cursor() as cursor:
        cursor.execute(SET_ASIDE, {"journey": journey.pk, "most": MOST})
        return [
            Ill("set_aside", n, since, number, node, error)
            for number, node, error, n, since in cursor.fetchall()
        ]


def in_trouble(journey: Journey) -> list[Ill]:
    numbers = dict(journey.versions.values_list("pk", "number"))
    nodes: Mapping[str, Any] = journey.current.graph["nodes"] if journey.current else {}
    rows = Trouble.objects.filter(journey_id=journey.pk).values_list("kind", "version_id", "node")
    counted = rows.annotate(n=Count("pk"), since=Min("found_at")).order_by("-n")[:MOST]
    return [
        Ill(
            kind,
            n,
            since,
            numbers.get(version, 0),
            node,
            can_move=kind == TroubleKind.LOST and node in nodes,
        )
        for kind, version, node, n, since in counted
    ]
