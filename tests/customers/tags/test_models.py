"""Models agree with plain Python; cuts are those of the statistics module and explain scores."""

from __future__ import annotations

import random
import statistics
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from customers.access import Actor
from customers.identity.merge import merge, unmerge
from customers.models import Customer, Tag
from customers.tags.compute.cuts import Figures
from customers.tags.look import follow
from customers.tags.refresh import refresh
from tests.customers.tags.oracle import fact_of
from tests.customers.tags.world import World, values_of

pytestmark = pytest.mark.django_db

QUANTILES = {"quantiles": 5}
CELLS: list[dict[str, Any]] = [
    {"code": f"{r}{f}{m}", "name": "x", "r": [r, r], "f": [f, f], "m": [m, m]}
    for r in range(1, 4)
    for f in range(1, 4)
    for m in range(1, 4)
]
EVERYTHING: list[dict[str, Any]] = [*CELLS, {"code": "top", "name": "x", "r": [4, 5], "m": [3, 5]}]


def make(model: dict[str, Any], world: World, brand: str = "tea", **fields: Any) -> Tag:
    return Tag.objects.create(
        code=f"model_{Tag.objects.count()}", name="Model", kind="model",
        brand=world.brands[brand], definition={"schema": 1, "model": model}, **fields,
    )  # fmt: skip


def facts(world: World, of: str, property: str | None = None, tag: Tag | None = None) -> Any:
    fact = {"of": of, "event": "order_paid"} | ({"property": property} if property else {})
    brand = tag.brand if tag else None
    zone = brand.timezone if brand else "UTC"
    found = {
        id: fact_of(fact, events, world.now, zone, brand.pk if brand else None)
        for id, events in world.events.items()
    }
    return {id: Decimal(value) for id, value in found.items() if value is not None}


def quantiles(values: list[Decimal]) -> list[Decimal]:
    """Linear interpolation over all values, by another implementation."""
    cuts = statistics.quantiles(map(float, values), n=5, method="inclusive")
    return [Decimal(format(cut, ".12g")) for cut in cuts]


def score(value: Decimal, cuts: list[Decimal], values: list[Decimal]) -> int:
    """The highest class whose cut is reached and parts somebody."""
    parting = [i for i, cut in enumerate(cuts) if value >= cut and cut > min(values)]
    return 2 + max(parting) if parting else 1


@pytest.mark.parametrize("seed", range(3))
def test_rfm_with_quantiles(seed: int, now: datetime) -> None:
    world = World(random.Random(seed), now)
    world.add(40, 6)
    model = {
        "of": "rfm", "event": "order_paid", "amount": "amount", "recency": QUANTILES,
        "frequency": QUANTILES, "monetary": QUANTILES, "cells": EVERYTHING,
        "else": {"code": "rest", "name": "x"},
    }  # fmt: skip
    tag = make(model, world)
    refresh(tag.pk, now)
    days = {id: -value for id, value in facts(world, "days_since", tag=tag).items()}
    times = facts(world, "count", tag=tag)
    money = {id: Decimal(0) for id in times} | facts(world, "sum", "amount", tag)
    found = values_of(tag)
    assert found.keys() == times.keys()
    for id, value in found.items():
        r, f, m = (
            score(each[id], quantiles(list(each.values())), list(each.values()))
            for each in (days, times, money)
        )
        cells = [c["code"] for c in EVERYTHING if c.get("r", [1, 5])[0] <= r <= c["r"][1]
                 and c.get("f", [1, 5])[0] <= f <= c.get("f", [1, 5])[1]
                 and c["m"][0] <= m <= c["m"][1]]  # fmt: skip
        assert value == (cells or ["rest"])[0], (id, r, f, m)
    assert len(set(found.values())) > 3


def test_a_cut_that_everybody_reaches_parts_nobody() -> None:
    once = Figures((Decimal(1), Decimal(1), Decimal(2), Decimal(4)), idle=2)
    assert [once.score(Decimal(n)) for n in (1, 2, 3, 4, 99)] == [1, 4, 4, 5, 5]
    days = Figures(tuple(map(Decimal, (30, 90, 180, 365))), falling=True)
    assert [days.score(Decimal(n)) for n in (0, 30, 31, 365, 366)] == [5, 5, 4, 2, 1]
    assert Figures.of_json(days.to_json()) == days


@pytest.mark.parametrize("seed", range(2))
def test_lifecycle(seed: int, now: datetime) -> None:
    world = World(random.Random(seed), now)
    world.add(40, 5)
    model = {"of": "lifecycle", "event": "order_paid", "new_days": 7, "active_days": 29,
             "sleeping_days": 60, "loyal_times": 3}  # fmt: skip
    tag = make(model, world)
    refresh(tag.pk, now)
    last, times = facts(world, "days_since", tag=tag), facts(world, "count", tag=tag)
    days = {
        id: max(
            (now.astimezone(_zone(tag)).date() - each.at.astimezone(_zone(tag)).date()).days
            for each in events
            if each.name == "order_paid" and each.brand_id in (None, tag.brand_id)
        )
        for id, events in world.events.items()
        if id in last
    }
    wanted = {}
    for id, first in days.items():
        if last[id] <= 29 and times[id] >= 3:
            wanted[id] = "loyal"
        elif first <= 7:
            wanted[id] = "new"
        elif last[id] <= 29:
            wanted[id] = "active"
        else:
            wanted[id] = "sleeping" if last[id] <= 60 else "lost"
    assert values_of(tag) == wanted
    assert len(set(wanted.values())) >= 4


def test_tiers_and_a_class_without_a_name(now: datetime) -> None:
    world = World(random.Random(5), now)
    world.add(40, 5)
    fact = {"of": "sum", "event": "order_paid", "property": "amount"}
    model = {"of": "tiers", "fact": fact, "cuts": {"values": [10, 100.5]},
             "names": [None, "silver", "gold"]}  # fmt: skip
    tag = make(model, world)
    refresh(tag.pk, now)
    spent = facts(world, "sum", "amount", tag)
    assert values_of(tag) == {
        id: "gold" if value >= Decimal("100.5") else "silver"
        for id, value in spent.items()
        if value >= 10
    }


def test_stages_rules_and_scorecards(now: datetime) -> None:
    world = World(random.Random(6), now)
    world.add(40, 3)
    bought, opened = {"event": "order_paid"}, {"event": "app_opened", "count": {"gte": 2}}
    stages = [
        {"code": "aware", "name": "x", "rule": {"all": []}},
        {"code": "interest", "name": "x", "rule": opened},
        {"code": "purchase", "name": "x", "rule": bought},
    ]
    funnel = make({"of": "stages", "kind": "aipl", "stages": stages}, world)
    first = make(
        {"of": "rules", "values": stages[1:], "else": {"code": "none", "name": "x"}}, world
    )
    points = [{"rule": bought, "points": 10}, {"rule": opened, "points": -2.5}]
    plain = make({"of": "scorecard", "points": points, "cuts": [], "names": []}, world)
    named = make({"of": "scorecard", "points": points, "cuts": [0, 8],
                  "names": [None, "cold", "warm"]}, world)  # fmt: skip
    for tag in (funnel, first, plain, named):
        assert not refresh(tag.pk, now).problem
    for id, events in world.events.items():
        mine = [e for e in events if e.brand_id in (None, funnel.brand_id)]
        buys = any(e.name == "order_paid" for e in mine)
        opens = sum(e.name == "app_opened" for e in mine) >= 2
        total = (10 if buys else 0) - (2.5 if opens else 0)
        assert values_of(funnel)[id] == ("purchase" if buys else "interest" if opens else "aware")
        assert values_of(first)[id] == ("interest" if opens else "purchase" if buys else "none")
        assert Decimal(values_of(plain)[id]) == Decimal(str(total))
        assert values_of(named).get(id) == (
            "warm" if total >= 8 else "cold" if total >= 0 else None
        )


def test_new_events_are_scored_with_the_kept_cuts(now: datetime) -> None:
    world = World(random.Random(8), now)
    world.add(40, 5)
    model = {
        "of": "rfm", "event": "order_paid", "amount": "amount", "recency": QUANTILES,
        "frequency": QUANTILES, "monetary": QUANTILES, "cells": EVERYTHING, "else": None,
    }  # fmt: skip
    tag = make(model, world, follows_events=True, watches=["order_paid"])
    refresh(tag.pk, now)
    tag.refresh_from_db()
    kept, before = tag.figures, values_of(tag)
    assert set(kept) == {"recency", "frequency", "monetary"}
    world.now += timedelta(minutes=1)
    world.add(3, 3, since=timedelta(hours=1))
    assert follow(world.now) == 1
    assert follow(world.now) == 0
    tag.refresh_from_db()
    assert tag.figures == kept
    assert values_of(tag) != before
    assert refresh(tag.pk, world.now).scope == "full"
    tag.refresh_from_db()
    assert tag.figures != kept


def test_nobody_who_was_merged_or_erased_has_a_value(now: datetime) -> None:
    world = World(random.Random(9), now)
    world.add(6, 5)
    tag = Tag.objects.create(
        code="orders", name="Orders", kind="fact", data_type="number", follows_events=True,
        watches=["order_paid"],
        definition={"schema": 1, "fact": {"of": "count", "event": "order_paid"}},
    )  # fmt: skip
    refresh(tag.pk, now)
    kept, other, erased = sorted(values_of(tag))[:3]
    together = int(values_of(tag)[kept]) + int(values_of(tag)[other])
    before, actor = values_of(tag), Actor.of_system("test")
    one, two = Customer.objects.get(pk=kept), Customer.objects.get(pk=other)
    done = merge(actor, one, two, now=now)
    assert follow(now) == 1
    assert values_of(tag)[done.kept_id] == str(together)
    assert done.other_id not in values_of(tag)
    unmerge(actor, done, now=now)
    assert follow(now) == 1
    assert values_of(tag) == before
    Customer.objects.filter(pk=erased).update(erased_at=now)
    assert refresh(tag.pk, now, full=True).went == 1
    assert erased not in values_of(tag)


def _zone(tag: Tag) -> Any:
    return ZoneInfo(tag.brand.timezone if tag.brand else "UTC")
