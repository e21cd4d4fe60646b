"""Changes of a journey: who may, from which state, what they leave."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from campaigns.models import Candidate
from customers.access import RightMissing
from customers.models import AuditEntry, EventType
from journeys.actions import (
    JourneyRefused,
    archive,
    drain,
    load,
    pause,
    publish,
    resume,
    stop,
)
from journeys.graph.schema import GraphUnreadable
from journeys.graph.yaml import load_yaml
from journeys.models import Enrollment, EventTrigger, Journey, JourneyVersion, Timer
from tests.journeys.flow import ACTOR, Flow, at
from tests.journeys.people import actor_of

TEXT = """
journey: offers
name: Offers
description: A reminder
priority: 70
timezone: Asia/Shanghai
nodes:
  received: {kind: trigger.event, event: received, reentry: always, next: wait}
  wait: {kind: wait.duration, duration: 2h, next: remind}
  remind: {kind: send.message, content: note, next: done}
  done: {kind: exit.leave}
"""


@pytest.fixture
def flow(db: None) -> Flow:
    return Flow.make()


def make(flow: Flow, text: str = TEXT) -> Journey:
    return load(ACTOR, flow.brand, load_yaml(text), at(0)).journey


def audit() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_loading_makes_a_draft_that_nobody_enters(flow: Flow) -> None:
    journey = make(flow)
    assert (journey.state, journey.code, journey.priority) == ("draft", "offers", 70)
    assert journey.current is None
    assert not EventTrigger.objects.exists()
    assert audit() == ["journey.create"]


def test_loading_again_sets_the_draft_or_does_nothing(flow: Flow) -> None:
    make(flow)
    same = load(ACTOR, flow.brand, load_yaml(TEXT), at(1))
    assert (same.is_new, same.is_changed) == (False, False)
    other = load(ACTOR, flow.brand, load_yaml(TEXT.replace("2h", "3h")), at(1))
    assert (other.is_new, other.is_changed, other.journey.draft_number) == (False, True, 2)
    assert audit() == ["journey.create", "journey.edit"]


def test_nothing_is_saved_when_anything_is_wrong(flow: Flow) -> None:
    bad = TEXT.replace("content: note", "content: gone").replace("offers", "Offers!")
    with pytest.raises(GraphUnreadable) as caught:
        make(flow, bad)
    assert [p.place for p in caught.value.problems if not p.is_warning] == [
        "journey",
        "nodes.remind.content",
    ]
    assert not Journey.objects.exists()
    assert audit() == []


def test_every_problem_stands_in_one_answer(flow: Flow) -> None:
    text = """
journey: bad
name: Bad
nodes:
  start: {kind: trigger.event, event: received, next: look}
  look: {kind: wait.evnt, next: nowhere}
  one: {kind: branch.random, weights: {a: 50, b: 50}, next: {a: two, b: done}}
  two: {kind: act.tag, tag: nobody_made_this, next: one}
  say: {kind: send.message, next: done}
  done: {kind: exit.leave}
"""
    with pytest.raises(GraphUnreadable) as caught:
        make(flow, text)
    places = {problem.place for problem in caught.value.problems if not problem.is_warning}
    assert places >= {
        "nodes.look.kind",  # an unknown kind
        "nodes.look.next.next",  # an edge to nowhere
        "nodes.one.next",  # a loop without a wait
        "nodes.two.tag",  # a name that nobody has
        "nodes.say.content",  # a missing setting
    }
    assert not Journey.objects.exists()


def test_a_new_journey_does_not_take_the_code_of_another(flow: Flow) -> None:
    make(flow)
    with pytest.raises(JourneyRefused, match="another code"):
        load(ACTOR, flow.brand, load_yaml(TEXT), at(1), only_new=True)


def test_publishing_opens_the_triggers_of_the_new_version_only(flow: Flow) -> None:
    journey = make(flow)
    first = publish(ACTOR, journey, at(0))
    assert (journey.state, journey.current, first.number) == ("running", first, 1)
    load(ACTOR, flow.brand, load_yaml(TEXT.replace("event: received", "event: sent")), at(1))
    second = publish(ACTOR, journey, at(1))
    [trigger] = EventTrigger.objects.all()
    assert (trigger.version, trigger.event_type.code) == (second, "sent")
    assert EventType.objects.filter(code="received").exists()
    assert list(JourneyVersion.objects.values_list("number", flat=True)) == [2, 1]


def test_publishing_the_same_again_is_refused(flow: Flow) -> None:
    journey = make(flow)
    publish(ACTOR, journey, at(0))
    with pytest.raises(JourneyRefused, match="same as version 1"):
        publish(ACTOR, journey, at(1))


def test_what_runs_keeps_its_name_until_it_is_published(flow: Flow) -> None:
    journey = make(flow)
    publish(ACTOR, journey, at(0))
    load(ACTOR, flow.brand, load_yaml(TEXT.replace("name: Offers", "name: Better")), at(1))
    journey.refresh_from_db()
    assert journey.name == "Offers"
    publish(ACTOR, journey, at(2))
    assert journey.name == "Better"


def test_a_draft_whose_content_is_gone_is_not_published(flow: Flow) -> None:
    journey = make(flow)
    flow.brand.contents.update(is_archived=True)
    with pytest.raises(GraphUnreadable, match="note"):
        publish(ACTOR, journey, at(0))
    journey.refresh_from_db()
    assert journey.state == "draft"


def test_who_was_paused_goes_on_when_it_is_resumed(flow: Flow) -> None:
    journey = make(flow)
    publish(ACTOR, journey, at(0))
    flow.happen(("ann", "received", 0))
    flow.run(1)
    pause(ACTOR, journey, at(1))
    flow.happen(("bob", "received", 2))
    flow.run(5)
    assert flow.places("ann") == [("wait", "active")]
    assert not Enrollment.objects.filter(customer_id=flow.ids["bob"]).exists()
    resume(ACTOR, journey, at(6))
    assert journey.state == "running"


def test_resuming_brings_back_draining(flow: Flow) -> None:
    journey = make(flow)
    publish(ACTOR, journey, at(0))
    drain(ACTOR, journey, at(1))
    pause(ACTOR, journey, at(2))
    resume(ACTOR, journey, at(3))
    assert journey.state == "draining"
    resume(ACTOR, journey, at(4))
    assert journey.state == "running"


def test_draining_closes_the_entrance_only(flow: Flow) -> None:
    journey = make(flow)
    publish(ACTOR, journey, at(0))
    flow.happen(("ann", "received", 0))
    flow.run(0)
    drain(ACTOR, journey, at(1))
    flow.happen(("bob", "received", 1))
    flow.run(3)
    assert flow.places("ann") == [("done", "done")]
    assert not Enrollment.objects.filter(customer_id=flow.ids["bob"]).exists()


def test_stopping_lets_everybody_leave_and_takes_back_what_waits(flow: Flow) -> None:
    journey = make(flow)
    publish(ACTOR, journey, at(0))
    flow.happen(("ann", "received", 0), ("bob", "received", 1))
    flow.run(2.5)  # ann's message is wanted, bob still waits
    assert stop(ACTOR, journey, at(2.5)) == 1
    assert flow.places("ann", "bob") == [("done", "done"), ("wait", "stopped")]
    [wish] = Candidate.objects.all()
    assert (wish.expires_at, wish.due_at) == (at(2.5), at(2.5))
    flow.run(10)
    assert not Timer.objects.exists()


@pytest.mark.parametrize("name", ["publish", "pause", "resume", "drain", "stop", "archive"])
def test_a_marketer_may_write_but_not_run(flow: Flow, name: str) -> None:
    mia = actor_of("mia", "marketer", flow.brand)
    journey = load(mia, flow.brand, load_yaml(TEXT), at(0)).journey
    actions: dict[str, Callable[..., object]] = {
        "publish": publish, "pause": pause, "resume": resume, "drain": drain, "stop": stop,
        "archive": archive,
    }  # fmt: skip
    with pytest.raises(RightMissing):
        actions[name](mia, journey, at(1))
    assert audit() == ["journey.create"]


def test_a_viewer_may_not_write(flow: Flow) -> None:
    with pytest.raises(RightMissing):
        load(actor_of("vera", "viewer", flow.brand), flow.brand, load_yaml(TEXT), at(0))


def test_rights_in_another_brand_do_not_count(flow: Flow) -> None:
    other = type(flow.brand).objects.create(code="other", name="Other")
    journey = make(flow)
    with pytest.raises(RightMissing):
        publish(actor_of("max", "manager", other), journey, at(0))


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        ("draft", [pause, resume, drain, stop]),
        ("running", [resume, archive]),
        ("paused", [pause, archive]),
        ("draining", [drain, archive]),
        ("stopped", [pause, resume, drain, stop]),
        ("archived", [publish, pause, resume, drain, stop, archive]),
    ],
)
def test_what_a_state_does_not_allow_is_refused_with_a_sentence(
    flow: Flow, state: str, refused: list[Callable[..., object]]
) -> None:
    journey = make(flow)
    publish(ACTOR, journey, at(0))
    Journey.objects.update(state=state)
    journey.refresh_from_db()
    for action in refused:
        with pytest.raises(JourneyRefused, match="“Offers” is"):
            action(ACTOR, journey, at(1))
    journey.refresh_from_db()
    assert journey.state == state
