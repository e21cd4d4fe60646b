"""The page of a simulation: moves of the clock, what is typed, who may look, and nothing saved."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from campaigns.models import ChannelAccount
from customers.models import Brand, Customer
from journeys.models import Enrollment, Journey
from tests.journeys.flow import Flow
from tests.journeys.people import client_of

TEXT = """
nodes:
  in: {kind: trigger.event, event: come, next: city}
  city:
    kind: branch.value
    property: city
    ways: {ulm: [Ulm]}
    next: {ulm: hello, otherwise: x}
  hello: {kind: send.message, content: note, next: hook}
  hook: {kind: wait.event, until: {paid: {event: paid}}, at_most: 1d, timeout: late,
         next: {paid: x, late: x}}
  x: {kind: exit.leave, reason: over}
"""


@pytest.fixture
def journey(flow: Flow) -> Journey:
    ChannelAccount.objects.create(
        brand=flow.brand, channel="sms", name="sms", provider="recording", is_default=True
    )
    return flow.journey(TEXT)


@pytest.fixture
def flow(db: None) -> Flow:
    return Flow.make()


def words(answer: Any) -> str:
    assert answer.status_code == 200
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", html.unescape(text))


def post(client: Client, journey: Journey, do: str, steps: list[Any] = [], **more: Any) -> Any:  # noqa: B006
    fields = {"who": "invented", "name": "Ada", "phone": "13800000001", "agrees": "granted"}
    sent = {**fields, "start": "2026-03-04T09:00", "steps": json.dumps(steps), "do": do, **more}
    return client.post(
        f"/journeys/{journey.pk}/simulate/play/", sent, headers={"HX-Request": "true"}
    )


def steps_of(answer: Any) -> list[Any]:
    found = re.search(r'id="steps" value="([^"]*)"', answer.content.decode())
    assert found
    return list(json.loads(html.unescape(found[1])))


def test_she_walks_and_the_path_is_lit(journey: Journey, flow: Flow) -> None:
    client = client_of("vera", "viewer", flow.brand)
    page = client.get(f"/journeys/{journey.pk}/simulate/")
    assert "Let her enter" in words(page)
    first = post(client, journey, "enter:in", properties="city: Ulm")
    assert steps_of(first) == [{"enter": "in", "properties": {"city": "Ulm"}}]
    text = first.content.decode()
    assert re.search(r'class="node f-wait here" id="node-hook"', text)
    assert re.search(r'class="node f-send walked" id="node-hello"', text)
    assert 'class=" walked"' in text
    assert "Hello" in words(first)
    assert "Seen at city: Ulm" in words(first)
    last = post(client, journey, "next", steps_of(first))
    assert "Her walk ends: Over" in words(last)
    assert "Time was up." in words(last)
    back = post(client, journey, "back", steps_of(last))
    assert steps_of(back) == steps_of(first)
    assert steps_of(post(client, journey, "anew", steps_of(last))) == []
    event = post(client, journey, "event", steps_of(first), event="paid", properties='{"n": 1}')
    assert steps_of(event)[-1] == {"event": "paid", "properties": {"n": 1}}
    assert "The event came that was waited for." in words(event)
    opened = post(client, journey, "message:hello", steps_of(first), deed="clicked")
    assert "note : she clicked" in words(opened)
    assert not Enrollment.objects.exists()
    # Without a script in the browser the whole page comes.
    plain = client.post(f"/journeys/{journey.pk}/simulate/play/", {"steps": "[]", "do": "enter:in"})
    assert "<title>" in plain.content.decode()


def test_what_is_typed_wrong_is_said(journey: Journey, flow: Flow) -> None:
    client = client_of("vera", "viewer", flow.brand)
    for more, said in (
        ({"properties": "Ulm"}, "Line 1: write “name: value”"),
        ({"traits": "{"}, "This is not a JSON object."),
        ({"start": "soon"}, "Expected a date and time"),
        ({"who": "real"}, "Search for a customer and choose her"),
        ({"who": "real", "customer": "999"}, "There is no customer 999"),
        ({"segments": "nobody_has_it"}, "There is no segment “nobody_has_it”."),
    ):
        answer = post(client, journey, "enter:in", [], **more)
        assert said in words(answer), more
    assert "The request can't be read" in words(
        client.post(f"/journeys/{journey.pk}/simulate/play/", {"steps": "{"})
    )
    assert "Say which event happens." in words(post(client, journey, "event"))
    assert "Say to which moment" in words(post(client, journey, "until"))


def test_a_draft_that_can_t_run(journey: Journey, flow: Flow) -> None:
    client = client_of("vera", "viewer", flow.brand)
    Journey.objects.update(draft={"name": "x", "nodes": {}})
    assert "It can't be walked yet" in words(
        client.get(f"/journeys/{journey.pk}/simulate/?view=draft")
    )
    assert "Let her enter" in words(client.get(f"/journeys/{journey.pk}/simulate/?version=1"))


def test_a_real_customer_is_found_masked(journey: Journey, flow: Flow) -> None:
    client = client_of("vera", "viewer", flow.brand)
    (pk,) = flow.people("her", name="Ada Lovelace")
    (other,) = flow.people("other", name="Ada Other")
    Customer.objects.filter(pk=other).update(brand_ids=[10**6])
    url = f"/journeys/{journey.pk}/simulate/customers/"
    for query in (str(pk), str(other)):
        text = words(client.get(url, {"q": query}))
        assert "Lovelace" not in text
    assert f'value="{pk}"' in client.get(url, {"q": str(pk)}).content.decode()
    assert "Nobody of that name" in words(client.get(url, {"q": str(other)}))
    walked = post(client, journey, "enter:in", who="real", customer=str(pk))
    assert "She enters" in words(walked)
    assert "Lovelace" not in words(walked)


def test_nobody_else_s_journey(journey: Journey) -> None:
    other = Brand.objects.create(code="other", name="Other", timezone="UTC")
    client = client_of("ada", "admin", other)
    for path in ("", "customers/"):
        assert client.get(f"/journeys/{journey.pk}/simulate/{path}").status_code == 404
    assert client.post(f"/journeys/{journey.pk}/simulate/play/", {}).status_code == 404


def test_in_chinese(journey: Journey, flow: Flow) -> None:
    client = client_of("vera", "viewer", flow.brand, "zh-hans")
    text = words(post(client, journey, "enter:in", properties="city: Ulm"))
    assert "进入旅程" in text
    assert not re.search(r"She |Her |Nothing", text)
