"""What sends and journeys give to the calendar: what has gone, what is sure, what is only meant."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from journeys.models import Journey
from journeys.sends.calendar import in_calendar
from journeys.sends.plan import Repeat
from tests.journeys.flow import Flow
from tests.journeys.sends.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(now: datetime) -> World:
    made = World.make(now)
    made.fill(6)
    return made


def points(world: World, days: int, now: datetime) -> list[tuple[str, str, bool]]:
    since = now.replace(hour=0, minute=0)
    brands = [world.shop.brand.pk]
    _spans, found = in_calendar(brands, since, since + timedelta(days=days), now)
    return sorted((f"{point.at:%d %H:%M}", point.name, point.is_sure) for point in found)


def test_what_has_gone_and_what_is_to_come(world: World, now: datetime) -> None:
    world.start(world.save(name="Gone"))
    world.go(now)
    world.start(world.save(name="Weekly", repeat=Repeat(time(18), ("thu", "sat"))))
    world.save(name="Meant", at=datetime.fromisoformat("2026-03-06T09:00"))
    own = Repeat(time(9), (), 7)
    world.start(world.save(name="Own clocks", repeat=own, own_clock=True))
    assert points(world, 7, now) == [
        ("04 09:30", "Gone", True),
        ("05 10:00", "Weekly", True),
        ("06 01:00", "Meant", False),
        ("06 19:00", "Own clocks", True),  # where it is the seventh first
        ("07 10:00", "Weekly", True),
    ]
    later = now + timedelta(days=2)
    world.go(now + timedelta(days=1, hours=1))
    assert ("05 10:00", "Weekly", True) in points(world, 7, now)
    spans, _points = in_calendar(
        [world.shop.brand.pk], now, later, later
    )  # a send's journey is no journey of its own here
    assert spans == []


def test_journeys_by_channel_and_only_those_of_these_brands(world: World, now: datetime) -> None:
    flow = Flow.make()
    flow.journey(
        "nodes:\n  in: {kind: trigger.event, event: come, next: hello}\n"
        "  hello: {kind: send.message, content: note, next: x}\n  x: {kind: exit.leave}\n"
    )
    until = now + timedelta(days=7)
    [span], _none = in_calendar([flow.brand.pk], now, until, now)
    assert (span.name, span.channels, span.ends) == ("Flow", ("sms",), None)
    assert in_calendar([world.shop.brand.pk], now, until, now) == ([], [])
    Journey.objects.update(ends_at=now - timedelta(days=1), starts_at=now - timedelta(days=9))
    assert in_calendar([flow.brand.pk], now, until, now) == ([], [])


def test_as_many_queries_for_many(world: World, now: datetime) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            in_calendar([world.shop.brand.pk], now, now + timedelta(days=7), now)
        return len(seen)

    world.start(world.save(repeat=Repeat(time(9))))
    few = queries()
    for n in range(4):
        world.start(world.save(name=f"Send {n}", repeat=Repeat(time(9))))
    assert queries() == few
