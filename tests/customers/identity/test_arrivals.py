"""Random arrivals of identities and consents, in any order and batching, end in the customers of
an oracle, each with the consent that her history gives."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

import pytest

from customers.ingest import Batch, ConsentFact, Item, ingest
from customers.models import Brand, Consent, ConsentChange, Customer, Identity

pytestmark = pytest.mark.django_db
Keys = tuple[tuple[str, str], ...]
STRICTER = ("granted", "pending", "denied")


class Oracle:
    """Union-find over the values that were named together, and the consent of each group."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}
        self.state: dict[str, str] = {}

    def find(self, value: str) -> str:
        self.parent.setdefault(value, value)
        while self.parent[value] != value:
            value = self.parent[value]
        return value

    def name(self, values: Sequence[str]) -> None:
        first = self.find(values[0])
        for value in values[1:]:
            other = self.find(value)
            if other != first:
                self.parent[other] = first
                states = {self.state.pop(root) for root in (first, other) if root in self.state}
                if states:
                    self.state[first] = max(states, key=STRICTER.index)

    def take_in(self, facts: Sequence[tuple[Keys, str]]) -> None:
        """One batch: all meet first, and the stricter consent stays; then each says hers."""
        for keys, _state in facts:
            self.name([value for _space, value in keys])
        for keys, state in facts:
            if state:
                self.state[self.find(keys[0][1])] = state

    def groups(self) -> dict[frozenset[str], str | None]:
        """The consent of every group, or None."""
        found: dict[str, set[str]] = {}
        for value in self.parent:
            found.setdefault(self.find(value), set()).add(value)
        return {frozenset(values): self.state.get(root) for root, values in found.items()}


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
    brand = Brand.objects.create(code="arrivals", name="Arrivals")
    facts = [
        (keys, chance.choice(STRICTER) if chance.random() < 0.4 else "")
        for keys in arrivals(count, chance)
    ]
    oracle = Oracle()
    merged = start = 0
    while start < len(facts):
        size = chance.choice([1, 2, 10, 200] if count < 10_000 else [50, 2_000, 20_000])
        part = facts[start : start + size]
        oracle.take_in(part)
        batch = [
            Item(str(i), keys, consents=[
                ConsentFact("sms", "marketing", state, brand_id=brand.pk)
            ] if state else ())
            for i, (keys, state) in enumerate(part)
        ]  # fmt: skip
        done = ingest(Batch("test", batch), now=now)
        assert not done.refused
        assert not done.conflicts
        merged += done.merged
        start += size
    groups: dict[int, set[str]] = {}
    for customer_id, value in Identity.objects.values_list("customer_id", "value"):
        groups.setdefault(customer_id, set()).add(value)
    consents = dict(Consent.objects.values_list("customer_id", "state"))
    held = {frozenset(values): consents.get(id) for id, values in groups.items()}
    assert held == oracle.groups()
    alive = Customer.objects.filter(merged_into__isnull=True)
    assert set(alive.values_list("pk", flat=True)) == groups.keys()
    assert merged == Customer.objects.filter(merged_into__isnull=False).count() > count / 100
    # What was said once is kept as proof, by whoever she is now.
    assert set(ConsentChange.objects.values_list("customer_id", flat=True)) == consents.keys()


@pytest.mark.parametrize("seed", range(3))
def test_arrivals_in_any_order_end_in_the_same_customers(seed: int, now: datetime) -> None:
    check(1_500, seed, now)


@pytest.mark.proof
def test_a_hundred_thousand_arrivals_end_in_the_same_customers(now: datetime) -> None:
    check(100_000, 7, now)
