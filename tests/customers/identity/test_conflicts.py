"""The rule of an attribute decides, whatever the order, the batches and the merges of its facts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import pytest

from customers.access import Actor
from customers.identity.merge import merge, unmerge
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Attribute, Customer, Source, SourceKind

pytestmark = pytest.mark.django_db
TRUST = {"shop": 20, "crm": 90, "app": 90, "form": 55}
RULES = ("latest", "first", "trusted")


class Said(NamedTuple):
    """One fact: by whom, under which of a person's identities, what, when (minutes)."""

    person: int
    key: str
    source: str
    values: dict[str, str | None]
    at: int


def expected(rule: str, facts: Sequence[Said]) -> str | None:
    """What stays, told in another way than the product does it: sort them all and look."""
    said = [(each, each.values[rule]) for each in facts if rule in each.values]
    if rule == "first":
        found = sorted((each.at, value) for each, value in said if value is not None)
        return found[0][1] if found else None
    trusted = [(TRUST[each.source] if rule == "trusted" else 0, each.at, value)
               for each, value in said]  # fmt: skip
    return max(trusted, key=lambda each: each[:2])[2] if trusted else None


def facts_of(person: int, chance: random.Random) -> list[Said]:
    moments = chance.sample(range(1, 500), chance.randint(3, 9))
    return [
        Said(
            person, chance.choice("abc"), chance.choice(list(TRUST)),
            {rule: chance.choice(["x", "y", "z", None]) for rule in RULES
             if chance.random() < 0.8},
            at,
        )
        for at in moments
    ]  # fmt: skip


def come(facts: Sequence[Said], start: datetime, chance: random.Random) -> None:
    """Tell the facts in this order, in batches of any size; now and then two identities of a
    person are named together, and at the end all of them."""
    keys = {"a": "member_id", "b": "user_id", "c": "external_id"}

    def item(person: int, letters: str, **more: Any) -> Item:
        return Item("1", [(keys[each], f"{person}{each}") for each in letters], **more)

    now = start + timedelta(days=1)
    for source, group in groupby(facts, key=lambda each: each.source):
        batch: list[Item] = []
        for said in group:
            letters = said.key if chance.random() < 0.6 else "".join(chance.sample("abc", 2))
            event = EventFact("said", start + timedelta(minutes=said.at))
            batch.append(item(said.person, letters, attributes=said.values, events=[event]))
            if chance.random() < 0.4:
                assert not ingest(Batch(source, batch), now=now).refused
                batch = []
        if batch:
            assert not ingest(Batch(source, batch), now=now).refused
    people = sorted({each.person for each in facts})
    ingest(Batch("crm", [item(person, "abc") for person in people]), now=now)


@pytest.fixture
def rules(now: datetime) -> None:
    for rule in RULES:
        Attribute.objects.create(code=rule, name=rule, conflict=rule)
    for code, trust in TRUST.items():
        Source.objects.create(code=code, name=code, kind=SourceKind.API, trust=trust)


@pytest.mark.parametrize("seed", range(4))
def test_any_order_and_batching_ends_in_the_same_values(
    seed: int, now: datetime, rules: None
) -> None:
    chance = random.Random(seed)
    facts = [fact for person in range(40) for fact in facts_of(person, chance)]
    chance.shuffle(facts)
    facts.sort(key=lambda each: (each.at // 100 if seed % 2 else 0, each.source, chance.random()))
    come(facts, now - timedelta(days=2), chance)
    alive = Customer.objects.filter(merged_into__isnull=True)
    assert alive.count() == len({fact.person for fact in facts})
    assert Customer.objects.filter(merged_into__isnull=False).count() > 5
    owners = dict(
        alive.filter(identities__namespace__code="member_id").values_list("identities__value", "pk")
    )
    values = dict(alive.values_list("pk", "attributes"))
    for person in {fact.person for fact in facts}:
        hers = [fact for fact in facts if fact.person == person]
        wanted = {rule: expected(rule, hers) for rule in RULES}
        found = values[owners[f"{person}a"]]
        assert found == {rule: value for rule, value in wanted.items() if value is not None}, hers


def test_of_facts_of_one_moment_the_last_that_came_stays(now: datetime, rules: None) -> None:
    for value in ("x", "y"):
        item = Item("1", [("member_id", "1")], attributes=dict.fromkeys(RULES, value))
        ingest(Batch("crm", [item]), now=now)
    assert Customer.objects.get().attributes == {"latest": "y", "first": "x", "trusted": "y"}


def test_saying_it_again_holds_it_longer(now: datetime, rules: None) -> None:
    def say(value: str | None, minutes: int) -> None:
        at = now - timedelta(minutes=60 - minutes)
        item = Item("1", [("member_id", "1")], attributes={"latest": value},
                    events=[EventFact("said", at)])  # fmt: skip
        ingest(Batch("crm", [item]), now=now)

    for value, minutes in (("x", 1), ("x", 3), ("y", 2)):
        say(value, minutes)
    assert Customer.objects.get().attributes == {"latest": "x"}
    say(None, 5)
    say("z", 4)
    customer = Customer.objects.get()
    assert customer.attributes == {}
    assert list(customer.provenance) == ["latest"]


def test_what_was_taken_back_stays_taken_back_in_a_merge_and_comes_again(
    now: datetime, rules: None
) -> None:
    def say(number: str, value: str | None, at: datetime) -> Customer:
        item = Item("1", [("member_id", number)], attributes={"latest": value})
        done = ingest(Batch("crm", [item]), now=at)
        return Customer.objects.get(pk=done.customer_ids[0] or 0)

    hour = timedelta(hours=1)
    old = say("1", "x", now - 3 * hour)
    say("1", None, now - hour)
    new = say("2", "y", now - 2 * hour)
    rows = list(Customer.objects.order_by("pk").values())
    actor = Actor.of_system("test")
    done = merge(actor, old, new, now=now)
    old.refresh_from_db()
    assert old.attributes == {}
    unmerge(actor, done, now=now)
    assert list(Customer.objects.order_by("pk").values()) == rows
