"""Why, at a step: what the gate said of its messages by page and by API, and nobody else's."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.gate import decide
from campaigns.models import Candidate, ChannelAccount, Suppression
from config.clock import utc_now
from customers.access import keys
from customers.models import Brand, Customer, Identity, Namespace
from journeys.models import Journey
from tests.journeys.flow import ACTOR, T0, Flow, at
from tests.journeys.people import client_of

TEXT = """
nodes:
  in: {kind: trigger.event, event: come, next: hello}
  hello: {kind: send.message, content: note, next: x}
  x: {kind: exit.leave, reason: over}
"""
PEOPLE = ("ann", "bob", "cem", "dan")


@pytest.fixture
def journey(db: None) -> Journey:
    """Ann gets it, Bob and Cem are suppressed, Dan has no phone, Eve was not looked at yet."""
    flow = Flow.make()
    ChannelAccount.objects.create(
        brand=flow.brand, channel="sms", name="sms", provider="recording", is_default=True
    )
    made = flow.journey(TEXT)
    flow.happen(*[(name, "come", 0.0) for name in PEOPLE])
    flow.run(0)
    phone = Namespace.objects.get(code="phone")
    for place, name in enumerate(PEOPLE[:3]):
        Identity.objects.create(
            customer_id=flow.ids[name], namespace=phone, value=f"+86138000000{place}",
            created_at=T0,
        )  # fmt: skip
        Customer.objects.filter(pk=flow.ids[name]).update(display_name=name.title() + " Example")
    for name in ("bob", "cem"):
        Suppression.objects.create(
            scope="customer", customer_id=flow.ids[name], reason="manual", at=T0
        )
    decide(at(0))
    flow.happen(("eve", "come", 1.0))
    flow.run(1)
    return made


def words(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_how_many_by_which_rule_and_why_each_of_them(journey: Journey) -> None:
    vera = client_of("vera", "viewer", journey.brand)
    page = f"/journeys/{journey.pk}/gate/hello/"
    text = words(vera, page)
    assert "Of 5 messages that this step of version 1 wanted, 1 passed the gate and 3 were" in text
    assert "1 waits for the gate." in text
    assert "for its time" not in text
    assert "Suppression 2" in text
    assert text.count("is suppressed") == 2
    assert "Bob Example" not in text, "a viewer does not see names"
    only = words(vera, f"{page}?verdict=stopped&rule=reachability")
    assert "is suppressed" not in only
    assert "By the rule" in only
    assert "Nobody here by this rule." in words(vera, f"{page}?verdict=deferred&rule=quota")
    assert vera.get(f"{page}?verdict=allowed").status_code == 404


def test_the_drawing_and_the_people_lead_there(journey: Journey) -> None:
    vera = client_of("vera", "viewer", journey.brand)
    link = f'href="/journeys/{journey.pk}/gate/hello/"'
    drawing = vera.get(f"/journeys/{journey.pk}/").content.decode()
    assert re.search(rf'<a class="stopped"[^>]*{link}><b>3</b>', drawing)
    assert link in vera.get(f"/journeys/{journey.pk}/people/hello/").content.decode()


def test_it_is_nobody_elses_business(journey: Journey) -> None:
    other = Brand.objects.create(code="other", name="Other")
    stranger = client_of("max", "manager", other)
    assert stranger.get(f"/journeys/{journey.pk}/gate/hello/").status_code == 404
    vera = client_of("vera", "viewer", journey.brand)
    assert vera.get(f"/journeys/{journey.pk}/gate/nowhere/").status_code == 404
    assert vera.get(f"/journeys/{journey.pk}/gate/in/").status_code == 200


def test_queries_do_not_grow_with_people(journey: Journey) -> None:
    vera = client_of("vera", "viewer", journey.brand)
    page = f"/journeys/{journey.pk}/gate/hello/"

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert vera.get(page).status_code == 200
        return len(seen)

    Candidate.objects.filter(node="hello").exclude(rule="reachability").update(state="waiting")
    queries()
    few = queries()
    Candidate.objects.filter(node="hello").update(state="stopped", rule="suppression")
    assert queries() == few


def test_by_api(journey: Journey) -> None:
    token = keys.create(
        ACTOR, journey.brand, name="hotel", scopes=[str(each) for each in keys.SCOPES],
        now=utc_now(),
    )[1]  # fmt: skip

    def get(query: str = "", code: str = journey.code) -> tuple[int, dict[str, object]]:
        answer = Client().get(
            f"/api/v1/journeys/{code}/nodes/hello/refusals{query}",
            headers={"Authorization": f"Bearer {token}"},
        )
        return answer.status_code, answer.json()

    status, body = get("?limit=2")
    assert status == 200
    assert (body["allowed"], body["waiting"]) == (1, 1)
    assert body["stopped"] == {"suppression": 2, "reachability": 1}
    assert body["deferred"] == {}
    messages = body["messages"]
    assert isinstance(messages, list)
    assert len(messages) == 2
    assert {each["verdict"] for each in messages} == {"stopped"}
    assert all(len(each["why"]) == 2 for each in messages)
    rest = get(f"?limit=2&after={body['next']}")[1]
    assert len(rest["messages"]) == 1  # type: ignore[arg-type]
    assert rest["next"] == ""
    suppressed = get("?rule=suppression")[1]["messages"]
    assert [each["rule"] for each in suppressed] == ["suppression"] * 2  # type: ignore[attr-defined]
    assert get("?rule=mood")[0] == 400
    assert get("?verdict=allowed")[0] == 400
    assert get(code="other")[0] == 404
