"""What journeys give to the calendar of campaigns: when they take people in, when sends go out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Min, Q

from campaigns.models import Content
from campaigns.queries.calendar import JOURNEY, MOST, Point, Span, register_calendar
from customers.links import address
from journeys.canvas.page import STATE_BADGES
from journeys.models import Journey, JourneyState, Send, TriggerRun
from journeys.nodes.clock import zone_of
from journeys.nodes.crontab import occurrences
from journeys.nodes.trigger_schedule import EARLIEST
from journeys.sends.plan import Plan
from journeys.sends.reach import next_moment
from journeys.sends.state import Status, states_of
from journeys.usage import codes_in

ALIVE = (JourneyState.RUNNING, JourneyState.PAUSED, JourneyState.DRAINING)


@register_calendar
def in_calendar(
    brand_ids: Sequence[int], since: datetime, until: datetime, now: datetime
) -> tuple[list[Span], list[Point]]:
    """Journeys that take people in, and the moments of sends; as many queries for many."""
    return (
        list(_journeys(brand_ids, since, until)),
        list(_sends(brand_ids, since, until, now)),
    )


# helpers


def _journeys(brand_ids: Sequence[int], since: datetime, until: datetime) -> Iterator[Span]:
    rows = (
        Journey.objects.filter(brand__in=brand_ids, state__in=ALIVE, send=None)
        .filter(Q(ends_at=None) | Q(ends_at__gt=since))
        .annotate(published=Min("versions__published_at"))
        .select_related("brand", "current")
        .defer("draft")
        .order_by("name", "pk")
    )
    journeys = [each for each in rows[:MOST] if (each.starts_at or each.published or since) < until]
    channels = _channels(brand_ids)
    for each in journeys:
        codes = codes_in(each.current.graph) if each.current else set()
        mine = {channels.get((each.brand_id, code), "") for code in codes} - {""}
        yield Span(
            JOURNEY, each.name, address("journeys:detail", each.pk),
            str(each.get_state_display()), STATE_BADGES[JourneyState(each.state)][0],
            str(each.brand), each.starts_at or each.published, each.ends_at, each.campaign_id,
            tuple(sorted(mine)),
        )  # fmt: skip


def _sends(
    brand_ids: Sequence[int], since: datetime, until: datetime, now: datetime
) -> Iterator[Point]:
    rows = Send.objects.filter(journey__brand__in=brand_ids).exclude(
        journey__state=JourneyState.ARCHIVED
    )
    related = ("campaign__brand", "journey__brand", "journey__current")
    statuses = states_of(list(rows.select_related(*related)[:MOST]), now)
    past: dict[int, list[datetime]] = {}
    runs = TriggerRun.objects.filter(
        journey__in=[each.send.journey_id for each in statuses], due_at__gte=since, due_at__lt=until
    )
    for journey_id, at in runs.values_list("journey", "due_at").order_by("due_at")[: 5 * MOST]:
        past.setdefault(journey_id, []).append(at)
    channels = _channels(brand_ids)
    for status in statuses:
        journey = status.send.journey
        gone = past.get(journey.pk, [])
        coming, is_sure = _coming(status, max(since, now), until, now)
        plan = status.running or status.plan
        codes = plan.contents if plan else ()
        mine = {channels.get((journey.brand_id, code), "") for code in codes} - {""}
        for at in [*gone, *(at for at in coming if at not in gone)]:
            yield Point(
                at, journey.name, address("journeys:send", status.send.pk), status.label,
                status.tone, status.icon, str(journey.brand), status.send.campaign_id,
                tuple(sorted(mine)), is_sure or at in gone,
            )  # fmt: skip


def _coming(
    status: Status, since: datetime, until: datetime, now: datetime
) -> tuple[list[datetime], bool]:
    """The moments still to come, and whether somebody has started the send."""
    brand, ends_at = status.send.journey.brand, status.send.journey.ends_at
    is_sure = status.is_alive and status.running is not None
    plan = status.running if is_sure else status.plan
    if plan is None or status.state in ("sent", "stopped"):
        return [], is_sure
    if plan.at is not None:
        at = next_moment(plan, brand, now)
        return [at] if at and since <= at < until else [], is_sure
    until = min(until, ends_at) if ends_at else until
    return _occurrences(plan, brand.timezone, since, until), is_sure


def _occurrences(plan: Plan, zone: str, since: datetime, until: datetime) -> list[datetime]:
    if plan.repeat is None or since >= until:
        return []
    clock = ZoneInfo(EARLIEST) if plan.own_clock else zone_of(plan.zone or zone)
    return [at for at in occurrences(plan.repeat.crontab, clock, since, until) if at < until]


def _channels(brand_ids: Sequence[int]) -> dict[tuple[int, str], str]:
    """The channel of each content, by brand and code."""
    rows = Content.objects.filter(brand__in=brand_ids).values_list("brand_id", "code", "channel")
    return {(brand, code): channel for brand, code, channel in rows}
