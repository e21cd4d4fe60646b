"""Every kind of fact agrees with plain Python over random events, whole and step by step."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from customers.models import Tag, TagChange
from customers.tags.clock import zone_of
from customers.tags.look import follow
from customers.tags.refresh import refresh
from tests.customers.tags.oracle import fact_of
from tests.customers.tags.world import World, values_of

pytestmark = pytest.mark.django_db

ORDER = {"event": "order_paid"}
SOLD = {"where": {"property": "amount", "op": "gt", "value": 9.99}}
FACTS: list[dict[str, Any]] = [
    {"of": "count", **ORDER},
    {"of": "count", **ORDER, **SOLD, "window": "30d"},
    {"of": "sum", **ORDER, "property": "amount"},
    {"of": "sum", **ORDER, "property": "amount", "window": "7d"},
    {"of": "average", **ORDER, "property": "amount"},
    {"of": "first", **ORDER},
    {"of": "last", **ORDER, "window": "30d"},
    {"of": "first", **ORDER, "property": "shop"},
    {"of": "last", **ORDER, "property": "shop"},
    {"of": "last", **ORDER, "property": "amount", "as": "number"},
    {"of": "favourite", **ORDER, "property": "shop"},
    {"of": "favourite", **ORDER, "property": "shop", "as": "date", "window": "30d"},
    {"of": "favourite", **ORDER, "property": "amount", "as": "number"},
    {"of": "days_since", **ORDER},
    {"of": "distinct", **ORDER, "property": "shop"},
    {"of": "distinct", "event": "app_opened", "property": "amount", "window": "30d"},
]


def make(world: World, *, follows: bool = False) -> list[Tag]:
    """Each fact once for the group and once for a brand with its own clock."""
    made = []
    for i, fact in enumerate(FACTS):
        theirs = world.brands["tea" if i % 2 else "walk"]
        for brand in (None, theirs) if not follows else (theirs if i % 4 > 1 else None,):
            made.append(
                Tag.objects.create(
                    code=f"fact_{i}_{brand.code if brand else 'all'}", name="Fact", kind="fact",
                    brand=brand, definition={"schema": 1, "fact": fact}, follows_events=follows,
                    watches=[fact["event"]] if follows else [],
                )
            )  # fmt: skip
    return made


def expected(world: World, tag: Tag, now: datetime) -> dict[int, str]:
    found = {
        id: fact_of(tag.definition["fact"], events, now, zone_of(tag), tag.brand_id)
        for id, events in world.events.items()
    }
    return {id: value for id, value in found.items() if value is not None}


@pytest.mark.parametrize("seed", range(2))
def test_sql_and_python_agree(seed: int, now: datetime) -> None:
    world = World(random.Random(seed), now)
    world.add(30, 6)
    for tag in make(world):
        done = refresh(tag.pk, now)
        wanted = expected(world, tag, now)
        assert values_of(tag) == wanted, tag.definition
        assert (done.came, done.went, done.customers) == (len(wanted), 0, len(wanted))
        assert wanted
        # What is so already is left alone, and the log of changes with it.
        again = refresh(tag.pk, now)
        assert (again.came, again.went, again.problem) == (0, 0, "")


@pytest.mark.parametrize("seed", range(2))
def test_step_by_step_is_the_same_as_whole(seed: int, now: datetime) -> None:
    """Events of now and of long ago, windows that pass, midnights: following equals rebuilding."""
    chance = random.Random(100 + seed)
    world = World(chance, now)
    world.add(20, 3)
    tags = make(world, follows=True)
    for tag in tags:
        refresh(tag.pk, now)
    few = 0
    for step in (timedelta(minutes=7), timedelta(hours=3), timedelta(days=1), timedelta(days=8)):
        world.now += step
        world.add(2, 2, since=chance.choice([step, timedelta(days=40)]))
        follow(world.now)
        for tag in tags:
            followed = values_of(tag)
            wanted = expected(world, tag, world.now)
            if not tag.definition["fact"].get("window") and "days" not in tag.code:
                touched = {id for id in wanted if followed.get(id) != wanted[id]}
                assert not touched or tag.definition["fact"]["of"] == "days_since", tag.definition
            done = refresh(tag.pk, world.now)
            few += done.scope == "changed"
            assert values_of(tag) == wanted, (tag.definition, step)
    assert few > 30


def test_the_history_adds_up_to_what_is_held(now: datetime) -> None:
    world = World(random.Random(7), now)
    world.add(20, 4)
    (tag, _other) = make(world)[4:6]
    refresh(tag.pk, now)
    first = values_of(tag)
    world.now += timedelta(days=1)
    world.add(0, 2, since=timedelta(hours=20))
    done = refresh(tag.pk, world.now)
    second = values_of(tag)
    changed = {id for id in second if first.get(id) != second[id]}
    assert done.came == len(changed) > 0
    assert done.went == len(changed & first.keys())
    held: dict[int, str] = {}
    for change in TagChange.objects.filter(tag=tag).order_by("at", "added"):
        if change.added:
            held[change.customer_id] = change.value
        else:
            assert held.pop(change.customer_id) == change.value
    assert held == second
    kept = set(tag.customers.filter(since=now).values_list("customer_id", flat=True))
    assert kept == second.keys() - changed
