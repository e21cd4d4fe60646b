"""Campaigns: the list and one plan with its journeys and messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from campaigns import usage
from campaigns.actions.campaigns import (
    CampaignRefused,
    archive,
    bring_back,
    change_campaign,
    create_campaign,
    follow_calendar,
    release,
)
from campaigns.gate import decide
from campaigns.models import Campaign
from campaigns.outbox import dispatch
from campaigns.queries.campaigns import spending_of
from campaigns.queries.log import log_of
from customers.access import Actor
from customers.models import AuditEntry, Brand, User
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
        release=True,
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


def plan_values(shop: Shop, **values: object) -> dict[str, object]:
    return {
        "name": "Spring tea",
        "code": "spring_tea",
        "brand": shop.brand.pk,
        "kind": "monthly",
        "goal": "",
        "target": 50,
        "budget": "1200.50",
        "currency": "",
        "owner": "",
        "starts_at": "2026-03-01T09:00",
        "ends_at": "2026-04-01T09:00",
        **values,
    }


def test_a_marketer_makes_a_campaign_and_changes_it(mia: Client, shop: Shop) -> None:
    assert 'href="/campaigns/new/"' in mia.get("/campaigns/").content.decode()
    assert mia.get("/campaigns/new/").status_code == 200
    mine = User.objects.get(email="mia@example.com")
    made = mia.post("/campaigns/new/", plan_values(shop, owner=mine.pk))
    plan = Campaign.objects.get()
    assert made.headers["Location"] == f"/campaigns/{plan.pk}/"
    assert (plan.brand, plan.currency, plan.owner) == (shop.brand, shop.brand.currency, mine)
    assert f"/campaigns/{plan.pk}/edit/" in mia.get(f"/campaigns/{plan.pk}/").content.decode()

    url = f"/campaigns/{plan.pk}/edit/"
    page = mia.get(url).content.decode()
    assert 'value="2026-03-01T09:00"' in page
    assert 'name="code"' not in page
    same = plan_values(shop, owner=mine.pk, currency=plan.currency)
    for values in (same, {**same, "cost_sms": "0.045", "target": 60, "code": "other"}):
        assert mia.post(url, values).status_code == 302
    plan.refresh_from_db()
    assert (plan.code, plan.brand, plan.state, plan.target) == (
        "spring_tea", shop.brand, "draft", 60
    )  # fmt: skip
    noted = AuditEntry.objects.order_by("id").values_list("action", "changes")
    assert list(noted) == [
        ("campaign.create", {}),
        ("campaign.change", {"target": [50, 60], "cost_sms": [None, "0.045"]}),
    ]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": ""}, "required"),
        ({"code": "Not a code"}, "small letters"),
        ({"ends_at": "2026-02-01T09:00"}, "ends after it starts"),
        ({"budget": "-1"}, "0 or more"),
        ({"currency": "12"}, "three letters"),
        ({"kind": "yearly"}, "Select a valid choice"),
        ({"target": "-3"}, "greater than or equal to 0"),
    ],
)
def test_a_wrong_plan_is_told_where(
    mia: Client, shop: Shop, values: dict[str, object], words: str
) -> None:
    answer = mia.post("/campaigns/new/", plan_values(shop, **values))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in page
    assert words in page
    assert not Campaign.objects.exists()


def test_a_code_is_used_once_and_an_owner_sees_the_brand(
    ada: Client, mia: Client, shop: Shop, other: Shop, now: datetime
) -> None:
    make_campaign(shop, now, "spring_tea")
    answer = mia.post("/campaigns/new/", plan_values(shop))
    assert answer.status_code == 422
    assert "already exists" in answer.content.decode()
    owner = User.objects.get(email="mia@example.com")
    values = plan_values(other, brand=other.brand.pk, owner=owner.pk)
    assert "may not see" in ada.post("/campaigns/new/", values).content.decode()
    assert Campaign.objects.count() == 1


def test_who_may_not_edit_a_plan(
    mia: Client, vera: Client, shop: Shop, other: Shop, now: datetime
) -> None:
    mine, foreign = make_campaign(shop, now, "spring"), make_campaign(other, now, "autumn")
    assert "/campaigns/new/" not in vera.get("/campaigns/").content.decode()
    assert "/edit/" not in vera.get(f"/campaigns/{mine.pk}/").content.decode()
    for url in ("/campaigns/new/", f"/campaigns/{mine.pk}/edit/"):
        assert vera.get(url).status_code == 403
        assert vera.post(url, plan_values(shop)).status_code == 403
    assert mia.get(f"/campaigns/{foreign.pk}/edit/").status_code == 404
    answer = mia.post("/campaigns/new/", plan_values(shop, brand=other.brand.pk))
    assert answer.status_code == 422
    assert Campaign.objects.count() == 2


def test_states_follow_the_calendar_and_leave_their_trace(shop: Shop, now: datetime) -> None:
    actor = Actor.of_command("test")
    plan = create_campaign(
        actor, shop.brand, now=now, code="spring", name="Spring", kind="daily", release=True,
        starts_at=now + timedelta(hours=1), ends_at=now + timedelta(days=1),
    )  # fmt: skip
    draft = create_campaign(
        actor, shop.brand, now=now, code="draft", name="Draft", kind="daily", ends_at=now
    )
    moments = [now, now + timedelta(hours=1), now + timedelta(hours=2), now + timedelta(days=1)]
    states = []
    for moment in moments:
        follow_calendar(moment)
        plan.refresh_from_db()
        states.append(plan.state)
    assert states == ["scheduled", "running", "running", "ended"]
    draft.refresh_from_db()
    assert draft.state == "draft"
    # A later end lets it run again; an earlier start moved by another way is found as well.
    change_campaign(actor, plan, {"ends_at": now + timedelta(days=9)}, now=moments[-1])
    plan.refresh_from_db()
    assert plan.state == "running"
    Campaign.objects.filter(pk=plan.pk).update(starts_at=now + timedelta(days=5))
    assert follow_calendar(moments[-1]) == 1
    archive(actor, plan, now=now)
    assert follow_calendar(now + timedelta(days=30)) == 0
    with pytest.raises(CampaignRefused, match="archived already"):
        archive(actor, plan, now=now)
    with pytest.raises(CampaignRefused, match="only a draft"):
        release(actor, plan, now=now)
    bring_back(actor, plan, now=now + timedelta(days=6))
    assert plan.state == "running"
    with pytest.raises(CampaignRefused, match="only an archived one"):
        bring_back(actor, plan, now=now)
    said = [line.words for line in log_of(plan)[0]]
    assert said == [
        "Brought back", "Archived", "Now planned, by the calendar", "Now running, by the calendar",
        "Plan changed: end", "Now ended, by the calendar", "Now running, by the calendar",
        "Campaign made",
    ]  # fmt: skip


def test_what_was_handed_over_is_spent(mia: Client, shop: Shop, now: datetime) -> None:
    plan = make_campaign(shop, now, "spring")
    url = f"/campaigns/{plan.pk}/"
    for channel in ("email", "email", "sms"):
        for customer in make_customers(shop, 1, now):
            make_candidate(shop, customer, now, campaign=plan, channel=channel)
    decide(now)
    dispatch(now, record_only=True)
    page = mia.get(url).content.decode()
    assert "not known for: e-mail, SMS" in page
    values = {"costs": {"email": Decimal("0.25"), "sms": Decimal("1.5"), "push": None}}
    change_campaign(Actor.of_command("test"), plan, values, now=now)
    assert [(each.channel, each.messages, each.cost) for each in spending_of(plan)] == [
        ("email", 2, Decimal("0.5")), ("sms", 1, Decimal("1.5")),
    ]  # fmt: skip
    page = mia.get(url).content.decode()
    assert "$2" in page
    assert "of a budget of $2,500" in page
    change_campaign(Actor.of_command("test"), plan, {"budget": Decimal(1)}, now=now)
    assert "More was spent than the budget allows" in mia.get(url).content.decode()
    few = queries_of(mia, url)
    for customer in make_customers(shop, 5, now):
        make_candidate(shop, customer, now, campaign=plan)
    decide(now)
    dispatch(now, record_only=True)
    assert queries_of(mia, url) == few
    for cost in ("-1", "100001", "x"):
        answer = mia.post(f"{url}edit/", plan_values(shop, cost_sms=cost))
        assert answer.status_code == 422


def test_the_buttons_of_a_plan(mia: Client, vera: Client, shop: Shop, now: datetime) -> None:
    plan = create_campaign(
        Actor.of_command("test"), shop.brand, now=now, code="a", name="Plan", kind="daily"
    )
    url = f"/campaigns/{plan.pk}/"
    assert vera.post(f"{url}turn/release/").status_code == 403
    for verb, word in (("release", "Running"), ("archive", "Archived"), ("bring-back", "Running")):
        assert f"turn/{verb}/" in mia.get(url).content.decode()
        mia.post(f"{url}turn/{verb}/")
        assert word in mia.get(url).content.decode()
    assert mia.post(f"{url}turn/other/").status_code == 404
    mia.post(f"{url}turn/archive/")
    assert "No campaign fits" in mia.get("/campaigns/?q=pla").content.decode()
    assert f'href="{url}"' in mia.get("/campaigns/?state=archived").content.decode()


def test_times_are_those_of_the_brand(mia: Client, shop: Shop) -> None:
    User.objects.update(timezone="Europe/Berlin")
    Brand.objects.filter(pk=shop.brand.pk).update(timezone="Asia/Shanghai")
    mia.post("/campaigns/new/", plan_values(shop))
    plan = Campaign.objects.get()
    assert plan.starts_at == datetime(2026, 3, 1, 1, tzinfo=UTC)
    page = mia.get(f"/campaigns/{plan.pk}/edit/").content.decode()
    assert 'value="2026-03-01T09:00"' in page
