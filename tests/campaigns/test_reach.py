"""Who can be reached, said by the rule, is who the gate lets through."""

from __future__ import annotations

import itertools
import random
from datetime import datetime

import pytest

from campaigns.gate import decide
from campaigns.models import Candidate, Suppression
from customers.models import Consent, Identity, Namespace
from customers.rules import evaluate, read_rule
from tests.campaigns.making import make_candidate, make_customers, make_shop

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def test_reachable_is_whom_the_gate_lets_through(now: datetime) -> None:
    chance = random.Random(7)
    shop, other = make_shop(now), make_shop(now, "coffee")
    customers = make_customers(shop, 120, now, consents=False)
    email = Namespace.objects.get(code="email")
    for customer in customers:
        if chance.random() < 0.2:
            Identity.objects.filter(customer=customer, namespace=email).delete()
        if chance.random() < 0.2:
            Identity.objects.create(
                customer=customer, namespace=email, value=f"n{customer.pk}@spam.example",
                created_at=now, verified_at=chance.choice([None, now]),
            )  # fmt: skip
        for brand, channel, purpose in itertools.product(
            (shop.brand, other.brand), ("email", "sms"), ("marketing", "service")
        ):
            if chance.random() < 0.7:
                Consent.objects.create(
                    customer=customer, brand=brand, channel=channel, purpose=purpose, since=now,
                    state=chance.choice(["granted", "granted", "denied", "pending"]),
                )  # fmt: skip
        if chance.random() < 0.3:
            what = chance.choice(["customer", "address"])
            Suppression.objects.create(
                scope=what,
                customer=customer if what == "customer" else None,
                value=f"c{customer.pk}@example.com" if what == "address" else "",
                brand=chance.choice([None, shop.brand, other.brand]),
                channel=chance.choice(["", "email", "sms"]),
                reason="manual",
                at=now,
            )
    Suppression.objects.create(scope="domain", value="spam.example", reason="manual", at=now)
    told_apart = 0
    for channel, purpose in itertools.product(("email", "sms"), ("marketing", "service")):
        Candidate.objects.all().delete()
        for customer in customers:
            make_candidate(shop, customer, now, channel=channel, purpose=purpose)
        decide(now)
        allowed = set(
            Candidate.objects.filter(state="allowed").values_list("customer_id", flat=True)
        )
        rule, _problems = read_rule({"reachable": {"channel": channel, "purpose": purpose}})
        assert rule is not None
        ids = [customer.pk for customer in customers]
        assert evaluate(rule, ids, now=now, brand_id=shop.brand.pk) == allowed
        told_apart += 0 < len(allowed) < len(ids)
    assert told_apart == 4


def test_without_a_brand_any_consent_counts(now: datetime) -> None:
    shop = make_shop(now)
    (said_yes,) = make_customers(shop, 1, now)
    (silent,) = make_customers(shop, 1, now, consents=False)
    rule, _problems = read_rule({"reachable": {"channel": "sms"}})
    assert rule is not None
    assert evaluate(rule, [said_yes.pk, silent.pk], now=now) == {said_yes.pk}
