"""Campaigns and their sends by REST: by scope, never another brand's, confirmed twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from campaigns.actions.campaigns import create_campaign
from campaigns.models import Campaign
from config.clock import utc_now
from customers.models import AuditEntry
from journeys.models import Send
from tests.journeys.api.test_journeys import key_of
from tests.journeys.sends.world import ME, World

Call = Callable[..., Any]


@pytest.fixture
def world(db: None) -> World:
    made = World.make(utc_now())
    made.fill(24)
    return made


@pytest.fixture
def call(world: World) -> Call:
    import json

    from django.test import Client

    from config.wake import no_wakes

    token = key_of(world.shop.brand)

    def made(method: str, path: str, body: Any = None, token: str = token) -> Any:
        with no_wakes():
            return Client().generic(
                method, f"/api/v1/{path}", "" if body is None else json.dumps(body),
                content_type="application/json", headers={"Authorization": f"Bearer {token}"},
            )  # fmt: skip

    return made


def test_a_campaign_is_made_changed_and_listed(call: Call, world: World) -> None:
    values = {
        "name": "Autumn", "kind": "monthly", "budget": "1200.50", "target": 30,
        "costs": {"email": "0.004", "sms": 0.05}, "starts_at": "2026-01-01T00:00:00+08:00",
    }  # fmt: skip
    made = call("PUT", "campaigns/autumn", values)
    assert made.status_code == 201, made.json()
    assert made.json()["costs"] == {"email": "0.0040", "sms": "0.0500"}
    assert (made.json()["state"], made.json()["budget"]) == ("draft", "1200.50")
    same = call("PUT", "campaigns/autumn", values)
    assert same.status_code == 200
    assert AuditEntry.objects.filter(action="campaign.change").count() == 0
    assert call("PUT", "campaigns/autumn", {"target": None}).json()["target"] is None
    assert call("POST", "campaigns/autumn/release").json()["state"] == "running"
    assert call("POST", "campaigns/autumn/release").status_code == 409
    assert call("POST", "campaigns/autumn/archive").json()["state"] == "archived"
    codes = [each["code"] for each in call("GET", "campaigns").json()["campaigns"]]
    assert codes == ["spring"]
    assert call("POST", "campaigns/autumn/bring_back").json()["state"] == "running"
    page = call("GET", "campaigns?limit=1").json()
    assert page["next"] == "autumn"
    assert len(call("GET", "campaigns?after=autumn").json()["campaigns"]) == 1
    assert call("GET", "campaigns?state=running&kind=monthly&q=AUT").json()["campaigns"]
    assert call("GET", "campaigns?state=odd").status_code == 400


@pytest.mark.parametrize(
    ("values", "status", "word"),
    [
        ({"kind": "yearly"}, 422, "yearly"),
        ({"name": ""}, 422, "blank"),
        ({"ends_at": "2020-01-01T00:00:00Z", "starts_at": "2020-01-02T00:00:00Z"}, 422, "ends"),
        ({"budget": "-1"}, 422, "0 or more"),
        ({"costs": {"email": -1}}, 422, "between 0"),
        ({"costs": {"pigeon": 1}}, 400, "costs"),
        ({"budget": "1.234"}, 400, "places"),
        ({"budget": "NaN"}, 400, "number"),
        ({"starts_at": "2020-01-01"}, 400, "zone"),
        ({"state": "running"}, 400, "not known"),
        ({"name": "\ud800"}, 400, "half a character"),
        ({"target": "9"}, 400, "right type"),
        ({"target": -1}, 422, "greater"),
    ],
)
def test_a_wrong_plan_is_told(call: Call, values: dict[str, Any], status: int, word: str) -> None:
    answer = call("PUT", "campaigns/wrong", {"name": "A", "kind": "daily", **values})
    assert answer.status_code == status, answer.json()
    assert word in str(answer.json())
    assert not Campaign.objects.filter(code="wrong").exists()


def test_a_send_from_its_plan_to_its_end(call: Call, world: World) -> None:
    day = (utc_now() + timedelta(days=2)).date().isoformat()
    plan = {
        "name": "First mail", "contents": [world.shop.content().code], "segment": "members",
        "exclude": "barred", "at": f"{day}T10:00", "waves": 3, "every": "2h", "control": 10,
    }  # fmt: skip
    made = call("POST", "campaigns/spring/sends", plan)
    assert made.status_code == 201, made.json()
    pk, told = made.json()["id"], made.json()
    assert (told["state"], told["reach"], told["journey"]) == ("draft", None, "spring_send1")
    assert told["plan"] == {
        **plan, "control": 10.0, "everybody": False, "repeat": None, "timezone": "",
        "own_clock": False, "goal": None,
    }  # fmt: skip
    assert call("PUT", f"sends/{pk}", told["plan"]).json()["plan"] == told["plan"]
    assert call("POST", f"sends/{pk}/start").status_code == 409  # not counted
    reach = call("POST", f"sends/{pk}/reach").json()
    assert [step["code"] for step in reach["steps"]] == [
        "audience", "excluded", "consent", "reachability", "suppression", "frequency_cap",
        "control", "expected",
    ]  # fmt: skip
    left = [step["left"] for step in reach["steps"]]
    assert left == sorted(left, reverse=True)
    assert reach["expected"] == left[-1]
    assert reach["is_exact"]
    assert not reach["second_confirmation"]
    started = call("POST", f"sends/{pk}/start", {})
    assert started.json()["state"] == "planned", started.json()
    assert call("POST", f"sends/{pk}/pause").json()["state"] == "paused"
    assert call("POST", f"sends/{pk}/resume").json()["state"] == "planned"
    other = call("POST", "campaigns/spring/sends", {**plan, "name": "Other"}).json()["id"]
    page = call("GET", "campaigns/spring/sends?limit=1").json()
    assert ([each["id"] for each in page["sends"]], page["next"]) == ([other], other)
    last = call("GET", f"campaigns/spring/sends?limit=1&after={other}").json()
    assert ([each["id"] for each in last["sends"]], last["next"]) == ([pk], None)
    assert call("POST", f"sends/{pk}/stop").json()["state"] == "stopped"
    entry = AuditEntry.objects.filter(action="send.start").get()
    assert entry.via == "api"


def test_everybody_is_said_and_confirmed(call: Call, world: World) -> None:
    plan = {"name": "All", "contents": [world.shop.content().code]}
    assert call("POST", "campaigns/spring/sends", plan).status_code == 400
    made = call("POST", "campaigns/spring/sends", {**plan, "everybody": True})
    pk = made.json()["id"]
    reach = call("POST", f"sends/{pk}/reach").json()
    assert reach["everybody"]
    assert reach["second_confirmation"]
    refused = call("POST", f"sends/{pk}/start")
    assert refused.status_code == 409
    assert "To confirm" in refused.json()["detail"]
    assert call("POST", f"sends/{pk}/start", {"confirm": str(reach["people"])}).status_code == 200


@pytest.mark.parametrize(
    ("values", "status", "word"),
    [
        ({"contents": ["gone"]}, 422, "gone"),
        ({"segment": "gone"}, 422, "gone"),
        ({"contents": [3]}, 400, "list of codes"),
        ({"at": "2026-06-18T09:00+08:00"}, 400, "without a zone"),
        ({"at": "tomorrow"}, 400, "without a zone"),
        ({"repeat": {"at": "9"}}, 400, "repeat"),
        ({"repeat": {"at": "09:00", "weekdays": ["mon"], "day": 3}}, 400, "repeat"),
        ({"repeat": {"at": "09:00", "day": 31}}, 422, "28"),
        ({"repeat": {"at": "09:00"}, "at": "2026-06-18T09:00"}, 400, "either"),
        ({"timezone": "Mars/Base"}, 422, "time zone"),
        ({"waves": 0}, 422, "waves"),
        ({"every": "soon"}, 400, "soon"),
        ({"control": True}, 400, "right type"),
        ({"goal": {"event": "paid"}}, 400, "goal"),
        ({"goal": {"event": "paid", "within": "400d"}}, 422, "90 days"),
        ({"everybody": True}, 400, "not both"),
        ({"colour": "red"}, 400, "not known"),
    ],
)
def test_a_wrong_send_is_told(
    call: Call, world: World, values: dict[str, Any], status: int, word: str
) -> None:
    plan = {"name": "A", "contents": [world.shop.content().code], "segment": "members", **values}
    answer = call("POST", "campaigns/spring/sends", plan)
    assert answer.status_code == status, answer.json()
    assert word in str(answer.json())
    assert not Send.objects.exists()


def test_scopes_and_other_brands(call: Call, world: World, now: datetime) -> None:
    other = World.make(now, "coffee")
    other.segment("theirs", [])
    foreign = other.save(segment="theirs")
    create_campaign(ME, other.shop.brand, now=now, code="theirs", name="Theirs", kind="daily")
    for method, path in (
        ("GET", "campaigns/theirs"), ("POST", "campaigns/theirs/archive"),
        ("GET", "campaigns/theirs/sends"), ("GET", f"sends/{foreign.pk}"),
        ("POST", f"sends/{foreign.pk}/reach"), ("POST", f"sends/{foreign.pk}/start"),
        ("POST", f"sends/{foreign.pk}/stop"),
    ):  # fmt: skip
        assert call(method, path).status_code == 404, path
    assert "theirs" not in str(call("GET", "campaigns").json())
    mine = world.save()
    see, edit = key_of(world.shop.brand, "see"), key_of(world.shop.brand, "see", "edit")
    for path in ("reach", "start", "pause"):
        assert call("POST", f"sends/{mine.pk}/{path}", token=see).status_code == 403
    assert call("PUT", "campaigns/x", {"name": "X"}, token=see).status_code == 403
    assert call("GET", "campaigns/spring", token=see).status_code == 200
    assert call("POST", f"sends/{mine.pk}/reach", token=edit).status_code == 200
    assert call("POST", f"sends/{mine.pk}/start", token=edit).status_code == 403
