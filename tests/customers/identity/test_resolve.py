"""Who is who: random orders and batchings end in the same customers; clashes are named."""

from __future__ import annotations

import random
from datetime import datetime

import pytest

from customers.identity.normalise import NotAnIdentity, normalise
from customers.ingest import Batch, Item, ingest
from customers.models import Customer, Identity

pytestmark = pytest.mark.django_db


def customers_of(items: list[list[tuple[str, str]]], sizes: list[int], now: datetime) -> None:
    items = list(items)
    while items:
        size = sizes[len(items) % len(sizes)]
        batch = [Item(str(i), keys) for i, keys in enumerate(items[:size])]
        del items[:size]
        done = ingest(Batch("test", batch), now=now)
        assert not done.refused
        assert not done.conflicts


def groups() -> set[frozenset[str]]:
    found: dict[int, set[str]] = {}
    for customer_id, value in Identity.objects.values_list("customer_id", "value"):
        found.setdefault(customer_id, set()).add(value)
    return {frozenset(values) for values in found.values()}


@pytest.mark.parametrize("seed", range(3))
def test_any_order_and_batching_ends_in_the_same_customers(seed: int, now: datetime) -> None:
    chance = random.Random(seed)
    arrivals, expected = [], set()
    for person in range(60):
        keys = [("member_id", f"m{person}"), ("email", f"p{person}@example.com"),
                ("unionid", f"u{person}")][: chance.randrange(1, 4)]  # fmt: skip
        expected.add(frozenset(value for _space, value in keys))
        # Each arrival names the person's first identity, so that no two customers ever meet.
        arrivals += [[keys[0], *chance.sample(keys[1:], chance.randrange(len(keys)))]
                     for _ in range(3)]  # fmt: skip
        arrivals.append(keys)
    chance.shuffle(arrivals)
    customers_of(arrivals, [1, 7, 50][seed:], now)
    assert groups() == expected
    assert Customer.objects.count() == 60


def test_new_customers_of_one_batch_that_turn_out_to_be_one_are_one(now: datetime) -> None:
    done = ingest(
        Batch("test", [
            Item("1", [("member_id", "1")]),
            Item("2", [("email", "a@example.com")]),
            Item("3", [("member_id", "1"), ("email", "a@example.com")]),
        ]),
        now=now,
    )  # fmt: skip
    assert len(set(done.customer_ids)) == 1
    assert done.customers_created == 1
    assert Customer.objects.count() == 1


def test_a_clash_goes_to_the_oldest_and_is_named(now: datetime) -> None:
    old, young = ingest(
        Batch("test", [Item("1", [("member_id", "1")]), Item("2", [("email", "a@example.com")])]),
        now=now,
    ).customer_ids
    item = Item("x", [("email", "a@example.com"), ("member_id", "1"), ("unionid", "u")])
    done = ingest(Batch("test", [item]), now=now)
    assert done.customer_ids == [old]
    [clash] = done.conflicts
    assert (clash.place, clash.customer_id, clash.others) == ("x", old, (young,))
    assert Identity.objects.get(value="u").customer_id == old


def test_an_anonymous_device_becomes_a_known_person_but_joins_no_two(now: datetime) -> None:
    def come(*keys: tuple[str, str]) -> int | None:
        return ingest(Batch("test", [Item("1", keys)]), now=now).customer_ids[0]

    anonymous = come(("device", "d"))
    assert not Customer.objects.get().is_known
    assert come(("device", "d"), ("phone", "+8613812346021")) == anonymous
    assert Customer.objects.get().is_known
    assert come(("device", "d"), ("phone", "+8613812346022")) != anonymous
    assert come(("device", "d")) == anonymous


@pytest.mark.parametrize(
    ("kind", "value", "normal"),
    [
        ("phone", "138 1234 6021", "+8613812346021"),
        ("phone", "+1 (415) 555-2671", "+14155552671"),
        ("email", "Chen@Example.COM", "chen@example.com"),
        ("text", " AbC ", "AbC"),
        ("lower", " AbC ", "abc"),
    ],
)
def test_normal_forms(kind: str, value: str, normal: str) -> None:
    assert normalise(kind, value) == normal


@pytest.mark.parametrize(
    ("kind", "value"),
    [("phone", "12"), ("phone", "abc"), ("phone", "+999123456789"), ("email", "a@b"),
     ("email", "a b@c.de"), ("text", " "), ("text", "a\x00"), ("text", "x" * 321)],
)  # fmt: skip
def test_what_is_no_identity(kind: str, value: str) -> None:
    with pytest.raises(NotAnIdentity):
        normalise(kind, value)
