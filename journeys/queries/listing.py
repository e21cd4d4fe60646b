"""Journeys as the list shows them: a fixed number of queries, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from customers.formats import duration, share
from customers.scope import Scope
from journeys.models import Journey, JourneyState
from journeys.queries import today as numbers
from journeys.queries.home import ON_TIME, reader_clock
from journeys.queries.today import Walk

ORDER = ("running", "draining", "paused", "draft", "stopped", "archived")


@dataclass(frozen=True)
class Row:
    """One journey with what it does just now."""

    journey: Journey
    walk: Walk
    goal_share: float | None
    late: str


def journeys_of(scope: Scope, words: str = "", state: str = "") -> QuerySet[Journey]:
    """Journeys of the brands in scope; archived ones only when asked for, and those that carry
    out sends only when searched for: they stand with their campaigns."""
    rows = Journey.objects.filter(brand__in=scope.brand_ids).select_related("brand", "current")
    if state in JourneyState.values:
        rows = rows.filter(state=state)
    else:
        rows = rows.exclude(state=JourneyState.ARCHIVED)
    if not words:
        rows = rows.filter(send=None)
    else:
        rows = rows.filter(Q(name__icontains=words) | Q(code__icontains=words))
    return rows.defer("draft", "current__graph").order_by("name", "pk")


def rows_of(journeys: Sequence[Journey], scope: Scope, now: datetime) -> list[Row]:
    """The journeys of one page with their numbers; two queries."""
    walks = numbers.walks([journey.pk for journey in journeys], reader_clock(now))
    late = numbers.late(scope.brand_ids, now)
    found = []
    for journey in journeys:
        walk = walks.get(journey.pk, Walk())
        waits = late.get(journey.pk)
        behind = waits is not None and now - waits.oldest > ON_TIME
        found.append(
            Row(
                journey,
                walk,
                share(walk.goals_month, walk.entered_month),
                duration(now - waits.oldest) if waits and behind else "",
            )
        )
    return found
