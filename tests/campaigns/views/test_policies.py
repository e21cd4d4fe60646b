"""The policies page: caps and quiet hours in words, today's effect, changes by admins only."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import usage
from campaigns.actions.campaigns import create_campaign
from campaigns.gate import decide
from campaigns.models import FrequencyCap, QuietHours
from config.clock import utc_now
from customers.access import Actor
from customers.models import AuditEntry
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
