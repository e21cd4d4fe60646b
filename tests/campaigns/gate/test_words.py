"""What the page of a message says about the gate: the sentence of the rule, with its numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from campaigns.gate import decide, why
from campaigns.models import ChannelAccount, QuietHours, Suppression
from customers.models import Consent, Customer
from tests.campaigns.making import Shop, make_candidate, make_customers, make_shop

pytestmark = pytest.mark.django_db
Prepare = Callable[[Shop, Customer, datetime], dict[str, Any]]


def consent(state: str) -> Prepare:
    def prepare(shop: Shop, customer: Customer, now: datetime) -> dict[str, Any]:
        Consent.objects.filter(customer=customer).delete()
        Consent.objects.create(
            customer=customer, brand=shop.brand, channel="email", purpose="marketing",
            state=state, since=now,
        )  # fmt: skip
        return {}

    return prepare


def suppressed(scope: str) -> Prepare:
    def prepare(shop: Shop, customer: Customer, now: datetime) -> dict[str, Any]:
        whom: dict[str, Any] = {
            "customer": {"customer": customer},
            "address": {"value": f"c{customer.pk}@example.com"},
            "domain": {"value": "example.com"},
        }
        Suppression.objects.create(scope=scope, reason="complaint", at=now, **whom[scope])
        return {}

    return prepare


def quiet(action: str) -> Prepare:
    def prepare(shop: Shop, customer: Customer, now: datetime) -> dict[str, Any]:
        QuietHours.objects.create(brand=shop.brand, starts=time(9), ends=time(12), marketing=action)
        return {}

    return prepare


def over(shop: Shop, customer: Customer, now: datetime) -> dict[str, Any]:
    return {"expires_at": now - timedelta(hours=1)}


def over_before_the_hours_are(shop: Shop, customer: Customer, now: datetime) -> dict[str, Any]:
    quiet("defer")(shop, customer, now)
    return {"expires_at": now + timedelta(hours=1)}


def no_address(shop: Shop, customer: Customer, now: datetime) -> dict[str, Any]:
    customer.identities.all().delete()
    return {}


def no_account(shop: Shop, customer: Customer, now: datetime) -> dict[str, Any]:
    ChannelAccount.objects.all().delete()
    return {}


def nothing(shop: Shop, customer: Customer, now: datetime) -> dict[str, Any]:
    return {}


@pytest.mark.parametrize(
    ("prepare", "opening", "reason"),
    [
        (nothing, "Allowed", "no rule stood against it"),
        (over, "Stopped", "was of use only until 4 Mar, 8:30"),
        (over_before_the_hours_are, "Stopped", "at 4 Mar, 12:00 at the earliest"),
        (consent("denied"), "Stopped", "said no to marketing messages by e-mail on 4 Mar"),
        (consent("pending"), "Stopped", "has not confirmed yet"),
        (suppressed("customer"), "Stopped", "The customer is suppressed since 4 Mar"),
        (suppressed("address"), "Stopped", "The address is suppressed since 4 Mar"),
        (suppressed("domain"), "Stopped", "The domain of the address is suppressed since 4 Mar"),
        (no_address, "Stopped", "No address of the customer is known for e-mail"),
        (no_account, "Deferred", "Tea has no account for e-mail"),
        (quiet("defer"), "Deferred", "(09:00 to 12:00, UTC). It goes on at 12:00 there"),
        (quiet("skip"), "Stopped", "messages of those hours are not sent"),
    ],
)
def test_it_says_which_rule_and_its_numbers(
    now: datetime, prepare: Prepare, opening: str, reason: str
) -> None:
    shop = make_shop(now)
    (customer,) = make_customers(shop, 1, now)
    candidate = make_candidate(shop, customer, now, **prepare(shop, customer, now))
    with translation.override("en"), timezone.override(UTC):
        assert why(candidate)[0].startswith("The gate has not looked at it yet.")
    decide(now)
    candidate.refresh_from_db()
    with translation.override("en"), timezone.override(UTC):
        said = " ".join(why(candidate))
    assert said.startswith(opening)
    assert reason in said
    with translation.override("zh-hans"), timezone.override(UTC):
        in_chinese = " ".join(why(candidate))
    assert in_chinese != said
    assert "%(" not in said + in_chinese


def test_a_merge_speaks_for_itself() -> None:
    now = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
    shop = make_shop(now)
    candidate = make_candidate(shop, make_customers(shop, 1, now)[0], now)
    candidate.state, candidate.rule, candidate.decided_at = "stopped", "merged", now
    assert "turned out to be one" in why(candidate)[1]
    with translation.override("zh-hans"):
        opening, reason = why(candidate)
    assert "客户已合并" in opening
    assert "同一人" in reason
