"""Messages and candidates, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from campaigns.evaluation.breakdown import INSIDE, OUTSIDE
from campaigns.evaluation.funnel import BARS
from campaigns.models import Candidate, CandidateState, MessageState
from campaigns.queries.funnel import at_least
from customers.models import Channel, SegmentMember

PER_PAGE = 50
UNWRITTEN = "none"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader of the list asked for; empty: whatever it is."""

    channel: str = ""
    verdict: str = ""
    state: str = ""
    journey: int | None = None
    customer: int | None = None
    campaign: int | None = None
    bar: str = ""  # one of the six counts
    node: str = ""
    content: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    segment: int | None = None
    side: str = ""  # of the segment, "in" or "out"
    text: str = ""  # language and variant, or UNWRITTEN

    @classmethod
    def read(cls, given: dict[str, str]) -> Filters:
        """Read the parameters of an address; values that make no sense are left out."""
        return cls(
            channel=_one_of(given.get("channel"), Channel.values),
            verdict=_one_of(given.get("verdict"), CandidateState.values),
            state=_one_of(given.get("state"), MessageState.values),
            journey=number(given.get("journey")),
            customer=number(given.get("customer")),
            campaign=number(given.get("campaign")),
            bar=_one_of(given.get("bar"), BARS),
            node=given.get("node", "")[:40],
            content=number(given.get("content")),
            since=_moment(given.get("since")),
            until=_moment(given.get("until")),
            segment=number(given.get("segment")),
            side=_one_of(given.get("side"), (INSIDE, OUTSIDE)),
            text=given.get("text", "")[:30],
        )

    @property
    def any(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, newest first, and the cursors of the pages around them."""

    rows: list[Candidate]
    after: str = ""
    before: str = ""


def messages_page(
    brand_ids: Sequence[int],
    filters: Filters,
    *,
    after: int | None = None,
    before: int | None = None,
    per_page: int = PER_PAGE,
) -> Page:
    """A page of candidates with their messages; one query. Cursors are ids."""
    rows = _filtered(brand_ids, filters)
    if before:
        found = list(rows.filter(pk__gt=before).order_by("pk")[: per_page + 1])
        has_newer, has_older = len(found) > per_page, True
        found = found[:per_page][::-1]
    else:
        older = rows.filter(pk__lt=after) if after else rows
        found = list(older.order_by("-pk")[: per_page + 1])
        has_newer, has_older = bool(after), len(found) > per_page
        found = found[:per_page]
    return Page(
        found,
        after=str(found[-1].pk) if found and has_older else "",
        before=str(found[0].pk) if found and has_newer else "",
    )


def number(text: str | None) -> int | None:
    """A positive number of an address, else None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


# helpers


def _filtered(brand_ids: Sequence[int], filters: Filters) -> QuerySet[Candidate]:
    rows = Candidate.objects.filter(brand__in=brand_ids).select_related(
        "brand", "content", "customer", "message"
    )
    if filters.channel:
        rows = rows.filter(channel=filters.channel)
    if filters.verdict:
        rows = rows.filter(state=filters.verdict)
    if filters.state:
        rows = rows.filter(message__state=filters.state)
    if filters.journey is not None:
        rows = rows.filter(journey_id=filters.journey)
    if filters.customer is not None:
        rows = rows.filter(customer=filters.customer)
    if filters.campaign is not None:
        rows = rows.filter(campaign=filters.campaign)
    if filters.node:
        rows = rows.filter(node=filters.node)
    if filters.content is not None:
        rows = rows.filter(content=filters.content)
    if filters.since is not None:
        rows = rows.filter(wanted_at__gte=filters.since)
    if filters.until is not None:
        rows = rows.filter(wanted_at__lt=filters.until)
    if filters.segment is not None and filters.side:
        # A segment of a brand that is none of the reader's has nobody in it.
        members = SegmentMember.objects.filter(
            Q(segment__brand=None) | Q(segment__brand__in=brand_ids),
            segment=filters.segment,
            customer=OuterRef("customer"),
        )
        rows = rows.filter(Exists(members) if filters.side == INSIDE else ~Exists(members))
    if filters.text == UNWRITTEN:
        rows = rows.filter(Q(message=None) | Q(message__language="", message__variant=""))
    elif filters.text:
        language, _space, variant = filters.text.partition(" ")
        rows = rows.filter(message__language=language, message__variant=variant)
    if filters.bar:
        rows = at_least(rows, filters.bar)
    return rows


def _moment(text: str | None) -> datetime | None:
    """A day of the reader's zone as its first moment, such as 2026-11-29."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return datetime.combine(found, time(), timezone.get_current_timezone())


def _one_of(value: str | None, known: Sequence[str]) -> str:
    return value if value and value in known else ""
