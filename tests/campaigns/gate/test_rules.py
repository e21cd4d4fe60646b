"""Each rule on its own: who may go, who waits until when, who stops and with which numbers."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import translation

from campaigns.gate import decide, why
from campaigns.models import Candidate, ChannelAccount, Decision, Message, QuietHours, Suppression
from customers.models import Consent, Identity
from tests.campaigns.making import Shop, make_candidate, make_cap, make_customers, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(now: datetime) -> Shop:
    return make_shop(now)


def decided(candidate: Candidate) -> tuple[str, str]:
    candidate.refresh_from_db()
    return candidate.state, candidate.rule


def test_an_allowed_candidate_becomes_a_message(shop: Shop, now: datetime) -> None:
    (customer,) = make_customers(shop, 1, now)
    candidate = make_candidate(shop, customer, now, priority=70)

    assert decide(now).allowed == 1

    assert decided(candidate) == ("allowed", "passed")
    message = Message.objects.get()
    assert message.candidate_id == candidate.pk
    assert (message.state, message.accepted_at, message.next_attempt_at) == ("accepted", now, now)
    assert message.priority == 70
    assert message.content_version_id == candidate.content.current_id
    assert message.account == ChannelAccount.objects.get(brand=shop.brand, channel="email")
    entry = Decision.objects.get()
    assert (entry.candidate_id, entry.verdict, entry.decided_at) == (candidate.pk, "allowed", now)


def test_nothing_is_decided_before_it_is_due_or_twice(shop: Shop, now: datetime) -> None:
    (customer,) = make_customers(shop, 1, now)
    make_candidate(shop, customer, now + timedelta(seconds=1))
    assert decide(now).total == 0
    assert decide(now + timedelta(seconds=1)).total == 1
    assert decide(now + timedelta(days=1)).total == 0
    assert Message.objects.count() == Decision.objects.count() == 1


def test_expired(shop: Shop, now: datetime) -> None:
    a, b = make_customers(shop, 2, now)
    over = make_candidate(shop, a, now, expires_at=now)
    still = make_candidate(shop, b, now, expires_at=now + timedelta(seconds=1))
    decide(now)
    assert decided(over) == ("stopped", "expired")
    assert decided(still) == ("allowed", "passed")


@pytest.mark.parametrize(
    ("purpose", "state", "verdict"),
    [
        ("marketing", None, "stopped"),
        ("marketing", "pending", "stopped"),
        ("marketing", "denied", "stopped"),
        ("marketing", "granted", "allowed"),
        ("service", None, "allowed"),
        ("service", "denied", "stopped"),
        ("transactional", None, "allowed"),
        ("transactional", "denied", "stopped"),
    ],
)
def test_consent(shop: Shop, now: datetime, purpose: str, state: str | None, verdict: str) -> None:
    (customer,) = make_customers(shop, 1, now, consents=False)
    if state:
        Consent.objects.create(
            customer=customer,
            brand=shop.brand,
            channel="email",
            purpose=purpose,
            state=state,
            since=now,
        )
    candidate = make_candidate(shop, customer, now, purpose=purpose)
    decide(now)
    rule = "passed" if verdict == "allowed" else "consent"
    assert decided(candidate) == (verdict, rule)
    if verdict == "stopped":
        assert candidate.detail["state"] == (state or "missing")


def test_consent_of_another_brand_or_channel_does_not_count(shop: Shop, now: datetime) -> None:
    other = make_shop(now, "coffee")
    (customer,) = make_customers(other, 1, now)
    candidate = make_candidate(shop, customer, now)
    decide(now)
    assert decided(candidate) == ("stopped", "consent")


def test_reachability(shop: Shop, now: datetime) -> None:
    (nobody,) = make_customers(shop, 1, now, addresses=False)
    (only_phone,) = make_customers(shop, 1, now)
    Identity.objects.filter(customer=only_phone, namespace__code="email").delete()
    by_mail = make_candidate(shop, only_phone, now)
    by_sms = make_candidate(shop, only_phone, now, channel="sms")
    lost = make_candidate(shop, nobody, now, channel="sms")
    decide(now)
    assert decided(by_mail) == ("stopped", "reachability")
    assert by_mail.detail == {"missing": "address"}
    assert decided(by_sms) == ("allowed", "passed")
    assert decided(lost) == ("stopped", "reachability")


def test_without_an_account_it_waits_and_goes_once_there_is_one(now: datetime) -> None:
    shop = make_shop(now, accounts=False)
    (customer,) = make_customers(shop, 1, now)
    candidate = make_candidate(shop, customer, now)
    decide(now)
    assert decided(candidate) == ("deferred", "reachability")
    assert candidate.due_at == now + timedelta(hours=1)
    group = ChannelAccount.objects.create(
        channel="email", name="group", provider="recording", is_default=True
    )
    assert decide(now + timedelta(minutes=59)).total == 0
    decide(now + timedelta(hours=1))
    assert decided(candidate) == ("allowed", "passed")
    assert Message.objects.get().account == group
    assert Decision.objects.count() == 2


def test_suppression_by_customer_address_and_domain(shop: Shop, now: datetime) -> None:
    customers = make_customers(shop, 7, now)
    at = {"reason": "manual", "at": now}
    Suppression.objects.create(scope="customer", customer=customers[0], **at)
    Suppression.objects.create(scope="address", value=f"c{customers[1].pk}@example.com", **at)
    Identity.objects.filter(customer=customers[2], namespace__code="email").update(
        value="x@spam.example"
    )
    Suppression.objects.create(scope="domain", value="spam.example", **at)
    other = make_shop(now, "coffee")
    Suppression.objects.create(scope="customer", customer=customers[3], brand=other.brand, **at)
    Suppression.objects.create(scope="customer", customer=customers[4], channel="sms", **at)
    Suppression.objects.create(scope="customer", customer=customers[5], brand=shop.brand, **at)
    candidates = [make_candidate(shop, customer, now) for customer in customers]
    decide(now)
    stopped = {i for i, each in enumerate(candidates) if decided(each)[1] == "suppression"}
    assert stopped == {0, 1, 2, 5}


def test_quiet_hours_defer_to_their_end_on_the_customers_clock(shop: Shop) -> None:
    now = datetime(2026, 3, 4, 14, 30, tzinfo=UTC)  # 22:30 in Shanghai, 15:30 in Berlin
    QuietHours.objects.create(starts=time(22), ends=time(8))
    (shanghai,) = make_customers(shop, 1, now, timezone="Asia/Shanghai")
    (berlin,) = make_customers(shop, 1, now, timezone="Europe/Berlin")
    late = make_candidate(shop, shanghai, now)
    urgent = make_candidate(shop, shanghai, now, purpose="transactional")
    early = make_candidate(shop, berlin, now)
    done = decide(now)
    assert (done.allowed, done.deferred) == (2, 1)
    assert decided(late) == ("deferred", "quiet_hours")
    assert late.due_at == datetime(2026, 3, 5, 0, 0, tzinfo=UTC)
    assert decided(urgent) == decided(early) == ("allowed", "passed")
    assert decide(late.due_at).allowed == 1


def test_quiet_hours_of_the_brand_replace_those_of_the_group(shop: Shop, now: datetime) -> None:
    QuietHours.objects.create(starts=time(0), ends=time(23, 59))
    QuietHours.objects.create(brand=shop.brand, starts=time(9), ends=time(10), marketing="skip")
    open_all_day = make_shop(now, "coffee")
    QuietHours.objects.create(
        brand=open_all_day.brand, starts=time(0), ends=time(23), is_active=False
    )
    third = make_shop(now, "bread")
    verdicts = []
    for each in (shop, open_all_day, third):
        (customer,) = make_customers(each, 1, now)
        verdicts.append(make_candidate(each, customer, now))
    decide(now)  # 9:30 in UTC
    assert [decided(each)[0] for each in verdicts] == ["stopped", "allowed", "deferred"]


def test_a_wrong_time_zone_holds_nobody_up(shop: Shop, now: datetime) -> None:
    QuietHours.objects.create(starts=time(9), ends=time(10))
    (customer,) = make_customers(shop, 1, now, timezone="Mars/Olympus")
    candidate = make_candidate(shop, customer, now)
    decide(now)
    assert decided(candidate) == ("deferred", "quiet_hours")
    assert candidate.detail["zone"] == "UTC"


def test_the_journeys_zone_comes_before_the_brands(shop: Shop, now: datetime) -> None:
    QuietHours.objects.create(starts=time(17), ends=time(18))
    (customer,) = make_customers(shop, 1, now)
    candidate = make_candidate(
        shop, customer, now, context={"journey": {"timezone": "Asia/Shanghai"}}
    )
    decide(now)  # 17:30 in Shanghai
    assert decided(candidate) == ("deferred", "quiet_hours")


def test_waiting_beyond_the_end_is_stopping(shop: Shop, now: datetime) -> None:
    QuietHours.objects.create(starts=time(9), ends=time(12))
    (customer,) = make_customers(shop, 1, now)
    candidate = make_candidate(shop, customer, now, expires_at=now + timedelta(hours=1))
    decide(now)
    assert decided(candidate) == ("stopped", "expired")
    assert candidate.detail["after"] == "quiet_hours"


def test_a_message_exactly_a_window_old_no_longer_counts(shop: Shop, now: datetime) -> None:
    week = timedelta(days=7)
    make_cap(1, week)
    (customer,) = make_customers(shop, 1, now)
    for at in (now, now + week - timedelta(microseconds=1), now + week):
        make_candidate(shop, customer, at)
        decide(at)
    states = list(Candidate.objects.order_by("id").values_list("state", flat=True))
    assert states == ["allowed", "stopped", "allowed"]


def test_the_numbers_of_a_cap(shop: Shop, now: datetime) -> None:
    cap = make_cap(2, timedelta(days=7), name="Twice a week")
    (customer,) = make_customers(shop, 1, now)
    for hours in (0, 5):
        make_candidate(shop, customer, now + timedelta(hours=hours))
        decide(now + timedelta(hours=hours))
    third = make_candidate(shop, customer, now + timedelta(hours=9))
    decide(now + timedelta(hours=9))
    assert decided(third) == ("stopped", "frequency_cap")
    next_at = now + timedelta(days=7)
    assert datetime.fromisoformat(third.detail.pop("next_at")) == next_at
    assert third.detail == {
        "cap": cap.pk,
        "name": "Twice a week",
        "used": 2,
        "limit": 2,
        "window_seconds": 604800,
    }
    assert Decision.objects.get(candidate_id=third.pk).next_at == next_at


def test_in_one_batch_the_higher_priority_wins_then_the_older(shop: Shop, now: datetime) -> None:
    make_cap(1, timedelta(days=1))
    a, b = make_customers(shop, 2, now)
    low = make_candidate(shop, a, now - timedelta(hours=1), priority=10)
    high = make_candidate(shop, a, now, priority=90)
    younger = make_candidate(shop, b, now)
    older = make_candidate(shop, b, now - timedelta(minutes=1))
    decide(now)
    assert [decided(each)[0] for each in (low, high)] == ["stopped", "allowed"]
    assert [decided(each)[0] for each in (younger, older)] == ["stopped", "allowed"]
    assert datetime.fromisoformat(low.detail["next_at"]) == now + timedelta(days=1)


def test_scopes_of_caps(shop: Shop, now: datetime) -> None:
    make_cap(1, timedelta(days=1), channel="sms")
    make_cap(2, timedelta(days=1), journey_id=7)
    (customer,) = make_customers(shop, 1, now)
    sms = [make_candidate(shop, customer, now, channel="sms") for _ in range(2)]
    journey = [make_candidate(shop, customer, now, journey_id=7) for _ in range(3)]
    free = [make_candidate(shop, customer, now) for _ in range(4)]
    decide(now)
    assert [decided(each)[0] for each in sms] == ["allowed", "stopped"]
    assert [decided(each)[0] for each in journey] == ["allowed", "allowed", "stopped"]
    assert {decided(each)[0] for each in free} == {"allowed"}


def test_transactional_messages_are_outside_of_caps_that_do_not_name_them(
    shop: Shop, now: datetime
) -> None:
    make_cap(1, timedelta(days=1))
    (customer,) = make_customers(shop, 1, now)
    receipts = [make_candidate(shop, customer, now, purpose="transactional") for _ in range(3)]
    news = make_candidate(shop, customer, now)
    decide(now)
    assert {decided(each)[0] for each in [*receipts, news]} == {"allowed"}
    make_cap(3, timedelta(days=1), purpose="transactional")
    fourth = make_candidate(shop, customer, now, purpose="transactional")
    decide(now)
    assert decided(fourth) == ("stopped", "frequency_cap")


def test_what_another_rule_stops_uses_no_place(shop: Shop, now: datetime) -> None:
    make_cap(1, timedelta(days=1))
    (customer,) = make_customers(shop, 1, now)
    over = make_candidate(shop, customer, now, priority=90, expires_at=now)
    good = make_candidate(shop, customer, now, priority=10)
    decide(now)
    assert (decided(over)[0], decided(good)[0]) == ("stopped", "allowed")


def test_a_worker_whose_clock_is_behind_breaks_no_cap(shop: Shop, now: datetime) -> None:
    make_cap(1, timedelta(days=1))
    (customer,) = make_customers(shop, 1, now)
    make_candidate(shop, customer, now)
    decide(now)
    second = make_candidate(shop, customer, now - timedelta(seconds=1))
    decide(now - timedelta(milliseconds=5))
    assert decided(second) == ("stopped", "frequency_cap")


def test_why_says_it_in_both_languages(shop: Shop, now: datetime) -> None:
    make_cap(1, timedelta(days=7), name="Weekly")
    QuietHours.objects.create(brand=shop.brand, starts=time(1), ends=time(2))
    (customer,) = make_customers(shop, 1, now)
    make_candidate(shop, customer, now)
    decide(now)
    second = make_candidate(shop, customer, now)
    decide(now)
    second.refresh_from_db()
    with translation.override("en"):
        text = " ".join(why(second))
        assert "“Weekly” was used up: 1 of 1 in 7 days" in text
        assert "11 Mar" in text
    with translation.override("zh-hans"):
        text = " ".join(why(second))
        assert "Weekly" in text
        assert "used up" not in text
