"""The gate against a plain loop in Python that takes candidates one by one, greedily."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from campaigns.gate import decide
from campaigns.models import Arbitration, Candidate, Content, FrequencyCap, Message
from customers.models import Brand, Customer
from tests.campaigns.gate.oracle import Oracle, Word
from tests.campaigns.making import (
    Shop,
    make_candidate,
    make_cap,
    make_content,
    make_customers,
    make_shop,
    say_yes,
)

pytestmark = pytest.mark.django_db

PURPOSES = ["marketing", "marketing", "marketing", "service", "transactional"]
ZONES = ["", "Asia/Shanghai", "America/St_Johns", "Pacific/Apia"]


class World:
    """Two brands, their contents and customers on four clocks, random caps and arbitrations."""

    def __init__(self, dice: random.Random, now: datetime, *, customers: int) -> None:
        self.dice, self.now = dice, now
        self.shops = [make_shop(now, "tea"), make_shop(now, "coffee", timezone="Asia/Tokyo")]
        self.customers = make_customers(self.shops[0], customers, now)
        for each in self.customers:
            each.timezone = dice.choice(ZONES)
        Customer.objects.bulk_update(self.customers, ["timezone"])
        say_yes(self.shops[1], self.customers, now)
        self.zones = {each.pk: each.timezone for each in self.customers}
        self.brand_zones = {shop.brand.pk: shop.brand.timezone for shop in self.shops}
        self.contents = [
            (shop, make_content(shop.brand, channel, purpose))
            for shop in self.shops
            for channel in ("email", "sms")
            for purpose in sorted(set(PURPOSES))
            for _twice in range(2)
        ]
        for _shop, content in self.contents:
            content.worth = Decimal(dice.choice([0, 0, 5, 20]))
            content.on_loss = dice.choice(["defer", "drop"])
        Content.objects.bulk_update([c for _shop, c in self.contents], ["worth", "on_loss"])
        self.by_purpose = {
            purpose: [each for each in self.contents if each[1].purpose == purpose]
            for purpose in set(PURPOSES)
        }
        self.oracle = Oracle(
            self.random_caps(),
            self.random_arbitrations(),
            {content.pk: content for _shop, content in self.contents},
            zone_of=lambda c: self.zones[c.customer_id] or self.brand_zones[c.brand_id],
            address_of=lambda c: f"{c.channel} {c.customer_id}",
        )

    def random_caps(self) -> list[FrequencyCap]:
        dice = self.dice
        return [
            make_cap(
                dice.randint(1, 4),
                timedelta(hours=dice.choice([1, 6, 24, 48, 168])),
                name=f"cap {number}",
                period=dice.choice(["rolling", "rolling", "day", "week", "month"]),
                channel=dice.choice(["", "", "email", "sms"]),
                purpose=dice.choice(["", "", "marketing", "service", "transactional"]),
                brand=dice.choice([None, None, dice.choice(self.shops).brand]),
                journey_id=dice.choice([None, None, None, 1, 2]),
                content=dice.choice([None, None, None, dice.choice(self.contents)[1]]),
                per_address=dice.choice([False, False, True]),
                counts_transactional=dice.choice([False, True]),
            )
            for number in range(dice.randint(1, 5))
        ]

    def random_arbitrations(self) -> list[Arbitration]:
        dice = self.dice
        brands: list[Brand | None] = dice.choice(
            [[], [None], [self.shops[0].brand], [None, self.shops[1].brand]]
        )
        return [
            Arbitration.objects.create(
                brand=brand,
                window_seconds=dice.choice([1800, 4 * 3600, 86400]),
                includes_service=dice.choice([False, True]),
                is_active=dice.choice([True, True, False]),
            )
            for brand in brands
        ]

    def candidates(self, at: datetime, n: int) -> list[Candidate]:
        dice = self.dice
        made = []
        for _ in range(n):
            shop, content = dice.choice(self.by_purpose[dice.choice(PURPOSES)])
            made.append(
                make_candidate(
                    shop,
                    dice.choice(self.customers),
                    at - timedelta(minutes=dice.randint(0, 50)),
                    channel=content.channel,
                    purpose=content.purpose,
                    content=content,
                    priority=dice.choice([10, 50, 50, 90]),
                    journey_id=dice.choice([1, 2, 3]),
                    save=False,
                )
            )
        return Candidate.objects.bulk_create(made)

    def answers(self, at: datetime) -> None:
        """Some open what they got, in the oracle's memory and in the table."""
        opened = []
        for sent in (each for hers in self.oracle.sent.values() for each in hers):
            if sent.answered_at is None and self.dice.random() < 0.3:
                sent.answered_at = at
                opened.append(sent.candidate.pk)
        Message.objects.filter(candidate__in=opened).update(opened_at=at)


def run(
    world: World, rounds: int, size: tuple[int, int], limits: Sequence[int] = (7, 50, 20_000)
) -> Counter[tuple[str, str]]:
    """Feed random candidates and hold every verdict against the oracle's; returns how often each
    verdict was given by each rule."""
    told: Counter[tuple[str, str]] = Counter()
    at = world.now
    deferred: dict[int, Candidate] = {}
    for _round in range(rounds):
        at += timedelta(minutes=world.dice.choice([1, 30, 60, 60 * 6, 60 * 24]))
        made = world.candidates(at, world.dice.randint(*size))
        known = Candidate.objects.filter(pk__in=deferred, due_at__lte=at)
        due = made + [each for each in known if each.state == "deferred"]
        for each in due:
            deferred.pop(each.pk, None)
        expected = world.oracle.decide(due, at)
        limit = world.dice.choice(limits)
        while decide(at, limit=limit).more:
            pass
        rows = {row.pk: row for row in Candidate.objects.filter(pk__in=expected)}
        compare(expected, rows)
        told.update((word.verdict, word.rule) for word in expected.values())
        deferred |= {pk: rows[pk] for pk, word in expected.items() if word.verdict == "deferred"}
        world.answers(at + timedelta(minutes=1))
    return told


def compare(expected: dict[int, Word], rows: dict[int, Candidate]) -> None:
    for pk, word in expected.items():
        row = rows[pk]
        assert (row.state, row.rule) == (word.verdict, word.rule), (pk, row.detail, word)
        if word.rule == "arbitration":
            # The newest of several that went at the same moment: any of them may be named.
            assert row.detail["by"] == word.by, (pk, row.detail, word)
            if word.by != "earlier":
                assert row.detail["to"] == word.lost_to, (pk, row.detail, word)


@pytest.mark.parametrize("seed", range(8))
def test_the_gate_decides_as_a_plain_loop(seed: int, now: datetime) -> None:
    told = run(World(random.Random(seed), now, customers=40), 10, (20, 120))
    assert sum(told.values()) > 400
    assert told["allowed", "passed"] > 0
    sent = Candidate.objects.filter(state="allowed").values_list("pk", flat=True)
    assert set(Message.objects.values_list("candidate_id", flat=True)) == set(sent)
    assert Message.objects.exclude(content_id=F("candidate__content_id")).count() == 0


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_a_hundred_thousand_decisions(now: datetime) -> None:
    """Random policies over many customers, until 100,000 verdicts have been compared."""
    total: Counter[tuple[str, str]] = Counter()
    for seed in range(100, 110):
        world = World(random.Random(seed), now + timedelta(days=400 * (seed - 100)),
                              customers=2_000)  # fmt: skip
        total += run(world, 5, (2_000, 2_400), (500, 20_000))
        FrequencyCap.objects.all().delete()
        Arbitration.objects.all().delete()
        for shop in world.shops:
            shop.brand.code = f"{shop.brand.code}_{seed}"
            shop.brand.save()
    assert sum(total.values()) > 100_000
    assert total["deferred", "arbitration"] > 0
    assert total["stopped", "frequency_cap"] > 0


def test_statements_do_not_grow_with_candidates(now: datetime) -> None:
    shop = make_shop(now)
    make_cap(3, timedelta(days=7))
    make_cap(2, timedelta(days=1), channel="email", period="day")
    Arbitration.objects.create(window_seconds=3600)
    few = statements(shop, now, customers=5)
    assert few == statements(shop, now, customers=200)


def statements(shop: Shop, now: datetime, *, customers: int) -> int:
    people = make_customers(shop, customers, now)
    shop.content()
    Candidate.objects.bulk_create(
        make_candidate(shop, each, now, save=False) for each in people for _ in range(4)
    )
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert decide(now).total == 4 * customers
    # ANALYZE is a hint for large batches and reads a sample only.
    return sum("ANALYZE" not in query["sql"] for query in queries)
