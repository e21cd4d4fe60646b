"""What the pages of a segment share: their head, and the insight that is kept."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may
from customers.links import address
from customers.models import Segment, SegmentInsight, SegmentKind
from customers.queries import people
from customers.queries import segments as queries
from customers.scope import scope_of
from customers.segments import insight
from customers.usage import Use, uses_of_segments

# Among so many customers an insight is worked out while one waits.
AT_ONCE = 20_000


def frame(request: HttpRequest, pk: int, tab: str) -> tuple[Segment, dict[str, Any]]:
    """The segment, and what the head of each of its pages says. 404 for one of others' brands."""
    scope = scope_of(request)
    found = get_object_or_404(queries.visible(scope), pk=pk)
    may_edit = may(Actor.of_request(request), Right.EDIT, found.brand)
    makes = brands_of(Actor.of_request(request), Right.EDIT).exists()
    new = address("journeys:new") if makes and found.archived_at is None else ""
    uses, hidden = _uses(found, set(scope.brand_ids))
    context: dict[str, Any] = {
        "segment": found,
        "shown": queries.show([found])[0],
        "tab": tab,
        "total": people.count_people(),
        "uses": uses,
        "hidden_uses": hidden,
        "may_edit": may_edit,
        "journey_url": f"{new}?{urlencode({'segment': found.code})}" if new else "",
        "may_build": may_edit and found.kind == SegmentKind.RULE and found.archived_at is None,
    }
    return found, context


def kept_insight(
    asked: insight.Asked, segment: Segment, other: Segment | None = None
) -> SegmentInsight | None:
    """What is kept; in a small house it is worked out here when there is none that is newer than
    the members."""
    row = insight.insight_of(asked)
    built = max(
        (each.built_at for each in (segment, other) if each and each.built_at), default=None
    )
    is_old = row is None or (row.computed_at and built and row.computed_at < built)
    if is_old and not (row and row.is_on_its_way) and people.count_people() <= AT_ONCE:
        insight.run(insight.ask(asked, now=utc_now(), wakes=False), clock=utc_now)
        row = insight.insight_of(asked)
    return row


# helpers


def _uses(segment: Segment, mine: set[int]) -> tuple[list[Use], int]:
    """(uses that the reader may see, what is active first; how many of other brands there are)."""
    every = uses_of_segments([segment.code])[segment.code]
    seen = [use for use in every if use.brand_id is None or use.brand_id in mine]
    seen.sort(key=lambda use: (not use.is_active, use.kind, use.name.casefold()))
    return seen, len(every) - len(seen)
