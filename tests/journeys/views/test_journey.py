"""The page of a journey: numbers, buttons, people, and that a brand is nobody else's business."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Brand, Customer
from journeys.actions import load
from journeys.graph.yaml import load_yaml
from journeys.models import Journey
from journeys.queries.walk import read_walk
from tests.journeys.flow import ACTOR, Flow, at
from tests.journeys.people import client_of

TEXT = """
nodes:
  received: {kind: trigger.event, event: received, reentry: always, next: wait}
  wait:
    kind: wait.event
    until: {viewed: {event: viewed}}
    at_most: 24h
    timeout: missed
    next: {viewed: seen, missed: remind}
  remind: {kind: send.message, content: note, next: done}
  seen: {kind: exit.leave, reason: viewed}
  done: {kind: exit.leave, reason: reminded}
"""


@pytest.fixture
def flow(db: None) -> Flow:
    return Flow.make()


@pytest.fixture
def journey(flow: Flow) -> Journey:
    """Ann viewed, Bob was reminded, Cem still waits."""
    journey = flow.journey(TEXT)
    flow.happen(("ann", "received", 0), ("bob", "received", 0))
    flow.run(0)
    flow.happen(("ann", "viewed", 3))
    flow.run(25)
    flow.happen(("cem", "received", 30))
    flow.run(30)
    Customer.objects.filter(pk=flow.ids["cem"]).update(display_name="Cem Yilmaz")
    return journey


@pytest.fixture
def max_(flow: Flow) -> Client:
    return client_of("max", "manager", flow.brand)


@pytest.fixture
def vera(flow: Flow) -> Client:
    return client_of("vera", "viewer", flow.brand)


def text_of(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text)


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_page_shows_what_flows(journey: Journey, vera: Client) -> None:
    text = text_of(vera, f"/journeys/{journey.pk}/")
    assert "3 entered, 1 are inside now" in text
    assert "Viewed 1" in text
    assert "Missed 1" in text
    assert "1 here now 3 came in 2 went on" in text


def test_lines_are_as_thick_as_their_flow(journey: Journey, vera: Client) -> None:
    html = vera.get(f"/journeys/{journey.pk}/").content.decode()
    widths = re.findall(r'class="flow" stroke-width="([\d.]+)"', html)
    assert sorted(widths) == ["22.0", "7.3", "7.3", "7.3"]


def test_a_viewer_gets_no_button_that_changes(journey: Journey, vera: Client) -> None:
    html = vera.get(f"/journeys/{journey.pk}/").content.decode()
    assert f"/journeys/{journey.pk}/stop/" not in html
    assert f"/journeys/{journey.pk}/edit/" not in html
    assert vera.post(f"/journeys/{journey.pk}/stop/").status_code == 403
    journey.refresh_from_db()
    assert journey.state == "running"


def test_a_manager_pauses_and_resumes(journey: Journey, max_: Client) -> None:
    html = max_.get(f"/journeys/{journey.pk}/").content.decode()
    assert "1 person stay" in html or "1 person" in html
    page = max_.post(f"/journeys/{journey.pk}/pause/", follow=True)
    assert "is paused" in page.content.decode()
    again = max_.post(f"/journeys/{journey.pk}/pause/", follow=True).content.decode()
    assert "Only a journey that runs can be paused." in again
    max_.post(f"/journeys/{journey.pk}/resume/")
    journey.refresh_from_db()
    assert journey.state == "running"


@pytest.mark.parametrize(
    "path", ["", "live/", "people/wait/", "edit/", "journey.yaml"]
)  # fmt: skip
def test_another_brands_journey_is_not_there(journey: Journey, path: str) -> None:
    other = Brand.objects.create(code="other", name="Other")
    stranger = client_of("olga", "admin", other)
    assert stranger.get(f"/journeys/{journey.pk}/{path}").status_code == 404
    assert stranger.post(f"/journeys/{journey.pk}/stop/").status_code == 404
    walk = journey.enrollments.first()
    assert walk is not None
    assert stranger.get(f"/walks/{walk.pk}/").status_code == 404


def test_who_is_signed_out_sees_nothing(journey: Journey) -> None:
    for path in ("/journeys/", f"/journeys/{journey.pk}/", "/reports/", "/journeys/new/"):
        assert Client().get(path).status_code == 302


def test_the_live_part_tells_the_page_to_load_again(journey: Journey, max_: Client) -> None:
    url = f"/journeys/{journey.pk}/live/?known=running-{journey.current_id}"
    fresh = max_.get(url, headers={"hx-request": "true"})
    assert 'id="world"' in fresh.content.decode()
    assert "<html" not in fresh.content.decode()
    max_.post(f"/journeys/{journey.pk}/pause/")
    stale = max_.get(url, headers={"hx-request": "true"})
    assert (stale.status_code, stale["HX-Refresh"]) == (204, "true")


def test_people_at_a_step_are_masked_unless_one_may_see_them(
    journey: Journey, flow: Flow, max_: Client, vera: Client
) -> None:
    url = f"/journeys/{journey.pk}/people/wait/"
    assert "Cem Yilmaz" not in text_of(max_, url), "nobody sees it before she says what for"
    cem = flow.ids["cem"]
    walk = journey.enrollments.get(customer=cem)
    for client in (max_, vera):
        client.post(f"/customers/{cem}/show/?back=/walks/{walk.pk}/", {"reason": "service"})
    assert "Cem Yilmaz" in text_of(max_, url)
    assert "Cem Yilmaz" in text_of(max_, f"/walks/{walk.pk}/")
    assert "Yilmaz" not in text_of(vera, f"/walks/{walk.pk}/")
    masked = text_of(vera, url)
    assert "C*** Y***" in masked
    assert "Yilmaz" not in masked
    assert "1 person is here" in text_of(vera, url, **{"hx-request": "true"})
    assert vera.get(f"/journeys/{journey.pk}/people/nowhere/").status_code == 404


def test_people_are_found_by_name_and_number(journey: Journey, flow: Flow, max_: Client) -> None:
    url = f"/journeys/{journey.pk}/people/wait/?q="
    Customer.objects.filter(pk=flow.ids["cem"]).update(sort_key="cem yilmaz")
    assert "C*** Y***" in text_of(max_, f"{url}cem")
    assert "C*** Y***" in text_of(max_, f"{url}{flow.ids['cem']}")
    assert "Nobody here is called so." in text_of(max_, f"{url}ann")


def test_her_walk_says_why_where_and_what_next(journey: Journey, flow: Flow, vera: Client) -> None:
    walks = {walk.customer_id: walk.pk for walk in journey.enrollments.all()}
    ann = text_of(vera, f"/walks/{walks[flow.ids['ann']]}/")
    assert "It happened: viewed" in ann
    assert "Viewed" in ann
    bob = text_of(vera, f"/walks/{walks[flow.ids['bob']]}/")
    assert "Time was up: Missed" in bob
    assert "waiting for the gate" in bob
    cem = text_of(vera, f"/walks/{walks[flow.ids['cem']]}/")
    assert "She stands at Wait until viewed" in cem
    # By the clock of this machine her time was up long ago; on her evening it was not.
    assert "She goes on at the engine" in cem
    assert read_walk(journey.enrollments.get(pk=walks[flow.ids["cem"]]), at(31)).next == (
        "When <em>viewed</em> happens she goes on: Viewed. Otherwise tomorrow at 15:00: Missed."
    )


def test_a_draft_that_runs_already_is_not_offered_for_publishing(
    journey: Journey, max_: Client
) -> None:
    url = f"/journeys/{journey.pk}/publish/"
    assert "There is nothing to publish" in text_of(max_, url)
    assert 'name="note"' not in max_.get(url).content.decode()
    journey.refresh_from_db()
    journey.draft = {**journey.draft, "name": "Another"}
    journey.save()
    assert "There is nothing to publish" not in text_of(max_, url)
    assert 'name="note"' in max_.get(url).content.decode()


def test_queries_do_not_grow_with_people_or_nodes(
    journey: Journey, flow: Flow, max_: Client
) -> None:
    pages = [f"/journeys/{journey.pk}/", "/journeys/", "/reports/"]
    pages += [f"/journeys/{journey.pk}/people/wait/"]
    before = [queries_of(max_, url) for url in pages]
    flow.happen(*((f"p{n}", "received", 30.0) for n in range(12)))
    flow.run(31)
    long = {"name": "Long", "journey": "long", "nodes": chain(40)}
    load(ACTOR, flow.brand, long, at(0))
    assert [queries_of(max_, url) for url in pages] == before
    longer = Journey.objects.get(code="long")
    assert queries_of(max_, f"/journeys/{longer.pk}/") <= before[0] + 3


def chain(n: int) -> dict[str, Any]:
    nodes: dict[str, Any] = {
        "start": {"kind": "trigger.event", "settings": {"event": "x"}, "next": {"next": "n0"}}
    }
    for i in range(n):
        settings = {"content": "note"}
        nodes[f"n{i}"] = {
            "kind": "send.message",
            "settings": settings,
            "next": {"next": f"n{i + 1}"},
        }
    nodes[f"n{n}"] = {"kind": "exit.leave", "settings": {}, "next": {}}
    return nodes


def test_the_draft_shows_its_problems(flow: Flow, max_: Client) -> None:
    data = load_yaml("journey: x\nname: X\n" + TEXT)
    journey = load(ACTOR, flow.brand, data, at(0)).journey
    flow.brand.contents.update(is_archived=True)
    html = max_.get(f"/journeys/{journey.pk}/").content.decode()
    assert "1 problem" in html
    assert f"/journeys/{journey.pk}/publish/" not in html


def test_an_older_version_can_still_be_looked_at(
    journey: Journey, flow: Flow, max_: Client
) -> None:
    text = "journey: flow\nname: Flow\n" + TEXT.replace("24h", "48h")
    load(ACTOR, flow.brand, load_yaml(text), at(40))
    max_.post(f"/journeys/{journey.pk}/publish/")
    now = text_of(max_, f"/journeys/{journey.pk}/")
    assert "Nobody has entered yet." in now
    assert "1 still in version 1" in now
    old = text_of(max_, f"/journeys/{journey.pk}/?version=1")
    assert "3 entered, 1 are inside now" in old
    assert max_.get(f"/journeys/{journey.pk}/?version=9").status_code == 404


@pytest.mark.parametrize("tab", ["outline", "numbers", "log", "nonsense"])
def test_every_tab_in_chinese(journey: Journey, flow: Flow, tab: str) -> None:
    li = client_of("li", "manager", flow.brand, language="zh-hans")
    assert li.get(f"/journeys/{journey.pk}/?tab={tab}").status_code == 200
