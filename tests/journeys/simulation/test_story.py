"""What a story says: decisions with their reasons, the gate's word, entries that are refused."""

from __future__ import annotations

from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from campaigns.models import ChannelAccount, ContentText, QuietHours
from customers.access import Actor, RightMissing
from customers.models import Attribute, Brand, Customer, Role, User, Via
from journeys.graph.schema import GraphUnreadable
from journeys.models import Journey
from journeys.simulation import ScriptUnreadable, Simulated, read_script, simulate
from tests.journeys.flow import ACTOR, T0, Flow

ZONE = ZoneInfo("Asia/Shanghai")
TEXT = """
nodes:
  joined:
    kind: trigger.event
    event: joined
    where: {property: shop, op: eq, value: north}
    exclude: {attribute: city, op: eq, value: Bern}
    next: city
  city:
    kind: branch.rules
    rules:
      - {outcome: ulm, when: {all: [{attribute: city, op: eq, value: Ulm},
                                    {event: order_paid, count: {gte: 2}}]}}
    otherwise: other
    next: {ulm: out, other: half}
  half:
    kind: branch.random
    weights: {a: 1, b: 1}
    next: {a: greet, b: greet}
  greet: {kind: send.message, content: note, next: wait}
  wait:
    kind: wait.event
    until: {paid: {event: order_paid}}
    at_most: 2d
    timeout: late
    next: {paid: out, late: out}
  out: {kind: exit.leave, reason: done}
"""


@pytest.fixture
def journey(flow: Flow) -> Journey:
    ChannelAccount.objects.create(
        brand=flow.brand, channel="sms", name="SMS", provider="recording", is_default=True
    )
    ContentText.objects.update(body="Dear {{ customer.name }} of {{ customer.city }}")
    flow.people("somebody", city="Ulm", name="Somebody")
    Attribute.objects.update_or_create(
        code="name", defaults={"name": "Name", "data_type": "text", "is_personal": True}
    )
    return flow.journey(TEXT)


ADA = {"name": "Ada", "attributes": {"city": "Ulm"}, "identities": {"phone": "13800000001"}}
IN: dict[str, Any] = {"event": "joined", "properties": {"shop": "north"}}


def play(
    journey: Journey,
    *steps: Any,
    actor: Actor = ACTOR,
    customer: Any = ADA,
    start: str = "2026-03-04T10:00",
    **more: Any,
) -> Simulated:
    script = {"customer": customer, "start": start, "steps": list(steps)}
    return simulate(actor, journey, journey.draft, read_script(script, ZONE, T0), **more)


def told(story: Simulated, kind: str) -> list[tuple[str, list[str]]]:
    lines = [line for line in story.to_json()["log"] if line["kind"] == kind]
    return [(line["text"], line["reasons"]) for line in lines]


def test_decisions_have_their_reasons(journey: Journey) -> None:
    story = play(journey, {"event": "order_paid"}, {"after": "1h"}, IN)
    city, half = told(story, "step")[:2]
    assert city == (
        "Which fits first: ulm · other → Other",
        [
            "Holds: City is Ulm – seen: Ulm",
            "Does not hold: order paid happened at least 2 times – seen: 1 time, last at 2:00",
        ],
    )
    assert half[1][0].startswith("Her draw is ")
    assert story.stands[0].node == "wait"
    assert told(story, "wait")[0][1] == [
        "When order paid happens: Paid.",
        "She continues on 6 Mar at 3:00 at the latest.",
    ]
    assert story.next_at is not None
    assert (story.next_at - story.now).days == 2


def test_another_draw_is_another_luck(journey: Journey) -> None:
    stories = [play(journey, IN, customer={**ADA, "draw": draw}) for draw in (0, 2)]
    assert {way for story in stories for node, way in story.edges if node == "half"} == {"a", "b"}


def test_text_and_gate(journey: Journey) -> None:
    story = play(journey, IN)
    message = next(line.message for line in story.lines if line.message)
    assert (message.body, message.address) == ("Dear Ada of Ulm", "+8613800000001")
    silent = play(journey, IN, customer={"attributes": {"city": "Ulm"}})
    (gate,) = told(silent, "gate")
    assert gate[0] == "Gate: note is stopped"
    assert "Reachability" in gate[1][0]
    denied = [{"channel": "sms", "purpose": "service", "state": "denied"}]
    (gate,) = told(play(journey, IN, customer={**ADA, "consents": denied}), "gate")
    assert "Consent" in gate[1][0]


def test_quiet_hours_defer_until_the_clock_is_moved(journey: Journey, flow: Flow) -> None:
    QuietHours.objects.create(starts=time(21), ends=time(9))
    night = play(journey, IN, start="2026-03-04T22:00")
    assert told(night, "gate")[0][0] == "Gate: note is deferred"
    assert not told(night, "message")
    day = play(journey, IN, {"next": 1}, start="2026-03-04T22:00")
    assert told(day, "message")[0][0] == "She would get note"
    assert day.now.astimezone(ZONE).hour == 9


def test_who_is_not_let_in_hears_why(journey: Journey) -> None:
    story = play(journey, {"event": "joined", "properties": {"shop": "south"}})
    ((text, reasons),) = told(story, "refused")
    assert text == "She does not enter: At the first joined"
    assert reasons[0].startswith("The event does not fit: ")
    bern = play(journey, IN, customer={**ADA, "attributes": {"city": "Bern"}})
    assert told(bern, "refused")[0][1][0].startswith("Kept out: ")
    again = play(journey, IN, {"after": "3d"}, IN)
    assert told(again, "refused")[0][1] == ["She has entered before, and may not enter again yet."]


def test_a_real_customer_is_masked_and_keeps_her_past(journey: Journey, flow: Flow) -> None:
    flow.people("her", city="Ulm", name="Ada Lovelace")
    flow.happen(("her", "order_paid", -2), ("her", "order_paid", -1))
    her: Any = {"customer": {"id": flow.ids["her"]}, "start": "2026-03-04T18:00"}
    story = play(journey, IN, **her)
    assert ("city", "ulm") in story.edges
    shown = play(journey, IN, **her, is_shown=True)
    assert shown.edges == story.edges
    assert "Lovelace" not in str(story.to_json())


def test_what_may_name_her_is_not_told(journey: Journey, flow: Flow) -> None:
    """Texts of acts are filled in with what is known of her, so they are hidden as she is."""
    (her,) = flow.people("her", name="Ada Lovelace")
    asking = flow.journey(
        "journey: asking\nname: Asking\nnodes:\n"
        "  in: {kind: trigger.event, event: come, next: ask}\n"
        "  ask: {kind: act.task, title: 'Call {{ customer.name }}', due: 1d,"
        " next: {done: x, not_done: x, timeout: x}}\n"
        "  x: {kind: exit.leave, reason: over}\n"
    )
    hidden = play(asking, {"enter": "in"}, customer={"id": her})
    assert "Lovelace" not in str(hidden.to_json())
    assert "What it says is hidden here" in str(hidden.to_json())
    shown = play(asking, {"enter": "in"}, customer={"id": her}, is_shown=True)
    assert "Would ask a person: Call Ada Lovelace." in str(shown.to_json())


def test_rights_and_brands(journey: Journey, flow: Flow) -> None:
    other = Brand.objects.create(code="other", name="Other", timezone="UTC")
    flow.people("her", city="Ulm")
    user = User.objects.create_user("vi", password="x")
    actor = Actor(via=Via.PAGE, user=user)
    with pytest.raises(RightMissing):
        play(journey, IN, actor=actor)
    user.memberships.create(brand=other, role=Role.VIEWER)
    with pytest.raises(RightMissing):
        play(journey, IN, actor=Actor(via=Via.PAGE, user=User.objects.get(pk=user.pk)))
    user.memberships.create(brand=flow.brand, role=Role.VIEWER)
    viewer = Actor(via=Via.PAGE, user=User.objects.get(pk=user.pk))
    assert play(journey, IN, actor=viewer, customer={"id": flow.ids["her"]}).edges
    stranger = flow.people("stranger")[0]
    Customer.objects.filter(pk=stranger).update(brand_ids=[999])
    with pytest.raises(ScriptUnreadable, match="whom you may see"):
        play(journey, IN, actor=viewer, customer={"id": stranger})


def test_a_draft_that_can_t_run_says_every_problem(journey: Journey) -> None:
    with pytest.raises(GraphUnreadable) as error:
        simulate(ACTOR, journey, {"name": "x", "nodes": {}}, read_script({}, ZONE, T0))
    assert error.value.problems


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ([], ""),
        ({"customer": {"id": "x"}}, "customer.id"),
        ({"customer": {"colour": "red"}}, "customer"),
        ({"customer": {"consents": [{"channel": "smoke"}]}}, "customer.consents.0"),
        ({"start": "yesterday"}, "start"),
        ({"start": "1999-01-01T00:00"}, "start"),
        ({"steps": [{"jump": 1}]}, "steps.0"),
        ({"steps": [{"after": "soon"}]}, "steps.0.after"),
        ({"steps": [{"after": "900w"}]}, "steps.0.after"),
        ({"steps": [{"next": 0}]}, "steps.0.next"),
        ({"steps": [{"next": 1}] * 201}, "steps"),
        ({"steps": [{"message": "eaten"}]}, "steps.0.message"),
        ({"steps": [{"event": "x", "properties": {"a": "\x00"}}]}, ""),
        ({"steps": [{"event": "x", "properties": {"a": "b" * 70_000}}]}, ""),
    ],
)
def test_scripts_that_can_t_be_read(script: Any, place: str) -> None:
    with pytest.raises(ScriptUnreadable) as error:
        read_script(script, ZONE, T0)
    assert [problem.place for problem in error.value.problems] == [place]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([{"enter": "out"}], "is no trigger"),
        ([{"after": "1h"}, {"until": "2026-03-04T10:00"}], "does not go back"),
        ([{"answer": "wait", "outcome": "ok"}], "Nobody waits for an answer"),
        ([{"message": "opened"}], "No message has gone out"),
        ([{"until": "2032-03-04T10:00"}], "five years"),
    ],
)
def test_a_story_that_can_t_go_on_says_why(journey: Journey, steps: Any, words: str) -> None:
    assert words in play(journey, *steps).cut


def test_bounded_in_time(journey: Journey) -> None:
    assert "took too long" in play(journey, IN, seconds=0).cut


def test_chinese(journey: Journey) -> None:
    with translation.override("zh-hans"):
        text = str(play(journey, IN).to_json()["log"])
    assert not any(words in text for words in ("She ", "Her ", "Holds", "Gate"))
