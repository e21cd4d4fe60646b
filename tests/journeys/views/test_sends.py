"""The pages of sends: filled in, counted, confirmed, started, and nobody else's business."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from config.wake import no_wakes
from journeys.actions.sends import count_send
from journeys.models import Send
from tests.journeys.people import client_of
from tests.journeys.sends.world import ME, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(now: datetime, monkeypatch: pytest.MonkeyPatch) -> World:
    for room in ("sends", "send_edit"):
        monkeypatch.setattr(f"journeys.views.{room}.utc_now", lambda: now)
    made = World.make(now)
    made.fill(24)
    return made


@pytest.fixture
def max_(world: World) -> Client:
    return client_of("max", "manager", world.shop.brand)


def values_of(world: World, **values: Any) -> dict[str, Any]:
    return {
        "name": "First mail", "content": world.shop.content().code, "instead": "", "instead2": "",
        "segment": "members", "exclude": "", "when": "once", "day": "2026-03-05", "at": "10:00",
        "clock": "brand", "waves": "1", "every": "60", "control": "0", "goal": "",
        "goal_days": "7", **values,
    }  # fmt: skip


def test_from_the_plan_to_the_start(world: World, max_: Client) -> None:
    campaign = f"/campaigns/{world.campaign.pk}/"
    assert f"{campaign}sends/new/" in max_.get(campaign).content.decode()
    form = max_.get(f"{campaign}sends/new/").content.decode()
    assert "everybody, without exception" in form
    made = max_.post(
        f"{campaign}sends/new/", values_of(world, exclude="barred", waves="3", control="10")
    )
    send = Send.objects.get()
    page = f"/sends/{send.pk}/"
    assert made.headers["Location"] == page
    text = max_.get(page).content.decode()
    assert 'hx-trigger="load"' in text
    assert "in <em>3 waves</em>" in text
    assert f"/journeys/{send.journey_id}/" in text
    assert f"{page}start/" not in text
    counted = max_.post(f"{page}count/", headers={"hx-request": "true"}).content.decode()
    for words in ("Said yes to it", "Under the caps", "Without the control group", "in “Barred”"):
        assert words in counted
    assert f"{page}start/" in counted
    asked = max_.get(f"{page}start/").content.decode()
    assert 'name="typed"' not in asked
    assert "becomes a plan" in asked
    with no_wakes():
        assert max_.post(f"{page}start/").headers["Location"] == page
    text = max_.get(page).content.decode()
    assert "Planned" in text
    assert "Started by max" in text
    overview = max_.get(campaign).content.decode()
    assert "First mail" in overview
    assert "Started for" in overview  # what was done
    for verb, word in (("pause", "Paused"), ("resume", "Planned"), ("stop", "Stopped")):
        max_.post(f"{page}{verb}/")
        assert word in max_.get(page).content.decode()
    assert max_.post(f"{page}discard/").headers["Location"] == campaign


def test_everybody_is_said_plainly_and_confirmed_by_typing(world: World, max_: Client) -> None:
    url = f"/campaigns/{world.campaign.pk}/sends/new/"
    max_.post(url, values_of(world, segment="*", when="now"))
    page = f"/sends/{Send.objects.get().pk}/"
    counted = max_.post(f"{page}count/", headers={"hx-request": "true"}).content.decode()
    assert "The audience is <b>everybody</b>: all 31 customers" in counted
    asked = max_.get(f"{page}start/").content.decode()
    assert "This goes to <b>everybody</b>" in asked
    answer = max_.post(f"{page}start/", {"typed": "30"})
    assert answer.status_code == 422
    assert "To confirm, type 31" in answer.content.decode()
    assert 'value="30"' in answer.content.decode()
    with no_wakes():
        assert max_.post(f"{page}start/", {"typed": "31"}).status_code == 302
    assert Send.objects.get().confirmed_as == "31"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"segment": ""}, "required"),
        ({"content": ""}, "required"),
        ({"content": "gone"}, "valid choice"),
        ({"day": ""}, "on which day"),
        ({"when": "weekly"}, "at least one day"),
        ({"when": "monthly"}, "which day of the month"),
        ({"when": "daily", "at": ""}, "at what time"),
        ({"waves": "99"}, "less than or equal to 48"),
        ({"control": "80"}, "less than or equal to 50"),
        ({"exclude": "members"}, "nobody would be left"),
        ({"waves": "2", "clock": "own"}, "zone by zone"),
    ],
)
def test_a_wrong_plan_is_told_where(
    world: World, max_: Client, values: dict[str, Any], words: str
) -> None:
    answer = max_.post(f"/campaigns/{world.campaign.pk}/sends/new/", values_of(world, **values))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not Send.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"when": "weekly", "weekdays": ["mon", "thu"], "clock": "own"},
        {"when": "monthly", "month_day": "28", "clock": "mine"},
        {"when": "daily", "instead": "", "control": "12.5"},
        {"when": "now", "segment": "*"},
    ],
)
def test_what_was_filled_in_comes_back(world: World, max_: Client, values: dict[str, Any]) -> None:
    max_.post(f"/campaigns/{world.campaign.pk}/sends/new/", values_of(world, **values))
    send = Send.objects.get()
    form = max_.get(f"/sends/{send.pk}/edit/").context["form"]
    same = {name: form[name].value() for name in form.fields}
    before = send.journey.draft
    posted = {name: "" if value is None else value for name, value in same.items()}
    assert max_.post(f"/sends/{send.pk}/edit/", posted).status_code == 302
    send.journey.refresh_from_db()
    start = {**before["nodes"]["start"]["settings"]}
    assert {**send.journey.draft["nodes"]["start"]["settings"], "at": start.get("at")} == {
        **start, "at": start.get("at"),
    }  # fmt: skip


def test_other_brands_and_lower_roles(world: World, max_: Client, now: datetime) -> None:
    other = World.make(now, "coffee")
    other.segment("theirs", [])
    foreign = other.save(segment="theirs")
    for path in ("", "edit/", "start/"):
        assert max_.get(f"/sends/{foreign.pk}/{path}").status_code == 404
    for path in ("count/", "start/", "pause/", "edit/"):
        assert max_.post(f"/sends/{foreign.pk}/{path}").status_code == 404
    assert max_.get(f"/campaigns/{other.campaign.pk}/sends/new/").status_code == 404
    form = max_.get(f"/campaigns/{world.campaign.pk}/sends/new/").content.decode()
    assert "Theirs" not in form
    send = world.save()
    count_send(ME, send, now=now)
    vera = client_of("vera", "viewer", world.shop.brand)
    assert "start/" not in vera.get(f"/sends/{send.pk}/").content.decode()
    for path in ("count/", "start/", "pause/"):
        assert vera.post(f"/sends/{send.pk}/{path}").status_code == 403
    mia = client_of("mia", "marketer", world.shop.brand)
    assert mia.post(f"/sends/{send.pk}/start/").status_code == 403
    assert mia.post(f"/sends/{send.pk}/count/").status_code == 302


def test_a_send_with_a_control_group_says_whether_it_worked(
    world: World, max_: Client, now: datetime
) -> None:
    send = world.start(world.save(goal="order_paid", within=timedelta(days=3), control=30.0))
    world.go(now)
    world.go(now + timedelta(hours=15))
    text = max_.get(f"/sends/{send.pk}/").content.decode()
    assert "Did it work?" in text
    assert "Too early to tell" in text
    link = re.search(r"/journeys/\d+/experiments/holdout\.\w+/", text)
    assert link
    page = max_.get(link[0]).content.decode()
    assert "Held out" in page
    assert f"{len(world.members)} people since" in page
    assert f"/reports/?journey={send.journey_id}" in text
