"""The editor: what is drawn, what gestures ask for, what comes back."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from campaigns.models import Content
from config.clock import utc_now
from customers.models import Brand
from journeys.canvas.editing import read_editing
from journeys.canvas.typed import operation_of
from journeys.graph.operations import Slot, insert
from journeys.models import Journey
from journeys.nodes import REGISTRY
from tests.journeys.flow import Flow
from tests.journeys.people import client_of

TEXT = """
nodes:
  received: {kind: trigger.event, event: received, next: hello}
  hello: {kind: send.message, content: note, next: wait}
  wait:
    kind: wait.event
    until: {viewed: {event: viewed}}
    at_most: 24h
    timeout: missed
    next: {viewed: done, missed: done}
  done: {kind: exit.leave}
"""


@pytest.fixture
def flow(db: None) -> Flow:
    return Flow.make()


@pytest.fixture
def journey(flow: Flow) -> Journey:
    return flow.journey(TEXT)


@pytest.fixture
def mia(flow: Flow) -> Client:
    return client_of("mia", "marketer", flow.brand)


def do(client: Client, journey: Journey, operation: str, drawn: str = "", **given: Any) -> str:
    """Ask for an operation as the page does; *drawn* names the answer that it stands on."""
    journey.refresh_from_db()
    answer = client.post(
        f"/journeys/{journey.pk}/edit/do/{operation}/",
        {"number": journey.draft_number, "given": json.dumps(given), "drawn": drawn},
        headers={"hx-request": "true"},
    )
    journey.refresh_from_db()
    assert answer.status_code in (200, 422), answer.content
    return answer.content.decode()


def test_every_kind_of_step_has_a_form_that_keeps_what_it_shows(
    mia: Client, flow: Flow, journey: Journey
) -> None:
    """Opened and sent back as it stands, no form changes anything."""
    nodes = dict(journey.draft["nodes"])
    for kind in REGISTRY:
        graph = {"nodes": nodes, "order": list(nodes)}
        slot = Slot() if kind.startswith("trigger") else Slot("hello", "next")
        if kind != "exit.leave":
            nodes = insert(graph, kind, slot).graph["nodes"]
    draft = {**journey.draft, "nodes": nodes, "order": list(nodes)}
    Journey.objects.filter(pk=journey.pk).update(draft=draft)
    editing = read_editing(Journey.objects.get(pk=journey.pk), utc_now())
    for key, node in nodes.items():
        html = mia.get(f"/journeys/{journey.pk}/edit/panel/?step={key}").content.decode()
        assert f'data-of="{key}"' in html
        operation, given = operation_of(editing, key, fields_of(html))
        assert operation == "configure"
        assert (given["renames"], given["labels"]) == ({}, {}), key
        wanted = {name: value for name, value in node["settings"].items() if value != ""}
        assert given["settings"] == wanted, key


def test_each_part_of_a_group_has_a_label(mia: Client, journey: Journey) -> None:
    start = {"crontab": "0 9 * * *", "segment": "gold", "waves": {"groups": 3, "every": "1h"}}
    nodes = {**journey.draft["nodes"], "daily": {"kind": "trigger.schedule", "settings": start,
                                                 "next": {"next": "hello"}}}  # fmt: skip
    Journey.objects.filter(pk=journey.pk).update(draft={**journey.draft, "nodes": nodes})
    html = mia.get(f"/journeys/{journey.pk}/edit/panel/?step=daily").content.decode()
    for words in ("So many at once", "Or in so many equal groups", "The next after"):
        assert words in html
    assert "></label>" not in html
    assert 'value="3"' in html


def test_operations_answer_with_what_differs_only(mia: Client, journey: Journey) -> None:
    slot = {"source": "received", "outcome": "next"}
    first = do(mia, journey, "insert", kind="wait.duration", **slot)
    assert "Wait <em>1 day</em>" in first
    assert 'data-node="hello"' in first
    drawn = first.partition('data-drawn="')[2].partition('"')[0]
    again = do(mia, journey, "insert", drawn, kind="act.tag", **slot)
    assert again.count('data-node="act_tag"') == 1
    assert 'data-node="hello"' not in again
    assert "node-hello " in again, "where it stands is told all the same"
    # Who stands on an answer that nobody remembers gets everything.
    forgotten = do(mia, journey, "annotate", "unknown", key="hello", note="Friendly")
    assert 'data-node="hello"' in forgotten


def test_what_can_not_be_is_said_and_changes_nothing(mia: Client, journey: Journey) -> None:
    before = journey.draft
    said = do(mia, journey, "insert", kind="exit.leave", source="received", outcome="next")
    assert "Put the exit at an open end" in said
    said = do(mia, journey, "explode")
    assert "no operation “explode”" in said
    url = f"/journeys/{journey.pk}/edit/do/insert/"
    for given in ("[", "[]", "{" * 3):
        answer = mia.post(url, {"number": 1, "given": given})
        assert answer.status_code == 422
        assert "can&#x27;t be read" in answer.content.decode()
    assert mia.post(url, {"number": "x", "given": "{}"}).status_code == 422
    assert journey.draft == before


def test_typing_names_ways_adds_and_drops_them(mia: Client, journey: Journey) -> None:
    send(mia, journey, "wait", {"label.viewed": "Has looked"})
    assert journey.draft["labels"] == {"viewed": "Has looked"}
    send(mia, journey, "wait", {"add": "until.event"})
    until = journey.draft["nodes"]["wait"]["settings"]["until"]
    assert until == {"viewed": {"event": "viewed"}, "happened": {"event": ""}}
    send(mia, journey, "wait", {"s.wait.until.0.event": "paid", "s.wait.at_most.n": "36"})
    settings = journey.draft["nodes"]["wait"]["settings"]
    assert settings["until"]["happened"] == {"event": "paid"}
    assert settings["at_most"] == "36h"
    send(mia, journey, "wait", {"drop": "s.wait.until.1"})
    assert journey.draft["nodes"]["wait"]["settings"]["until"] == {"happened": {"event": "paid"}}
    assert journey.draft["nodes"]["wait"]["next"] == {"missed": "done"}


def test_a_name_that_another_step_uses_becomes_its_own(mia: Client, journey: Journey) -> None:
    slot = {"source": "wait", "outcome": "missed"}
    do(mia, journey, "insert", kind="wait.event", **slot)
    send(mia, journey, "wait_event", {"s.wait_event.until.0.event": "paid"})
    do(mia, journey, "duplicate", keys=["wait_event"])
    send(mia, journey, "wait_event_2", {"label.happened": "Paid"})
    nodes = journey.draft["nodes"]
    assert list(nodes["wait_event"]["settings"]["until"]) == ["happened"]
    assert list(nodes["wait_event_2"]["settings"]["until"]) == ["happened_2"]
    assert journey.draft["labels"]["happened_2"] == "Paid"


def test_the_journey_itself_has_a_form(mia: Client, journey: Journey) -> None:
    values = {"j.name": "Better", "j.goal.event": "paid", "j.goal.within.n": "30",
              "j.goal.within.unit": "d", "j.priority": "70", "j.late": "ask",
              "j.lateness.n": "6", "j.lateness.unit": "h"}  # fmt: skip
    send(mia, journey, "", values)
    draft = journey.draft
    assert (draft["name"], draft["priority"], draft["late"]) == ("Better", 70, "ask")
    assert draft["goal"] == {"event": "paid", "within": "30d"}
    assert draft["lateness"] == "6h"
    send(mia, journey, "", {"j.goal.event": "", "j.priority": ""})
    assert "goal" not in journey.draft
    assert "priority" not in journey.draft


def test_only_who_may_edit_sees_it(flow: Flow, journey: Journey, mia: Client) -> None:
    url = f"/journeys/{journey.pk}/edit/"
    vera = client_of("vera", "viewer", flow.brand)
    assert vera.get(url).status_code == 403
    data = {"number": journey.draft_number, "given": '{"keys": ["hello"]}'}
    assert vera.post(f"{url}do/delete/", data).status_code == 403
    other = Brand.objects.create(code="other", name="Other")
    stranger = client_of("eve", "marketer", other)
    for path in ("", "panel/", "choices/?noun=content", "clip/?key=hello", "versions/"):
        assert stranger.get(url + path).status_code == 404, path
    assert stranger.post(f"{url}do/delete/", data).status_code == 404
    assert stranger.post(f"{url}settings/", data).status_code == 404


def test_a_version_comes_back_and_can_be_undone(mia: Client, flow: Flow, journey: Journey) -> None:
    url = f"/journeys/{journey.pk}/edit/versions/"
    assert "the draft" in mia.get(url).content.decode()
    do(mia, journey, "delete", keys=["hello"])
    assert "Bring it back" in mia.get(url).content.decode()
    answer = do(mia, journey, "restore", version=1)
    assert 'id="node-hello"' in answer
    assert journey.current is not None
    assert journey.draft == journey.current.graph
    assert "no version 9" in do(mia, journey, "restore", version=9)
    do(mia, journey, "undo")
    assert "hello" not in journey.draft["nodes"]
    assert "can&#x27;t be read" in do(mia, journey, "restore", version="x")


def test_what_can_be_named(mia: Client, flow: Flow, journey: Journey) -> None:
    other = Brand.objects.create(code="other", name="Other")
    Content.objects.create(brand=other, code="theirs", name="Theirs", channel="sms")
    url = f"/journeys/{journey.pk}/edit/choices/"
    found = mia.get(f"{url}?noun=content").content.decode()
    assert 'data-chosen="note"' in found
    assert "Theirs" not in found
    assert "still to come" in mia.get(f"{url}?noun=event&q=never_seen").content.decode()
    assert 'data-chosen="hello"' in mia.get(f"{url}?noun=node").content.decode()


def test_queries_do_not_grow_with_steps(
    mia: Client, journey: Journey, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        slot = {"source": "hello", "outcome": "next"}
        do(mia, journey, "insert", kind=("wait.duration", "send.message")[n % 2], **slot)
    with django_assert_max_num_queries(45):
        do(mia, journey, "insert", kind="wait.duration", source="hello", outcome="next")


# helpers


def send(client: Client, journey: Journey, step: str, changed: dict[str, str]) -> None:
    """Send the form of a step as it stands, with what was changed in it."""
    panel = client.get(f"/journeys/{journey.pk}/edit/panel/?step={step}").content.decode()
    values = {**fields_of(panel).dict(), **changed, "step": step, "number": journey.draft_number}
    answer = client.post(f"/journeys/{journey.pk}/edit/settings/", values)
    assert answer.status_code == 200, answer.content
    journey.refresh_from_db()


def fields_of(html: str) -> QueryDict:
    """What a browser would send of the form of a panel."""
    form = Form()
    form.feed(html)
    return form.data


class Form(HTMLParser):
    """Reads inputs, selects and textareas."""

    def __init__(self) -> None:
        super().__init__()
        self.data = QueryDict(mutable=True)
        self.select = self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A field begins."""
        has = {name: value or "" for name, value in attrs}
        if tag == "input" and "name" in has:
            ticks = has.get("type") == "checkbox"
            if not ticks or "checked" in has:
                self.data.appendlist(has["name"], has.get("value", "on" if ticks else ""))
        elif tag == "select":
            self.select = has.get("name", "")
        elif tag == "option" and self.select:
            if "selected" in has or self.select not in self.data:
                self.data[self.select] = has.get("value", "")
        elif tag == "textarea":
            self.area = has.get("name", "")
            self.data[self.area] = ""

    def handle_endtag(self, tag: str) -> None:
        """A field ends."""
        self.select = "" if tag == "select" else self.select
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data: str) -> None:
        """What stands in a textarea."""
        if self.area:
            self.data[self.area] = f"{self.data[self.area]}{data}"
