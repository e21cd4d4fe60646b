"""Campaigns: the list and one plan with its journeys and messages."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from campaigns import usage
from campaigns.actions.campaigns import create_campaign
from campaigns.gate import decide
from campaigns.models import Campaign
from customers.access import Actor
from tests.campaigns.making import Shop, make_candidate, make_customers
from tests.campaigns.views.counting import queries_of

pytestmark = pytest.mark.django_db


def make_campaign(shop: Shop, now: datetime, code: str) -> Campaign:
    return create_campaign(
        Actor.of_command("test"),
        shop.brand,
        code=code,
        name=f"Plan {code}",
        kind="weekly",
        state="running",
        goal="More oolong",
        target=100,
        budget="2500",
        starts_at=now,
        ends_at=now + timedelta(days=9),
        now=now,
    )


def test_empty(vera: Client) -> None:
    assert "No campaign yet" in vera.get("/campaigns/").content.decode()


def test_list_page_and_isolation(
    vera: Client, shop: Shop, other: Shop, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, foreign = make_campaign(shop, now, "spring"), make_campaign(other, now, "autumn")
    journey = usage.JourneyOf(3, "Welcome", "/j/3", "running", "ok", 40, 4, 25)
    monkeypatch.setattr(usage, "_campaign_journeys", [lambda ids: {plan.pk: [journey]}])
    for customer, expires in zip(make_customers(shop, 3, now), (None, None, now), strict=True):
        make_candidate(shop, customer, now, campaign=plan, expires_at=expires)
    decide(now)
    page = vera.get("/campaigns/").content.decode()
    assert "Plan spring" in page
    assert "Plan autumn" not in page
    assert vera.get(f"/campaigns/{foreign.pk}/").status_code == 404
    page = vera.get(f"/campaigns/{plan.pk}/").content.decode()
    assert "<b>2</b> of <b>3</b> messages that were wanted went out" in page
    assert "Welcome" in page
    assert "25.0" in page  # of the target of 100
    assert "Expired" in page
    few = queries_of(vera, "/campaigns/")
    for number in range(6):
        make_campaign(shop, now, f"more_{number}")
    assert queries_of(vera, "/campaigns/") == few
