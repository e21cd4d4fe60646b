"""Counts by kept sets are those of the rows and of a plain reading, whatever changes meanwhile."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from customers.access import Actor
from customers.bits import build as builds
from customers.bits import count
from customers.bits import follow as follower
from customers.bits.build import build
from customers.bits.follow import follow
from customers.bits.upkeep import compare, drop_unused
from customers.identity.merge import Pair, merge_pairs
from customers.ingest import Batch, ConsentFact, EventFact, Item, TagFact, ingest
from customers.models import BitSet, Customer, Identity, MergeReason
from customers.rules import count as count_rows
from customers.rules import read_rule
from tests.customers.rules.oracle import Oracle
from tests.customers.rules.worlds import KINDS, ZONE, Rules, World

pytestmark = [pytest.mark.django_db, pytest.mark.backends]

NOW = datetime(2026, 2, 27, 17, 30, tzinfo=UTC)


def test_random_rules_are_counted_by_bits() -> None:
    by_bits, told_apart = agree(1, people=40, rules=24)
    assert by_bits > 12
    assert told_apart > 6


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(50, 58))
def test_thousands_of_rules_are_counted_by_bits(seed: int) -> None:
    agree(seed, people=120, rules=400)


def agree(seed: int, people: int, rules: int) -> tuple[int, int]:
    """(how many were answered by bits, how many told people apart)."""
    chance = random.Random(seed)
    world = World(chance, NOW, people)
    oracle = Oracle(NOW, ZONE, KINDS)
    made = Rules(chance, NOW)
    brand = world.brand.pk
    asked = [made.rule() for _ in range(rules)]
    read = [read_rule(data)[0] for data in asked]
    for rule in read:
        assert rule is not None
        count(rule, now=NOW, brand_id=brand)
    build(BitSet.objects.all(), now=NOW)
    by_bits = told_apart = 0
    definer = Customer.objects.count() - people
    for data, rule in zip(asked, read, strict=True):
        assert rule is not None
        counted = count(rule, now=NOW, brand_id=brand)
        shown = json.dumps(data, ensure_ascii=False)
        expected = count_rows(rule, now=NOW, brand_id=brand)
        assert counted.number == expected, shown
        held = sum(oracle.holds(data, who) for who in world.people)
        assert 0 <= expected - held <= definer, shown
        by_bits += counted.by == "bits"
        told_apart += 0 < held < people
    for step in range(2):
        change(chance, world)
        later = NOW + timedelta(minutes=step + 1)
        for data, rule in zip(asked, read, strict=True):
            assert rule is not None
            expected = count_rows(rule, now=later, brand_id=brand)
            found = count(rule, now=later, brand_id=brand)
            assert found.number == expected, (step, json.dumps(data, ensure_ascii=False))
        while follow(now=later):
            pass
        for data, rule in zip(asked, read, strict=True):
            assert rule is not None
            expected = count_rows(rule, now=later, brand_id=brand)
            found = count(rule, now=later, brand_id=brand)
            assert found.number == expected, (step, json.dumps(data, ensure_ascii=False))
    assert compare(BitSet.objects.all(), now=later) == 0, list(
        BitSet.objects.filter(drift__gt=0).values_list("key", "drift")
    )
    return by_bits, told_apart


def change(chance: random.Random, world: World) -> None:
    """Facts of every kind by the one door, then a merge and an end."""
    items = []
    for place in chance.sample(range(len(world.ids)), 12):
        items.append(
            Item(
                str(place),
                [("external_id", f"p{place}")],
                attributes={
                    "city": chance.choice(["Shanghai", "Hangzhou", None]),
                    "vip": chance.choice([True, False]),
                },
                tags=[
                    TagFact("tier", chance.choice(["gold", "silver"]), chance.random() < 0.7),
                    TagFact("taste", chance.choice(["tea", "coffee"]), chance.random() < 0.5),
                ],
                consents=[ConsentFact("sms", "marketing", chance.choice(["granted", "denied"]))],
                events=[
                    EventFact(
                        chance.choice(["order paid", "app opened"]),
                        NOW - timedelta(hours=chance.choice([-0.01, 1, 20, 24 * 6])),
                        {"amount": chance.choice([5, 10, "x"])},
                    )
                ],
            )
        )
    items.append(Item("new", [("external_id", f"n{chance.random()}")], attributes={"city": "上海"}))
    ingest(Batch("test", items, brand_id=world.brand.pk), now=NOW + timedelta(seconds=5))
    free = list(
        Customer.objects.filter(merged_into=None, erased_at=None, pk__in=world.ids).order_by("pk")
    )
    kept, other, gone = chance.sample(free, 3)
    pair = Pair(min(kept.pk, other.pk), max(kept.pk, other.pk), "test")
    with connection.cursor() as cursor:
        merge_pairs(
            cursor, [pair], actor=Actor.of_system("test"), reason=MergeReason.MANUAL, now=NOW
        )
    Identity.objects.filter(customer=gone).delete()
    Customer.objects.filter(pk=gone.pk).update(erased_at=NOW)


def test_a_tag_that_expires_leaves_its_set() -> None:
    world = World(random.Random(3), NOW, 10)
    tag = world_tag(world)
    rule, _problems = read_rule({"tag": "tier", "value": "brief"})
    assert rule is not None
    count(rule, now=NOW)
    build(BitSet.objects.all(), now=NOW)
    ends = NOW + timedelta(hours=1)
    for id in world.ids[:4]:
        tag.customers.create(customer_id=id, value="brief", since=NOW, expires_at=ends)
    for moment, expected in ((NOW, 4), (ends - timedelta(seconds=1), 4), (ends, 0)):
        assert count(rule, now=moment).number == expected
    while follow(now=NOW):
        pass
    quick = count(rule, now=NOW)
    assert (quick.number, quick.by, quick.looked_at) == (4, "bits", 0)
    due = count(rule, now=ends)
    assert (due.number, due.looked_at) == (0, 4)
    while follow(now=ends):
        pass
    over = count(rule, now=ends)
    assert (over.number, over.looked_at) == (0, 0)
    # What the sets hold now is later than that: the rows answer.
    assert count(rule, now=NOW).by == "rows"


def test_a_set_is_asked_for_once_and_dropped_when_unused() -> None:
    World(random.Random(4), NOW, 5)
    rule, _problems = read_rule({"attribute": "city", "op": "in", "value": ["Shanghai", "x"]})
    assert rule is not None
    first = count(rule, now=NOW)
    assert (first.by, first.wanted) == ("rows", True)
    keys = set(BitSet.objects.values_list("key", flat=True))
    assert len(keys) == 3
    count(rule, now=NOW)
    assert set(BitSet.objects.values_list("key", flat=True)) == keys
    assert drop_unused(now=NOW + timedelta(days=13)) == 0
    assert drop_unused(now=NOW + timedelta(days=15)) == 3


def test_a_wrong_bit_is_found_and_put_right() -> None:
    world = World(random.Random(5), NOW, 30)
    rule, _problems = read_rule({"attribute": "vip", "op": "eq", "value": True})
    assert rule is not None
    count(rule, now=NOW)
    build(BitSet.objects.all(), now=NOW)
    right = count(rule, now=NOW).number
    flipped = BitSet.objects.get(key__contains="vip")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_bitchunk SET bits = set_bit(bits::bit(15000), %s,"
            " 1 - get_bit(bits, %s)) WHERE set_id = %s",
            [world.ids[0] % 15_000, world.ids[0] % 15_000, flipped.pk],
        )
    assert abs(count(rule, now=NOW).number - right) == 1
    assert compare([flipped], now=NOW) == 1
    assert count(rule, now=NOW).number == right


def test_what_changes_during_a_build_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(random.Random(6), NOW, 10)
    rule, _problems = read_rule({"tag": "tier", "value": "brief"})
    assert rule is not None
    count(rule, now=NOW)
    write = builds._replace

    def slow(*args: Any) -> None:
        """The pass is over the rows as they were; then somebody else changes and follows."""
        write(*args)
        world_tag(world).customers.create(customer_id=world.ids[0], value="brief", since=NOW)
        while follow(now=NOW):
            pass

    monkeypatch.setattr(builds, "_replace", slow)
    build(BitSet.objects.exclude(definition=["alive"]), now=NOW)
    monkeypatch.setattr(builds, "_replace", write)
    build(BitSet.objects.filter(state="building"), now=NOW)
    counted = count(rule, now=NOW)
    assert (counted.number, counted.by) == (1, "bits")
    while follow(now=NOW):
        pass
    counted = count(rule, now=NOW)
    assert (counted.number, counted.looked_at) == (1, 0)


def test_a_statement_tells_of_its_customers_by_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(random.Random(8), NOW, 12)
    rule, _problems = read_rule({"tag": "tier", "value": "brief"})
    assert rule is not None
    count(rule, now=NOW)
    build(BitSet.objects.all(), now=NOW)
    while follow(now=NOW):
        pass
    tag = world_tag(world)
    for ids in (world.ids[:5], world.ids[5:8]):
        tag.customers.bulk_create(
            tag.customers.model(customer_id=id, tag=tag, value="brief", since=NOW) for id in ids
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, ref, sum(many), count(*) FROM customers_bitchange GROUP BY 1, 2"
        )
        rows = cursor.fetchall()
        cursor.execute("SELECT count(DISTINCT id / 15000) FROM customers_customer")
        chunks = cursor.fetchone()[0]
    assert [row[:3] for row in rows] == [("tag", str(tag.pk), 8)]
    assert rows[0][3] <= 2 * chunks
    assert (count(rule, now=NOW).number, count(rule, now=NOW).looked_at) == (8, 8)
    # However few are taken at once, a row is taken whole.
    monkeypatch.setattr(follower, "BATCH", 1)
    taken = []
    while took := follow(now=NOW):
        taken.append(took)
    assert sum(taken) == 8
    assert len(taken) == rows[0][3]
    assert (count(rule, now=NOW).number, count(rule, now=NOW).looked_at) == (8, 0)


def world_tag(world: World) -> Any:
    from customers.models import Tag

    return Tag.objects.get(code="tier")
