"""The calendar of campaigns: what goes on and what goes out in some days, laid out in weeks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from campaigns.models import Campaign, CampaignState
from campaigns.queries.campaigns import TONES
from customers.links import address
from customers.models import Brand

CAMPAIGN, JOURNEY, SEND = "campaign", "journey", "send"
MOST = 300  # of each kind; more in one month is no calendar any more
DAY = timedelta(days=1)


class Span(NamedTuple):
    """Something that goes on from day to day; `starts` and `ends` may be open."""

    kind: str
    name: str
    url: str
    state: str
    tone: str
    brand: str
    starts: datetime | None
    ends: datetime | None
    campaign_id: int | None = None
    channels: tuple[str, ...] = ()

    @property
    def last(self) -> datetime | None:
        """Its last moment: what ends at a midnight ends the day before."""
        return self.ends - timedelta(microseconds=1) if self.ends else None


class Point(NamedTuple):
    """Something that goes out at a moment. `is_sure` is false for what nobody has started yet."""

    at: datetime
    name: str
    url: str
    state: str
    tone: str
    icon: str
    brand: str
    campaign_id: int | None = None
    channels: tuple[str, ...] = ()
    is_sure: bool = True
    note: str = ""


Source = Callable[[Sequence[int], datetime, datetime, datetime], tuple[list[Span], list[Point]]]
_sources: list[Source] = []


def register_calendar(function: Source) -> Source:
    """`function(brand ids, since, until, now)` gives what else stands in the calendar."""
    if function not in _sources:
        _sources.append(function)
    return function


@dataclass(frozen=True, slots=True)
class Bar:
    """A span in one week: from which column over how many, and whether it goes on beyond."""

    span: Span
    column: int
    days: int
    from_before: bool
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of a lane: a bar, or so many empty days."""

    days: int
    bar: Bar | None = None


@dataclass(slots=True)
class Day:
    """One day with what goes out, and what goes on."""

    date: date
    is_inside: bool
    is_today: bool
    points: list[Point] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class Week:
    """Seven days, and what goes on in lanes under each other; `hidden` found no lane."""

    days: list[Day]
    lanes: list[list[Cell]]
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of it is shown."""

    kind: str = ""  # of the campaign
    channel: str = ""


def found_in(
    brands: Sequence[Brand], first: date, days: int, wanted: Wanted, now: datetime
) -> tuple[list[Span], list[Point]]:
    """Campaigns, journeys and sends of *brands* in so many days from *first* on, on the clock that
    is switched on; a query for campaigns and those of the floor above."""
    zone = timezone.get_current_timezone()
    since = datetime.combine(first, datetime.min.time(), zone)
    until = datetime.combine(first + days * DAY, datetime.min.time(), zone)
    ids = [brand.pk for brand in brands]
    rows = (
        Campaign.objects.filter(brand__in=ids)
        .exclude(state=CampaignState.ARCHIVED)
        .filter(Q(starts_at=None) | Q(starts_at__lt=until), Q(ends_at=None) | Q(ends_at__gt=since))
        .select_related("brand")
        .order_by("starts_at", "name", "pk")
    )
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    campaigns = list(rows[:MOST])
    spans: list[Span] = []
    points: list[Point] = []
    for source in _sources:
        more, moments = source(ids, since, until, now)
        spans += more
        points += moments
    if wanted.kind:
        shown = {each.pk for each in campaigns}
        spans = [span for span in spans if span.campaign_id in shown]
        points = [point for point in points if point.campaign_id in shown]
    if wanted.channel:
        spans = [span for span in spans if wanted.channel in span.channels]
        points = [point for point in points if wanted.channel in point.channels]
        busy = {each.campaign_id for each in spans} | {each.campaign_id for each in points}
        campaigns = [each for each in campaigns if each.pk in busy]
    own = [
        Span(
            CAMPAIGN, each.name, address("campaigns:detail", each.pk),
            str(each.get_state_display()), TONES.get(CampaignState(each.state), ""),
            str(each.brand), each.starts_at, each.ends_at, each.pk,
        )
        for each in campaigns
    ]  # fmt: skip
    return [*own, *spans], sorted(points, key=lambda point: (point.at, point.name))[: 5 * MOST]


def weeks_of(
    first: date, n: int, spans: Sequence[Span], points: Sequence[Point], *, today: date,
    month: int | None, lanes: int,
) -> list[Week]:  # fmt: skip
    """*n* weeks from the Monday *first* on; *month* says which days belong to the page, *lanes*
    how many bars stand under each other at most."""
    by_day: dict[date, list[Point]] = {}
    for point in points:
        by_day.setdefault(timezone.localtime(point.at).date(), []).append(point)
    placed = [(span, *_days_of(span)) for span in spans]
    weeks = []
    for number in range(n):
        monday = first + timedelta(days=7 * number)
        days = [
            Day(each, month is None or each.month == month, each == today, by_day.get(each, []))
            for each in (monday + timedelta(days=n) for n in range(7))
        ]
        bars = []
        for span, begins, last in placed:
            if last < monday or begins > monday + 6 * DAY:
                continue
            column = max(0, (begins - monday).days)
            end = min(6, (last - monday).days)
            bars.append(
                Bar(span, column, end - column + 1, begins < monday, last > monday + 6 * DAY)
            )
            for day in days[column : end + 1]:
                day.spans.append(span)
        rows, hidden = _pack(bars, lanes)
        weeks.append(Week(days, rows, hidden))
    return weeks


# helpers


def _days_of(span: Span) -> tuple[date, date]:
    """Its first and last day."""
    first = timezone.localtime(span.starts).date() if span.starts else date.min
    last = timezone.localtime(span.last).date() if span.last else date.max
    return first, max(first, last)


def _pack(bars: list[Bar], most: int) -> tuple[list[list[Cell]], int]:
    """Bars in lanes: each in the first one that is free; those that find none are counted."""
    lanes: list[list[Bar]] = []
    hidden = 0
    for bar in bars:
        free = next((lane for lane in lanes if lane[-1].column + lane[-1].days <= bar.column), None)
        if free is not None:
            free.append(bar)
        elif len(lanes) < most:
            lanes.append([bar])
        else:
            hidden += 1
    return [_cells(lane) for lane in lanes], hidden


def _cells(lane: list[Bar]) -> list[Cell]:
    cells, column = [], 0
    for bar in lane:
        if bar.column > column:
            cells.append(Cell(bar.column - column))
        cells.append(Cell(bar.days, bar))
        column = bar.column + bar.days
    return [*cells, Cell(7 - column)] if column < 7 else cells
