"""Holidays, calendar caps, arbitration, the control group, quotas, duplicates, and the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone, translation

from campaigns.actions.control import set_control_group
from campaigns.gate import decide, ledger, why
from campaigns.gate.periods import period_of
from campaigns.models import (
    Arbitration,
    Candidate,
    Decision,
    Experiment,
    Holiday,
    Message,
    QuietHours,
    Quota,
    QuotaUse,
)
from campaigns.tasks import clean
from customers.access import Actor
from customers.models import Identity
from customers.rules.chance import fraction
from tests.campaigns.making import (
    Shop,
    make_candidate,
    make_cap,
    make_content,
    make_customers,
    make_shop,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def shop(now: datetime) -> Shop:
    return make_shop(now)


def decided(candidate: Candidate) -> tuple[str, str]:
    candidate.refresh_from_db()
    return candidate.state, candidate.rule


@pytest.mark.parametrize(
    ("period", "zone", "at", "starts", "ends"),
    [
        ("hour", "Asia/Kolkata", "2026-03-04T09:40Z", "2026-03-04T09:30Z", "2026-03-04T10:30Z"),
        ("day", "Asia/Shanghai", "2026-03-04T17:00Z", "2026-03-04T16:00Z", "2026-03-05T16:00Z"),
        ("week", "UTC", "2026-03-08T23:59Z", "2026-03-02T00:00Z", "2026-03-09T00:00Z"),
        ("month", "UTC", "2026-02-28T12:00Z", "2026-02-01T00:00Z", "2026-03-01T00:00Z"),
        # The clocks of Berlin jump on 29 March: that day has 23 hours.
        ("day", "Europe/Berlin", "2026-03-29T12:00Z", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),
    ],
)
def test_periods(period: str, zone: str, at: str, starts: str, ends: str) -> None:
    moments = [datetime.fromisoformat(each.replace("Z", "+00:00")) for each in (at, starts, ends)]
    assert period_of(period, zone, moments[0]) == tuple(moments[1:])


def test_a_period_that_is_none() -> None:
    with pytest.raises(ValueError, match="hour, day, week or month; got 'year'"):
        period_of("year", "UTC", datetime(2026, 1, 1, tzinfo=UTC))


def test_quiet_hours_say_what_becomes_of_each_purpose(shop: Shop, now: datetime) -> None:
    QuietHours.objects.create(
        starts=time(9), ends=time(10), marketing="skip", service="pass", transactional="defer"
    )
    (her,) = make_customers(shop, 1, now)
    made = [make_candidate(shop, her, now, purpose=p) for p in ("marketing", "service")]
    made.append(make_candidate(shop, her, now, purpose="transactional"))
    decide(now)
    assert [decided(each)[0] for each in made] == ["stopped", "allowed", "deferred"]


def test_a_holiday_is_that_of_her_calendar_and_lasts_to_its_end(shop: Shop) -> None:
    now = datetime(2026, 2, 15, 17, 0, tzinfo=UTC)  # the 16th in Shanghai, still the 15th here
    Holiday.objects.create(name="Eve", starts_on=date(2026, 2, 16), ends_on=date(2026, 2, 16))
    Holiday.objects.create(
        name="Spring Festival", brand=shop.brand, starts_on=date(2026, 2, 17),
        ends_on=date(2026, 2, 19),
    )  # fmt: skip
    (there,) = make_customers(shop, 1, now, timezone="Asia/Shanghai")
    (here,) = make_customers(shop, 1, now, timezone="UTC")
    waits, urgent = (
        make_candidate(shop, there, now, purpose=p) for p in ("marketing", "transactional")
    )
    goes = make_candidate(shop, here, now)
    decide(now)
    assert decided(waits) == ("deferred", "holiday")
    assert waits.due_at == datetime(2026, 2, 19, 16, 0, tzinfo=UTC)  # the 20th in Shanghai
    assert waits.detail["name"] == "Eve"
    assert decided(urgent) == decided(goes) == ("allowed", "passed")
    decide(waits.due_at)
    assert decided(waits) == ("allowed", "passed")


def test_a_holiday_of_another_brand_or_switched_off_or_over(shop: Shop, now: datetime) -> None:
    other = make_shop(now, "coffee")
    today = now.date()
    for values in (
        {"brand": other.brand},
        {"is_active": False},
        {"marketing": "pass"},
    ):
        Holiday.objects.create(name="No", starts_on=today, ends_on=today, **values)
    Holiday.objects.create(name="Over", starts_on=today - 2 * DAY, ends_on=today - DAY)
    (her,) = make_customers(shop, 1, now)
    candidate = make_candidate(shop, her, now)
    decide(now)
    assert decided(candidate) == ("allowed", "passed")
    Holiday.objects.create(name="Waits", starts_on=today, ends_on=today)
    Holiday.objects.create(name="Never", starts_on=today, ends_on=today, marketing="skip")
    strict = make_candidate(shop, her, now)
    decide(now)
    assert decided(strict) == ("stopped", "holiday")


def test_a_cap_over_days_of_her_calendar(shop: Shop) -> None:
    make_cap(1, DAY, period="day", name="Daily")
    evening = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
    (there,) = make_customers(shop, 1, evening, timezone="Asia/Shanghai")
    first = make_candidate(shop, there, evening)
    decide(evening)
    second = make_candidate(shop, there, evening)
    decide(evening + 30 * timedelta(minutes=1))
    later = evening + 2 * HOUR  # 1:00 of the next day there
    third = make_candidate(shop, there, later)
    decide(later)
    assert [decided(each)[0] for each in (first, second, third)] == [
        "allowed",
        "stopped",
        "allowed",
    ]
    assert datetime.fromisoformat(second.detail["next_at"]) == evening + HOUR
    with translation.override("en"), timezone.override("Asia/Shanghai"):
        assert "1 of 1 in a day of the customer's calendar" in why(second)[1]


def test_each_address_has_places_of_its_own(shop: Shop, now: datetime) -> None:
    make_cap(1, DAY, per_address=True)
    (her,) = make_customers(shop, 1, now)
    mail = [make_candidate(shop, her, now) for _ in range(2)]
    sms = [make_candidate(shop, her, now, channel="sms") for _ in range(2)]
    decide(now)
    assert [decided(each)[0] for each in (*mail, *sms)] == [
        "allowed", "stopped", "allowed", "stopped",
    ]  # fmt: skip
    # Another mailbox: its places are free, though she got one today.
    Identity.objects.filter(customer=her, namespace__code="email").update(value="new@example.com")
    third = make_candidate(shop, her, now + HOUR)
    decide(now + HOUR)
    assert decided(third) == ("allowed", "passed")


def test_transactional_messages_may_count_anyway(shop: Shop, now: datetime) -> None:
    make_cap(2, DAY, counts_transactional=True)
    (her,) = make_customers(shop, 1, now)
    receipts = [make_candidate(shop, her, now, purpose="transactional") for _ in range(3)]
    news = make_candidate(shop, her, now, priority=100)
    decide(now)
    assert {decided(each)[0] for each in receipts} == {"allowed"}
    assert decided(news) == ("allowed", "passed")  # it went before them
    decide(now + HOUR)
    late = make_candidate(shop, her, now + HOUR)
    decide(now + HOUR)
    assert decided(late) == ("stopped", "frequency_cap")
    assert late.detail["used"] == 4


def test_a_cap_of_one_content(shop: Shop, now: datetime) -> None:
    other = make_content(shop.brand)
    make_cap(1, DAY, content=shop.content())
    (her,) = make_customers(shop, 1, now)
    same = [make_candidate(shop, her, now) for _ in range(2)]
    free = [make_candidate(shop, her, now, content=other) for _ in range(2)]
    decide(now)
    assert [decided(each)[0] for each in same] == ["allowed", "stopped"]
    assert {decided(each)[0] for each in free} == {"allowed"}


def rivals(shop: Shop, now: datetime, **second: Any) -> tuple[Candidate, Candidate]:
    """Two of one customer: the first as made, the second with other values."""
    (her,) = make_customers(shop, 1, now)
    return make_candidate(shop, her, now), make_candidate(shop, her, now, **second)


def by_priority(shop: Shop, now: datetime) -> tuple[Candidate, Candidate]:
    return rivals(shop, now, priority=51)


def by_worth(shop: Shop, now: datetime) -> tuple[Candidate, Candidate]:
    dear = make_content(shop.brand)
    dear.worth = Decimal("0.01")
    dear.save()
    return rivals(shop, now, content=dear)


def by_age(shop: Shop, now: datetime) -> tuple[Candidate, Candidate]:
    (her,) = make_customers(shop, 1, now)
    young = make_candidate(shop, her, now)
    return young, make_candidate(shop, her, now - timedelta(minutes=1))


def by_leaning(shop: Shop, now: datetime) -> tuple[Candidate, Candidate]:
    """She opened one SMS and none of two mails."""
    (her,) = make_customers(shop, 1, now - 3 * DAY)
    for days, channel in ((3, "email"), (2, "email"), (1, "sms")):
        make_candidate(shop, her, now - days * DAY, channel=channel, journey_id=days)
        decide(now - days * DAY)
    Message.objects.filter(channel="sms").update(opened_at=now - HOUR)
    return (
        make_candidate(shop, her, now, journey_id=8),
        make_candidate(shop, her, now, channel="sms", journey_id=9),
    )


@pytest.mark.parametrize(
    ("prepare", "by", "words"),
    [
        (by_priority, "priority", "its priority is higher"),
        (by_leaning, "leaning", "she answers such messages more often"),
        (by_worth, "worth", "it is worth more"),
        (by_age, "age", "it has waited longer"),
    ],
)
def test_one_of_two_goes_and_the_other_is_told_why(
    shop: Shop,
    now: datetime,
    prepare: Callable[[Shop, datetime], tuple[Candidate, Candidate]],
    by: str,
    words: str,
) -> None:
    Arbitration.objects.create(window_seconds=4 * 3600)
    loser, winner = prepare(shop, now)
    decide(now)
    assert decided(winner) == ("allowed", "passed")
    assert decided(loser) == ("deferred", "arbitration")
    assert (loser.detail["to"], loser.detail["by"]) == (winner.pk, by)
    assert loser.due_at == now + 4 * HOUR
    with translation.override("en"):
        assert f"no. {winner.pk} of the step “send”, because {words}" in why(loser)[1]
    decide(loser.due_at)
    assert decided(loser) == ("allowed", "passed")


def test_who_comes_too_late_loses_to_what_went_and_may_be_dropped(
    shop: Shop, now: datetime
) -> None:
    Arbitration.objects.create(window_seconds=3600)
    (her,) = make_customers(shop, 1, now)
    first = make_candidate(shop, her, now)
    decide(now)
    content = shop.content()
    content.on_loss = "drop"
    content.save()
    late = make_candidate(shop, her, now + HOUR / 2, priority=100)
    receipt = make_candidate(shop, her, now + HOUR / 2, purpose="transactional")
    service = make_candidate(shop, her, now + HOUR / 2, purpose="service")
    decide(now + HOUR / 2)
    assert decided(late) == ("stopped", "arbitration")
    assert (late.detail["to"], late.detail["by"]) == (first.pk, "earlier")
    assert decided(receipt) == decided(service) == ("allowed", "passed")


def test_a_loser_takes_no_place_in_a_cap(shop: Shop, now: datetime) -> None:
    """The cap has two places; of two marketing messages one waits, so a service message fits."""
    Arbitration.objects.create(window_seconds=3600)
    make_cap(2, DAY)
    (her,) = make_customers(shop, 1, now)
    winner, loser = (make_candidate(shop, her, now, priority=p) for p in (90, 80))
    service = make_candidate(shop, her, now, purpose="service", priority=10)
    decide(now)
    assert decided(winner) == decided(service) == ("allowed", "passed")
    assert decided(loser) == ("deferred", "arbitration")
    decide(loser.due_at)
    assert decided(loser) == ("stopped", "frequency_cap")


def test_arbitration_of_a_brand_replaces_that_of_the_group(shop: Shop, now: datetime) -> None:
    other = make_shop(now, "coffee")
    third = make_shop(now, "bread")
    Arbitration.objects.create(window_seconds=3600)
    Arbitration.objects.create(brand=other.brand, window_seconds=3600, is_active=False)
    (her,) = make_customers(shop, 1, now)
    from tests.campaigns.making import say_yes

    for brand in (other, third):
        say_yes(brand, [her], now)
    alone = [make_candidate(other, her, now) for _ in range(2)]
    group = [make_candidate(shop, her, now, priority=90), make_candidate(third, her, now)]
    decide(now)
    assert {decided(each)[0] for each in alone} == {"allowed"}
    assert [decided(each)[0] for each in group] == ["allowed", "deferred"]


def test_the_control_group_gets_no_marketing(shop: Shop, now: datetime) -> None:
    actor = Actor.of_command("test")
    group = set_control_group(actor, None, Decimal(30), now=now)
    assert group is not None
    people = make_customers(shop, 60, now)
    made = [make_candidate(shop, each, now) for each in people]
    service = [make_candidate(shop, each, now, purpose="service") for each in people]
    decide(now)
    held = {each.customer_id for each in made if decided(each) == ("stopped", "control_group")}
    assert held == {each.pk for each in people if fraction(group.salt, each.pk) < 0.3}
    assert 5 < len(held) < 35
    assert {decided(each)[0] for each in service} == {"allowed"}
    # A larger share keeps them and adds others; its end lets everybody in again.
    set_control_group(actor, None, Decimal(50), now=now)
    more = [make_candidate(shop, each, now) for each in people]
    decide(now)
    assert held < {each.customer_id for each in more if decided(each)[1] == "control_group"}
    set_control_group(actor, None, Decimal(0), now=now)
    free = [make_candidate(shop, each, now) for each in people[:5]]
    decide(now)
    assert {decided(each)[0] for each in free} == {"allowed"}
    assert Experiment.objects.get().state == "ended"


def test_a_content_reaches_an_address_once(shop: Shop, now: datetime) -> None:
    a, b = make_customers(shop, 2, now)
    make_candidate(shop, a, now)
    decide(now)
    # The mailbox goes to another customer, as by taking two apart.
    Identity.objects.filter(customer=b, namespace__code="email").delete()
    Identity.objects.filter(customer=a, namespace__code="email").update(customer=b)
    same = make_candidate(shop, b, now + HOUR)
    other = make_candidate(shop, b, now + HOUR, content=make_content(shop.brand))
    service = make_candidate(shop, b, now + HOUR, purpose="service")
    decide(now + HOUR)
    assert decided(same) == ("stopped", "duplicate_address")
    assert decided(other) == decided(service) == ("allowed", "passed")
    later = make_candidate(shop, b, now + 31 * DAY)
    decide(now + 31 * DAY)
    assert decided(later) == ("allowed", "passed")


def test_a_quota_lets_the_best_through_and_the_rest_wait(shop: Shop) -> None:
    now = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
    quota = Quota.objects.create(brand=shop.brand, channel="email", limit=3, period="hour")
    Quota.objects.create(brand=shop.brand, channel="email", limit=100, period="day")
    people = make_customers(shop, 6, now)
    made = [make_candidate(shop, each, now, priority=10 * n) for n, each in enumerate(people)]
    receipt = make_candidate(shop, people[0], now, purpose="transactional", priority=0)
    sms = make_candidate(shop, people[0], now, channel="sms")
    decide(now)
    assert [decided(each)[0] for each in made] == ["deferred"] * 4 + ["allowed"] * 2
    assert decided(receipt) == decided(sms) == ("allowed", "passed")
    assert made[0].rule == "quota"
    assert made[0].due_at == datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
    used = {use.quota_id: use.used for use in QuotaUse.objects.all()}
    assert used[quota.pk] == 3
    decide(made[0].due_at)
    assert [decided(each)[0] for each in made] == ["deferred"] + ["allowed"] * 5
    quota.action = "skip"
    quota.save()
    decide(made[0].due_at)
    assert decide(made[0].due_at).total == 0  # due in the next hour only
    beyond = make_candidate(shop, people[0], now + HOUR)
    decide(now + HOUR)
    assert decided(beyond) == ("stopped", "quota")


def test_decisions_lie_in_months_and_go_when_they_are_old(shop: Shop, now: datetime) -> None:
    (her,) = make_customers(shop, 1, now)
    old = now - 500 * DAY
    first = make_candidate(shop, her, old)
    decide(old)
    second = make_candidate(shop, her, now)
    decide(now)
    assert Decision.objects.count() == 2
    assert ledger.drop_before(old) == 0  # its month is not over
    assert ledger.drop_before(now - 400 * DAY) == 1
    assert [row.candidate_id for row in Decision.objects.all()] == [second.pk]
    assert decided(first) == ("allowed", "passed")
    clean()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'campaigns_decision'::regclass"
        )
        ((months,),) = cursor.fetchall()
    assert months >= 2
