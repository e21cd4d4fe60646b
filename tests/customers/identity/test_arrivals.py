"""Random arrivals of identities, in any order and batching, end in the customers of an oracle."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

import pytest

from customers.ingest import Batch, Item, ingest
from customers.models import Customer, Identity

pytestmark = pytest.mark.django_db
Keys = tuple[tuple[str, str], ...]


class Oracle:
    """Union-find over the values that were named together."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def find(self, value: str) -> str:
        self.parent.setdefault(value, value)
        while self.parent[value] != value:
            value = self.parent[value]
        return value

    def name(self, values: Sequence[str]) -> None:
        first = self.find(values[0])
        for value in values[1:]:
            self.parent[self.find(value)] = first

    def groups(self) -> set[frozenset[str]]:
        found: dict[str, set[str]] = {}
        for value in self.parent:
            found.setdefault(self.find(value), set()).add(value)
        return {frozenset(values) for values in found.values()}


def arrivals(count: int, chance: random.Random) -> list[Keys]:
    """Facts of people who own two to eight identities, each fact naming one to three of them.
    Nobody breaks a limit; pieces that no fact joins stay customers of their own."""
    found: list[Keys] = []
    person = 0
    while len(found) < count:
        person += 1
        own = [(space, f"{space}-{person}-{n}")
               for space, most in (("member_id", 2), ("user_id", 2), ("external_id", 2),
                                   ("unionid", 1), ("openid", 1))
               for n in range(chance.randint(0, most))]  # fmt: skip
        own = own or [("openid", f"openid-{person}")]
        for _fact in range(chance.randint(1, 8)):
            found.append(tuple(chance.sample(own, min(len(own), chance.randint(1, 3)))))
        if chance.random() < 0.3:
            # A device of her own: first alone, or first with something else of hers.
            device = ("device", f"device-{person}")
            found += [(device,), (chance.choice(own), device)]
    chance.shuffle(found)
    return found


def check(count: int, seed: int, now: datetime) -> None:
    chance = random.Random(seed)
    facts = arrivals(count, chance)
    oracle = Oracle()
    for keys in facts:
        oracle.name([value for _space, value in keys])
    merged = start = 0
    while start < len(facts):
        size = chance.choice([1, 2, 10, 200] if count < 10_000 else [50, 2_000, 20_000])
        batch = [Item(str(i), keys) for i, keys in enumerate(facts[start : start + size])]
        done = ingest(Batch("test", batch), now=now)
        assert not done.refused
        assert not done.conflicts
        merged += done.merged
        start += size
    groups: dict[int, set[str]] = {}
    for customer_id, value in Identity.objects.values_list("customer_id", "value"):
        groups.setdefault(customer_id, set()).add(value)
    assert {frozenset(values) for values in groups.values()} == oracle.groups()
    alive = Customer.objects.filter(merged_into__isnull=True)
    assert set(alive.values_list("pk", flat=True)) == groups.keys()
    assert merged == Customer.objects.filter(merged_into__isnull=False).count() > count / 100


@pytest.mark.parametrize("seed", range(3))
def test_arrivals_in_any_order_end_in_the_same_customers(seed: int, now: datetime) -> None:
    check(1_500, seed, now)


@pytest.mark.proof
def test_a_hundred_thousand_arrivals_end_in_the_same_customers(now: datetime) -> None:
    check(100_000, 7, now)
