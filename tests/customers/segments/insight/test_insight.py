"""Counts of an insight: as plain Python counts them, kept, stopped, and apart by brand."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Attribute, InsightState, SegmentInsight, SegmentMember, Tag
from customers.segments import insight
from customers.segments.insight import Asked, Sizes
from customers.segments.insight import work as room
from customers.segments.insight.collect import Collector
from customers.segments.insight.people import drop, gather
from tests.customers.segments.insight.worlds import Counts, World, counts

pytestmark = pytest.mark.django_db


def work_out(asked: Asked, now: datetime) -> SegmentInsight:
    assert insight.run(insight.ask(asked, now=now), clock=lambda: now)
    row = insight.insight_of(asked)
    assert row is not None
    return row


def told(row: SegmentInsight) -> tuple[tuple[int, ...], Counts, dict[tuple[str, str], Any]]:
    facets = row.result["facets"]
    found = {
        (facets[place]["kind"], facets[place]["code"], what): tuple(hits)
        for place, what, *hits in row.result["items"]
        if any(hits) or facets[place]["kind"] == "channel"
    }
    assert len(found) == len([1 for each in row.result["items"] if any(each[2:]) or (
        facets[each[0]]["kind"] == "channel")])  # fmt: skip
    edges = {(each["kind"], each["code"]): each["edges"] for each in facets}
    return tuple(row.result["sizes"]["people"]), found, edges


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_those_of_plain_python(seed: int, now: datetime) -> None:
    world = World(random.Random(seed), now)
    one, two = (segment.pk for segment in world.lists)
    tea, walk = (brand.pk for brand in world.brands)
    for other in (None, two):
        for brands in ([], [tea], [walk], [tea, walk]):
            row = work_out(Asked(one, other, tuple(brands)), now)
            people, found, cuts = told(row)
            assert (people, found) == counts(world, one, other, brands, cuts)
            assert Sizes(**_sizes(row)).is_exact
            assert "email_own" not in {code for _kind, code, _what in found}


def _sizes(row: SegmentInsight) -> dict[str, Any]:
    return {key: tuple(value) for key, value in row.result["sizes"].items()}


def test_statements_do_not_grow_with_what_is_looked_at(now: datetime) -> None:
    world = World(random.Random(1), now, people=12)
    asked = Asked(world.lists[0].pk, None, ())

    def statements() -> int:
        pk = insight.ask(asked, now=now)
        with CaptureQueriesContext(connection) as captured:
            assert insight.run(pk, clock=lambda: now)
        return len(captured)

    before = statements()
    for n in range(30):
        Attribute.objects.create(code=f"more{n}", name="more", data_type="number")
        Tag.objects.create(code=f"more{n}", name="more")
    for n in range(100, 130):
        world._bring(n, world.brands[0])
    assert statements() == before < 80


def test_a_sample_is_the_same_each_time_and_weighed(now: datetime) -> None:
    world = World(random.Random(2), now, people=80)
    asked = Asked(world.lists[0].pk, None, ())

    def drawn(sample: int) -> tuple[Sizes, set[tuple[int, int]]]:
        with connection.cursor() as cursor:
            sizes = gather(cursor, asked, exact_most=10, sample=sample)
            cursor.execute("SELECT id, cell FROM insight_people")
            rows = set(cursor.fetchall())
            drop(cursor)
        return sizes, rows

    (sizes, rows), (_again, same) = drawn(10), drawn(10)
    assert rows == same
    everybody, _all = drawn(1_000)
    assert sizes.people == everybody.people == everybody.looked
    assert not sizes.is_exact
    assert 0 < sizes.looked[1] < sizes.people[1]
    assert sum(sizes.looked) == len(rows)


def test_a_stop_between_steps_keeps_what_was_known(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(random.Random(3), now, people=10)
    asked = Asked(world.lists[0].pk, None, ())
    known = work_out(asked, now).result
    SegmentMember.objects.all().delete()
    pk = insight.ask(asked, now=now)
    steps: list[int] = []

    def stopping(of: Callable[..., Any]) -> Callable[..., Any]:
        def step(self: Any) -> None:
            of(self)
            steps.append(1)
            assert insight.stop(SegmentInsight.objects.get(pk=pk))

        return step

    monkeypatch.setattr(Collector, "texts", stopping(Collector.texts))
    assert not insight.run(pk, clock=lambda: now)
    row = SegmentInsight.objects.get(pk=pk)
    assert (row.state, row.result) == (InsightState.STOPPED, known)
    assert len(steps) == 1
    assert not insight.run(pk, clock=lambda: now)
    assert not insight.stop(row)


def test_one_that_lost_its_worker_is_taken_up_and_a_running_one_is_not(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(random.Random(4), now, people=6)
    pk = insight.ask(Asked(world.lists[0].pk, None, ()), now=now)
    SegmentInsight.objects.update(state=InsightState.RUNNING, moved_at=now, runner="another")
    woken: list[tuple[Any, ...]] = []
    monkeypatch.setattr(room, "wake", lambda *args: woken.append(args))
    soon = now + timedelta(minutes=1)
    assert not insight.run(pk, clock=lambda: soon)
    assert room.look_after(soon) == 0
    later = now + room.LOST + timedelta(seconds=1)
    assert room.look_after(later) == 1
    assert woken == [(room.TASK, pk)]
    assert insight.run(pk, clock=lambda: later)


def test_a_step_that_takes_too_long_is_stopped_and_says_so(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(random.Random(5), now, people=6)
    pk = insight.ask(Asked(world.lists[0].pk, None, ()), now=now)
    monkeypatch.setattr(room, "BUDGET_SECONDS", 0.05)
    monkeypatch.setattr(
        Collector, "events", lambda self: self.cursor.execute("SELECT pg_sleep(30)")
    )
    assert not insight.run(pk, clock=lambda: now)
    row = SegmentInsight.objects.get(pk=pk)
    assert row.state == InsightState.FAILED
    assert "longer than" in row.problem
