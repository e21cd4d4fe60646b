"""Regions of up to four segments: by plain sets, kept as lists by who may."""

from __future__ import annotations

import random
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.access import Actor
from customers.actions import bulk
from customers.jobs import run
from customers.models import AuditEntry, JobKind, JobState, Segment, SegmentMember
from customers.scope import Scope
from customers.segments.insight.overlap import Region, overlap
from tests.customers.segments.insight.worlds import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(now: datetime) -> World:
    chance = random.Random(6)
    world = World(chance, now, people=50)
    for code in ("three", "four"):
        segment = Segment.objects.create(code=code, name=code, kind="list")
        world.lists.append(segment)
        for id, who in world.people.items():
            if chance.random() < 0.45:
                SegmentMember.objects.create(segment=segment, customer_id=id, since=now)
                who.segments.add(segment.pk)
    return world


def people_of(world: World, ids: list[int], mask: int, brands: list[int]) -> set[int]:
    wanted = {id for place, id in enumerate(ids) if mask >> place & 1}
    return {
        pk
        for pk, who in world.people.items()
        if who.is_there
        and (not brands or who.brand_id in brands)
        and who.segments & set(ids) == wanted
    }


def test_every_region_is_counted_in_one_pass(world: World) -> None:
    every = [segment.pk for segment in world.lists]
    tea = world.brands[0].pk
    for ids in (every, every[::-1], every[:2], every[2:3]):
        for brands in ([], [tea]):
            with CaptureQueriesContext(connection) as captured:
                found = overlap(ids, brands)
            assert sum("segmentmember" in each["sql"] for each in captured) == 1
            assert found.regions == {
                mask: len(people_of(world, ids, mask, brands)) for mask in range(1, 2 ** len(ids))
            }
            for place, id in enumerate(ids):
                members = [
                    who for who in world.people.values()
                    if who.is_there and id in who.segments
                    and (not brands or who.brand_id in brands)
                ]  # fmt: skip
                assert found.size(place) == len(members)
    assert overlap(every).both(0, 3) == sum(
        who.is_there and {every[0], every[3]} <= who.segments for who in world.people.values()
    )


@pytest.mark.parametrize("ids", [[], [1, 2, 3, 4, 5], [1, 1]])
def test_none_five_or_the_same_twice_are_refused(ids: list[int]) -> None:
    with pytest.raises(ValueError, match="different segments"):
        overlap(ids)


def test_a_region_becomes_a_list_with_an_audit_entry(world: World, now: datetime) -> None:
    ids = [segment.pk for segment in world.lists]
    mask = max(range(1, 16), key=lambda each: len(people_of(world, ids, each, [])))
    meant = people_of(world, ids, mask, [])
    region = Region("", (), tuple(ids), mask)
    job = bulk.start(
        Actor.of_command("test"),
        JobKind.LIST,
        region,
        Scope(world.brands, None, True),
        confirmed=len(meant),
        given={"name": "Only these"},
        now=now,
    )
    assert run(job.pk, clock=lambda: now)
    job.refresh_from_db()
    assert job.state == JobState.DONE
    kept = Segment.objects.get(code=job.options["segment"])
    assert set(kept.members.values_list("customer_id", flat=True)) == meant
    actions = AuditEntry.objects.values_list("action", flat=True)
    assert {"segment.create", "bulk.list", "bulk.end"} <= set(actions)
