"""The policies page: caps and quiet hours in words, today's effect, changes by admins only."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from campaigns import usage
from campaigns.actions.campaigns import create_campaign
from campaigns.gate import decide
from campaigns.models import (
    Arbitration,
    Experiment,
    FrequencyCap,
    Holiday,
    QuietHours,
    Quota,
    SendApproval,
)
from campaigns.queries.policies import approval_size
from config.clock import utc_now
from customers.access import Actor
from customers.formats import percent
from customers.models import AuditEntry, Brand
from tests.campaigns.making import Shop, make_candidate, make_cap, make_customers
from tests.campaigns.views.counting import queries_of

pytestmark = pytest.mark.django_db
URL = "/policies/"


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def test_empty(vera: Client, ada: Client) -> None:
    assert "No cap is set" in text_of(vera, URL)
    assert reverse("campaigns:new_policy", args=["caps"]) not in text_of(vera, URL)
    assert reverse("campaigns:new_policy", args=["caps"]) in text_of(ada, URL)


def test_caps_in_words_with_todays_effect(vera: Client, shop: Shop, other: Shop) -> None:
    now = utc_now()
    make_cap(1, timedelta(days=7), name="Weekly", channel="email", brand=shop.brand)
    make_cap(1, timedelta(days=7), name="Of others", brand=other.brand)
    QuietHours.objects.create(brand=shop.brand, starts=time(22), ends=time(8), is_active=False)
    (customer,) = make_customers(shop, 1, now)
    for _ in range(3):
        make_candidate(shop, customer, now)
    decide(now)
    page = text_of(vera, URL)
    assert "At most <em>1</em> message in <em>7 days</em>" in page
    assert "Messages today: <b>1</b> allowed, <b>2</b> stopped, " in page
    assert '<td class="num" data-l="Stopped today">2</td>' in page
    assert "From <em>22:00</em> to <em>08:00</em>" in page
    assert "Of others" not in page


def test_queries_do_not_grow(vera: Client, shop: Shop, now: datetime) -> None:
    make_cap(1, timedelta(days=7), brand=shop.brand, journey_id=99)
    few = queries_of(vera, URL)
    for number in range(8):
        make_cap(1, timedelta(days=7), name=str(number), brand=shop.brand, journey_id=number)
    assert queries_of(vera, URL) == few


def cap_values(**values: object) -> dict[str, object]:
    return {
        "name": "Twice a week",
        "limit": 2,
        "period": "rolling",
        "window": 1,
        "unit": 604800,
        "brand": "",
        "channel": "",
        "purpose": "",
        "is_active": "on",
        **values,
    }


def test_an_admin_makes_changes_and_removes_a_cap(ada: Client) -> None:
    assert ada.post(reverse("campaigns:new_policy", args=["caps"]), cap_values()).status_code == 302
    cap = FrequencyCap.objects.get()
    assert (cap.limit, cap.window_seconds, cap.brand) == (2, 604800, None)
    url = reverse("campaigns:policy", args=["caps", cap.pk])
    assert 'value="2"' in text_of(ada, url)
    assert ada.post(url, cap_values(limit=3)).status_code == 302
    cap.refresh_from_db()
    assert cap.limit == 3
    entries = AuditEntry.objects.order_by("id").values_list("action", "changes")
    assert entries[1] == ("cap.change", {"limit": [2, 3]})
    ada.post(reverse("campaigns:remove_policy", args=["caps", cap.pk]))
    assert not FrequencyCap.objects.exists()
    assert AuditEntry.objects.filter(action="cap.remove").exists()


def test_a_cap_may_hold_for_one_campaign_or_journey(
    ada: Client, shop: Shop, other: Shop, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    brands = {7: shop.brand.pk, 8: other.brand.pk}
    journeys = [usage.JourneyChoice(pk, f"Journey {pk}", brand) for pk, brand in brands.items()]
    listing = [lambda ids: [each for each in journeys if each.brand_id in ids]]
    monkeypatch.setattr(usage, "_journey_choices", listing)
    plan = create_campaign(
        Actor.of_command("test"), shop.brand, code="tea", name="Tea", kind="daily", now=now
    )
    url = reverse("campaigns:new_policy", args=["caps"])
    page = text_of(ada, url)
    assert "Journey 7 (Tea House)" in page
    assert "Tea (Tea House)" in page
    scope = {"campaign": plan.pk, "journey_id": 7}
    assert ada.post(url, cap_values(**scope)).status_code == 302
    cap = FrequencyCap.objects.get()
    assert (cap.campaign, cap.journey_id) == (plan, 7)
    page = text_of(ada, reverse("campaigns:policy", args=["caps", cap.pk]))
    assert f'<option value="{plan.pk}" selected>' in page
    assert '<option value="7" selected>' in page

    wrong = {"brand": other.brand.pk, "campaign": plan.pk, "journey_id": 7}
    answer = ada.post(url, cap_values(**wrong))
    assert answer.status_code == 422
    assert "This campaign belongs to another brand" in answer.content.decode()
    assert "This journey belongs to another brand" in answer.content.decode()
    assert ada.post(url, cap_values(journey_id=99)).status_code == 422
    assert FrequencyCap.objects.count() == 1


@pytest.mark.parametrize(
    "values", [{"limit": 0}, {"window": 0}, {"window": 400, "unit": 604800}, {"name": ""}]
)
def test_a_wrong_cap_is_told_where(ada: Client, values: dict[str, object]) -> None:
    answer = ada.post(reverse("campaigns:new_policy", args=["caps"]), cap_values(**values))
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not FrequencyCap.objects.exists()


def test_rights(mia: Client, vera: Client, shop: Shop, other: Shop) -> None:
    mine = make_cap(1, timedelta(days=1), brand=shop.brand)
    group = make_cap(1, timedelta(days=1))
    foreign = make_cap(1, timedelta(days=1), brand=other.brand)
    for client in (mia, vera):
        for cap in (mine, group):
            url = reverse("campaigns:remove_policy", args=["caps", cap.pk])
            assert client.post(url).status_code == 403
        assert client.get(reverse("campaigns:policy", args=["caps", foreign.pk])).status_code == 404
        answer = client.post(
            reverse("campaigns:new_policy", args=["caps"]), cap_values(brand=shop.brand.pk)
        )
        assert answer.status_code in (403, 422)
    assert FrequencyCap.objects.count() == 3


def test_quiet_hours(ada: Client, shop: Shop) -> None:
    values = {
        "brand": shop.brand.pk,
        "starts": "22:00",
        "ends": "08:00",
        "marketing": "defer",
        "service": "defer",
        "transactional": "pass",
    }
    url = reverse("campaigns:new_policy", args=["quiet-hours"])
    assert ada.post(url, {**values, "ends": "22:00"}).status_code == 422
    assert ada.post(url, values).status_code == 302
    hours = QuietHours.objects.get()
    url = reverse("campaigns:policy", args=["quiet-hours", hours.pk])
    assert ada.post(url, {**values, "marketing": "skip", "is_active": "on"}).status_code == 302
    hours.refresh_from_db()
    assert (hours.marketing, hours.service, hours.is_active) == ("skip", "defer", True)
    assert AuditEntry.objects.filter(action="quiet_hours.change").exists()


HOLIDAY = {
    "name": "Spring Festival", "brand": "", "starts_on": "2027-02-06", "ends_on": "2027-02-12",
    "marketing": "skip", "service": "defer", "transactional": "pass", "is_active": "on",
}  # fmt: skip


def page_of(kind: str, pk: int | None = None) -> str:
    if pk is None:
        return reverse("campaigns:new_policy", args=[kind])
    return reverse("campaigns:policy", args=[kind, pk])


def test_a_cap_over_the_calendar(ada: Client) -> None:
    values = cap_values(period="week", window="", unit="", per_address="on")
    assert ada.post(page_of("caps"), values).status_code == 302
    cap = FrequencyCap.objects.get()
    assert (cap.period, cap.per_address) == ("week", True)
    assert "At most <em>2</em> messages in one calendar week" in text_of(ada, URL)
    answer = ada.post(page_of("caps"), cap_values(window=""))
    assert answer.status_code == 422
    assert "A rolling window needs its length" in answer.content.decode()


def test_holidays(ada: Client, shop: Shop) -> None:
    assert ada.post(page_of("holidays"), HOLIDAY).status_code == 302
    holiday = Holiday.objects.get()
    page = text_of(ada, URL)
    assert "Spring Festival" in page
    assert "marketing</em> is not sent" in page
    for last in ("2027-02-05", "2027-04-30"):
        answer = ada.post(page_of("holidays", holiday.pk), {**HOLIDAY, "ends_on": last})
        assert answer.status_code == 422
        assert "one of the 59 days after it" in answer.content.decode()
    change = {**HOLIDAY, "brand": shop.brand.pk}
    assert ada.post(page_of("holidays", holiday.pk), change).status_code == 302
    entry = AuditEntry.objects.get(action="holiday.change")
    assert entry.changes == {"brand": [None, shop.brand.pk]}
    url = reverse("campaigns:remove_policy", args=["holidays", holiday.pk])
    assert ada.post(url).status_code == 302
    assert not Holiday.objects.exists()


def test_arbitration(ada: Client) -> None:
    values = {"brand": "", "hours": "6", "is_active": "on"}
    assert ada.post(page_of("arbitration"), values).status_code == 302
    rule = Arbitration.objects.get()
    assert rule.window_seconds == 6 * 3600
    assert "Of marketing messages within <em>6 hours</em> one goes." in text_of(ada, URL)
    again = ada.post(page_of("arbitration"), values)
    assert again.status_code == 422  # one for the group
    assert 'value="6"' in text_of(ada, page_of("arbitration", rule.pk))


def test_quotas(ada: Client, shop: Shop) -> None:
    values = {
        "brand": shop.brand.pk, "channel": "email", "limit": 5, "period": "day",
        "action": "defer", "is_active": "on",
    }  # fmt: skip
    assert ada.post(page_of("quotas"), values).status_code == 302
    now = utc_now()
    for customer in make_customers(shop, 3, now):
        make_candidate(shop, customer, now)
    decide(now)
    page = text_of(ada, URL)
    assert "At most <em>5</em> by <em>e-mail</em> in one day; the rest waits." in page
    assert '<td class="num" data-l="Used now">3</td>' in page
    assert ada.post(page_of("quotas"), values).status_code == 422  # twice the same


def test_from_how_many_people_on_a_send_is_confirmed_twice(
    ada: Client, shop: Shop, other: Shop
) -> None:
    assert "a send to 1,000 people or more is confirmed twice" in text_of(ada, URL)
    assert approval_size(shop.brand.pk) == 1000
    assert ada.post(page_of("approvals"), {"size": 0, "is_active": "on"}).status_code == 422
    values = {"brand": "", "size": 5000, "is_active": "on"}
    assert ada.post(page_of("approvals"), values).status_code == 302
    assert ada.post(page_of("approvals"), values).status_code == 422  # one for the group
    mine = {"brand": shop.brand.pk, "size": 200, "is_active": "on"}
    assert ada.post(page_of("approvals"), mine).status_code == 302
    assert "A send to <em>5,000</em> people or more is confirmed twice." in text_of(ada, URL)
    assert (approval_size(shop.brand.pk), approval_size(other.brand.pk)) == (200, 5000)
    row = SendApproval.objects.get(brand=shop.brand)
    off = {"brand": shop.brand.pk, "size": 200}
    assert ada.post(page_of("approvals", row.pk), off).status_code == 302
    assert approval_size(shop.brand.pk) == 0  # only everybody, then
    noted = AuditEntry.objects.filter(action__startswith="send_approval").order_by("id")
    assert [entry.action for entry in noted] == [
        "send_approval.create", "send_approval.create", "send_approval.change",
    ]  # fmt: skip


def test_the_control_group(ada: Client, mia: Client) -> None:
    url = reverse("campaigns:control_group")
    assert ada.post(url, {"brand": "", "share": "60"}).status_code == 422
    assert ada.post(url, {"brand": "", "share": "5"}).status_code == 302
    with translation.override("en"):
        share = percent(0.05)
    assert f"<em>{share}</em> of all customers get no marketing." in text_of(ada, URL)
    assert mia.post(url, {"brand": "", "share": "9"}).status_code in (403, 422)
    assert ada.post(url, {"brand": "", "share": "0"}).status_code == 302
    assert Experiment.objects.get().state == "ended"
    actions = AuditEntry.objects.filter(action__startswith="control_group")
    assert sorted(actions.values_list("action", flat=True)) == [
        "control_group.end", "control_group.start",
    ]  # fmt: skip


def test_how_long_decisions_are_kept(ada: Client, mia: Client) -> None:
    url = reverse("campaigns:ledger")
    assert "Decisions are kept for 400 days." in text_of(ada, URL)
    assert ada.post(url, {"keep_days": "30"}).status_code == 422
    assert ada.post(url, {"keep_days": "60"}).status_code == 302
    assert "Decisions are kept for 60 days." in text_of(ada, URL)
    assert ada.post(url, {"keep_days": ""}).status_code == 302
    assert "Decisions are kept for ever." in text_of(ada, URL)
    assert mia.post(url, {"keep_days": "90"}).status_code == 403


def test_an_unknown_kind(ada: Client) -> None:
    assert ada.get("/policies/tides/new/").status_code == 404


@pytest.mark.parametrize("kind", ["holidays", "arbitration", "quotas", "approvals", "quiet-hours"])
def test_rights_over_every_kind(kind: str, mia: Client, shop: Shop, other: Shop) -> None:
    def made(brand: Brand) -> Any:
        match kind:
            case "holidays":
                day = date(2027, 1, 1)
                return Holiday.objects.create(brand=brand, name="H", starts_on=day, ends_on=day)
            case "arbitration":
                return Arbitration.objects.create(brand=brand)
            case "approvals":
                return SendApproval.objects.create(brand=brand, size=9)
            case "quotas":
                return Quota.objects.create(brand=brand, channel="sms", limit=1)
        return QuietHours.objects.create(brand=brand, starts=time(1), ends=time(2))

    mine, foreign = made(shop.brand), made(other.brand)
    assert mia.post(reverse("campaigns:remove_policy", args=[kind, mine.pk])).status_code == 403
    assert mia.get(page_of(kind, foreign.pk)).status_code == 404
    url = reverse("campaigns:remove_policy", args=[kind, foreign.pk])
    assert mia.post(url).status_code == 404
    assert type(mine).objects.count() == 2
