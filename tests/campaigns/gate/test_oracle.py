"""The gate against a plain loop in Python that takes candidates one by one, greedily."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.gate import decide
from campaigns.models import Candidate, FrequencyCap, Message
from customers.models import Purpose
from tests.campaigns.making import (
    Shop,
    make_candidate,
    make_cap,
    make_customers,
    make_shop,
)

pytestmark = pytest.mark.django_db

PURPOSES = ["marketing", "marketing", "marketing", "service", "transactional"]


def covers(cap: FrequencyCap, candidate: Candidate) -> bool:
    return (
        cap.brand_id in (None, candidate.brand_id)
        and cap.channel in ("", candidate.channel)
        and (
            cap.purpose == candidate.purpose
            or (not cap.purpose and candidate.purpose != Purpose.TRANSACTIONAL)
        )
        and cap.journey_id in (None, candidate.journey_id)
    )


class Oracle:
    """Let through whom every cap still has room for; remembers each customer's own history."""

    def __init__(self, caps: list[FrequencyCap]) -> None:
        self.caps = caps
        self.sent: dict[int, list[tuple[datetime, Candidate]]] = defaultdict(list)

    def decide(self, candidates: list[Candidate], now: datetime) -> dict[int, bool]:
        ordered = sorted(candidates, key=lambda c: (-c.priority, c.wanted_at, c.due_at, c.pk))
        return {each.pk: self.take(each, now) for each in ordered}

    def take(self, candidate: Candidate, now: datetime) -> bool:
        sent = self.sent[candidate.customer_id]
        for cap in self.caps:
            if not covers(cap, candidate):
                continue
            since = now - timedelta(seconds=cap.window_seconds)
            if sum(at > since and covers(cap, other) for at, other in sent) >= cap.limit:
                return False
        sent.append((now, candidate))
        return True


def random_caps(dice: random.Random, shops: list[Shop]) -> list[FrequencyCap]:
    return [
        make_cap(
            dice.randint(1, 4),
            timedelta(hours=dice.choice([1, 6, 24, 48, 168])),
            name=f"cap {number}",
            channel=dice.choice(["", "", "email", "sms"]),
            purpose=dice.choice(["", "", "marketing", "service", "transactional"]),
            brand=dice.choice([None, None, dice.choice(shops).brand]),
            journey_id=dice.choice([None, None, 1, 2]),
        )
        for number in range(dice.randint(1, 5))
    ]


@pytest.mark.parametrize("seed", range(6))
def test_the_gate_decides_as_a_plain_loop(seed: int, now: datetime) -> None:
    dice = random.Random(seed)
    shops = [make_shop(now, "tea"), make_shop(now, "coffee")]
    customers = make_customers(shops[0], 40, now)
    from tests.campaigns.making import say_yes

    say_yes(shops[1], customers, now)
    for shop in shops:
        for channel in ("email", "sms"):
            for purpose in set(PURPOSES):
                shop.content(channel, purpose)
    oracle = Oracle(random_caps(dice, shops))
    expected: dict[int, bool] = {}
    at = now
    for _round in range(12):
        at += timedelta(minutes=dice.choice([1, 30, 60, 60 * 6, 60 * 24]))
        made = Candidate.objects.bulk_create(
            make_candidate(
                dice.choice(shops),
                dice.choice(customers),
                at - timedelta(minutes=dice.randint(0, 50)),
                channel=dice.choice(["email", "sms"]),
                purpose=dice.choice(PURPOSES),
                priority=dice.choice([10, 50, 50, 90]),
                journey_id=dice.choice([1, 2, 3]),
                save=False,
            )
            for _ in range(dice.randint(20, 140))
        )
        expected |= oracle.decide(made, at)
        limit = dice.choice([7, 50, 20_000])
        while decide(at, limit=limit).more:
            pass
    told = dict(Candidate.objects.values_list("id", "state"))
    assert told == {pk: "allowed" if ok else "stopped" for pk, ok in expected.items()}
    assert len(expected) > 400
    assert 0 < sum(expected.values()) < len(expected)
    assert set(Message.objects.values_list("candidate_id", flat=True)) == {
        pk for pk, ok in expected.items() if ok
    }


def test_statements_do_not_grow_with_candidates(now: datetime) -> None:
    shop = make_shop(now)
    make_cap(3, timedelta(days=7))
    make_cap(2, timedelta(days=1), channel="email")
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
