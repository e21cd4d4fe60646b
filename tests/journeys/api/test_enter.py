"""POST /api/v1/journeys/<code>/enter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from config.clock import utc_now
from config.wake import no_wakes
from customers.access import keys
from customers.models import Brand, Event
from journeys.actions.pause import pause
from journeys.models import Enrollment, Journey
from tests.journeys.flow import ACTOR, Flow

GRAPH = """
nodes:
  in:
    kind: trigger.api
    key: booking
    reentry: per_key
    where: {property: nights, op: gte, value: 2}
    next: wait
  wait: {kind: wait.duration, duration: {property: nights}, next: x}
  x: {kind: exit.leave}
"""


@pytest.fixture
def journey(flow: Flow) -> Journey:
    return flow.journey(GRAPH)


@pytest.fixture
def enter(flow: Flow) -> Callable[..., Any]:
    token = keys.create(ACTOR, flow.brand, name="hotel", now=utc_now())[1]

    def send(body: Any, code: str = "flow", token: str = token) -> Any:
        with no_wakes():
            return Client().post(
                f"/api/v1/journeys/{code}/enter", body, content_type="application/json",
                headers={"Authorization": f"Bearer {token}"},
            )  # fmt: skip

    return send


def call(who: str, booking: str, nights: Any = 2, **more: Any) -> dict[str, Any]:
    payload = {"booking": booking, "nights": nights}
    return {"customer": {"user_id": who}, "payload": payload, **more}


def test_calls_enter_once_per_key(journey: Journey, enter: Any) -> None:
    answer = enter(call("ann", "a", key="k1"))
    assert (answer.status_code, answer.json()) == (
        200, {"accepted": 1, "duplicates": 0, "entered": 1, "errors": []},
    )  # fmt: skip
    assert enter(call("ann", "a", key="k1")).json()["duplicates"] == 1
    batch = [call("ann", "a", key="k2"), call("ann", "b"), call("bea", "c", 1), call("bea", "d", 5)]
    assert enter({"batch": batch}).json()["entered"] == 2
    walks = Enrollment.objects.order_by("entry_key")
    assert [walk.entry_key for walk in walks] == ["a", "b", "d"]
    assert walks[2].context["event"]["properties"] == {"booking": "d", "nights": 5}
    assert Event.objects.count() == 5


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("nonsense", 400, "not JSON"),
        ({"customer": {"user_id": "a"}, "payload": 7}, 422, "must be an object"),
        ({"customer": {"user_id": "a"}, "colour": 1}, 422, "“colour” is not known"),
        ({"customer": {"user_id": "a"}, "payload": {"x": "y" * 40_000}}, 422, "32768 are allowed"),
        ({"payload": {}}, 422, ""),
    ],
)
def test_bad_input_gets_a_sentence(
    journey: Journey, enter: Any, body: Any, status: int, words: str
) -> None:
    answer = enter(body)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert not Enrollment.objects.exists()


def test_only_a_running_journey_of_the_keys_brand(flow: Flow, journey: Journey, enter: Any) -> None:
    assert enter(call("ann", "a"), code="nowhere").status_code == 404
    other = Brand.objects.create(code="other", name="Other")
    token = keys.create(ACTOR, other, name="o", now=utc_now())[1]
    assert enter(call("ann", "a"), token=token).status_code == 404
    assert enter(call("ann", "a"), token="wp_wrong").status_code == 401
    pause(ACTOR, journey, utc_now())
    answer = enter(call("ann", "a"))
    assert (answer.status_code, "takes nobody in" in answer.json()["detail"]) == (409, True)
    flow.journey(
        "journey: plain\nname: Plain\nnodes:\n  in: {kind: trigger.event, event: e, next: x}\n"
        "  x: {kind: exit.leave}\n"
    )
    assert "does not begin by API" in enter(call("ann", "a"), code="plain").json()["detail"]
