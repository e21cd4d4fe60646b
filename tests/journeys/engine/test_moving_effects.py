"""Who is moved to another version while she waits for the answer to what her step has begun: it is
not begun again, and the answer still finds her."""

from __future__ import annotations

import pytest

from campaigns.actions.tasks import finish
from campaigns.models import Candidate, Task
from config.wake import no_wakes
from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.engine import moving
from journeys.engine.relocate import OTHERS
from journeys.graph.yaml import load_yaml
from journeys.models import Journey, PeopleMove, Webhook, WebhookCall
from journeys.webhooks.post import Reply
from journeys.webhooks.work import Call, settle
from tests.journeys.flow import ACTOR, Flow, at
from tests.journeys.people import actor_of

TASK = """
journey: flow
name: Flow
nodes:
  in: {kind: trigger.event, event: come, next: call}
  call: {kind: act.task, title: TITLE, due: DUE, next: {done: x, not_done: y, timeout: z}}
  x: {kind: exit.leave, reason: called}
  y: {kind: exit.leave, reason: not_called}
  z: {kind: exit.leave, reason: too_late}
"""
HOOK = """
journey: flow
name: Flow
nodes:
  in: {kind: trigger.event, event: come, next: ask}
  ask: {kind: act.webhook, webhook: HOOK, at_most: DUE, next: {ok: x, failed: y}}
  x: {kind: exit.leave, reason: answered}
  y: {kind: exit.leave, reason: no_answer}
"""
CHAIN = """
journey: flow
name: Flow
nodes:
  in: {kind: trigger.event, event: come, next: send}
  send: {kind: send.message, content: note, instead: [letter], patience: DUE, next: x}
  x: {kind: exit.leave, reason: told}
"""

THROTTLE = """
journey: flow
name: Flow
nodes:
  in: {kind: trigger.event, event: come, next: queue}
  queue: {kind: wait.throttle, count: COUNT, per: 1h, next: x}
  x: {kind: exit.leave, reason: through}
"""


@pytest.fixture
def flow(db: None) -> Flow:
    flow = Flow.make()
    flow.content("letter", "email")
    for code in ("crm", "erp"):
        Webhook.objects.create(
            brand=flow.brand, code=code, name=code, url="https://example.com/", secret=b"x"
        )
    return flow


def change(
    flow: Flow, journey: Journey, text: str, hour: float, *, moved: int | None = None
) -> None:
    """Publish *text*; everybody moves to it, and the engine looks at them there."""
    load(ACTOR, flow.brand, load_yaml(text), at(hour))
    journey.refresh_from_db()
    publish(ACTOR, journey, at(hour), people={OTHERS: "move"})
    for move in PeopleMove.objects.filter(journey=journey, swept_at__isnull=True):
        while not moving.go(move, at(hour)):
            pass
        assert (move.moved, move.left) == (len(flow.ids) if moved is None else moved, 0)
        moving.sweep(move, at(hour + 1))
    flow.run(hour)


def started(flow: Flow, text: str) -> Journey:
    journey = flow.journey(text)
    flow.happen(("ann", "come", 0), ("bea", "come", 0))
    flow.run(0)
    return journey


def task(title: str, due: str) -> str:
    return TASK.replace("TITLE", title).replace("DUE", due)


def hook(code: str, due: str) -> str:
    return HOOK.replace("HOOK", code).replace("DUE", due)


def test_a_task_is_asked_for_once_and_follows_its_version(flow: Flow) -> None:
    journey = started(flow, task("Call her", "4h"))
    change(flow, journey, task("Ring her up", "6h"), 1)
    change(flow, journey, task("Ring her up soon", "8h"), 2)
    tasks = {task.customer_id: task for task in Task.objects.all()}
    assert len(tasks) == Task.objects.count() == 2
    assert {(t.title, t.due_at, t.visit) for t in tasks.values()} == {
        ("Ring her up soon", at(8), 4)
    }
    mia = actor_of("mia", "marketer", flow.brand)
    with no_wakes():
        finish(mia, tasks[flow.ids["ann"]], done=True, note="fine", now=at(3))
    flow.run(9)
    assert flow.path("ann")[1:] == [
        ("call", "moved", 0, 1), ("call", "moved", 0, 2), ("call", "done", 0, 3),
        ("x", "called", 3, 3),
    ]  # fmt: skip
    assert flow.places("bea") == [("z", "too_late")]


def test_who_is_moved_in_the_moment_of_the_answer_has_it(flow: Flow) -> None:
    journey = started(flow, task("Call her", "4h"))
    one = Task.objects.get(customer_id=flow.ids["ann"])
    with no_wakes():
        finish(actor_of("mia", "marketer", flow.brand), one, done=False, now=at(1))
    change(flow, journey, task("Call her now", "4h"), 1.5)
    assert Task.objects.count() == 2
    assert flow.places("ann", "bea") == [("y", "not_called"), ("call", "active")]
    assert flow.path("ann")[-1] == ("y", "not_called", 1.5, 1.5)


def test_a_webhook_is_called_once_and_its_answer_is_heard(flow: Flow) -> None:
    journey = started(flow, hook("crm", "4h"))
    before = {row.customer_id: row.pk for row in WebhookCall.objects.all()}
    change(flow, journey, hook("crm", "6h"), 1)
    calls = {row.customer_id: row for row in WebhookCall.objects.all()}
    assert {who: row.pk for who, row in calls.items()} == before
    assert {(row.visit, row.gives_up_at) for row in calls.values()} == {(3, at(6))}
    answer(calls[flow.ids["ann"]], 2)
    flow.run(7)
    assert flow.places("ann", "bea") == [("x", "answered"), ("y", "no_answer")]


def test_an_answer_that_came_before_the_move_is_not_lost(flow: Flow) -> None:
    journey = started(flow, hook("crm", "4h"))
    answer(WebhookCall.objects.get(customer_id=flow.ids["ann"]), 1)
    change(flow, journey, hook("crm", "6h"), 1)
    assert flow.places("ann", "bea") == [("x", "answered"), ("ask", "active")]
    assert WebhookCall.objects.count() == 2


def test_another_system_is_called_anew(flow: Flow) -> None:
    journey = started(flow, hook("crm", "4h"))
    change(flow, journey, hook("erp", "4h"), 1)
    calls = WebhookCall.objects.filter(customer_id=flow.ids["ann"]).order_by("visit")
    assert [(row.webhook.code, row.visit) for row in calls] == [("crm", 2), ("erp", 3)]
    answer(calls[0], 2)
    flow.run(2)
    assert flow.places("ann") == [("ask", "active")]
    answer(calls[1], 3)
    flow.run(3)
    assert flow.places("ann") == [("x", "answered")]


def test_a_chain_of_messages_goes_on_where_it_was(flow: Flow) -> None:
    journey = started(flow, CHAIN.replace("DUE", "4h"))
    change(flow, journey, CHAIN.replace("DUE", "6h"), 1)
    wishes = list(Candidate.objects.order_by("customer_id").values_list("customer_id", "visit"))
    assert wishes == [(flow.ids["ann"], 3), (flow.ids["bea"], 3)]
    Candidate.objects.filter(customer_id=flow.ids["ann"]).update(state="stopped", decided_at=at(2))
    flow.run(6)
    assert flow.places("ann", "bea") == [("x", "told"), ("x", "told")]
    # Ann has no address at all: after what was stopped nothing is left to try.
    assert Candidate.objects.count() == 2
    ways = {name: [row[:2] for row in flow.path(name)[1:-1]] for name in ("ann", "bea")}
    assert ways["ann"] == [("send", "moved"), ("send", "instead"), ("send", "next")]
    assert ways["bea"] == [("send", "moved"), ("send", "next")]


def test_who_is_moved_keeps_her_place_in_a_throttle(flow: Flow) -> None:
    journey = flow.journey(THROTTLE.replace("COUNT", "2"))
    names = [f"c{n}" for n in range(6)]
    flow.happen(*((name, "come", n / 100) for n, name in enumerate(names)))
    flow.run(0.1)
    # Two each hour; four wait when the new version, of one each hour, takes them over.
    change(flow, journey, THROTTLE.replace("COUNT", "1"), 0.5, moved=4)
    flow.happen(("late", "come", 0.6))
    for hour in (1, 2, 3, 4):
        flow.run(hour)
    through = {name: flow.path(name)[-1][2] for name in [*names, "late"]}
    assert through == {"c0": 0, "c1": 0.01, "c2": 1, "c3": 1, "c4": 2, "c5": 2, "late": 3}


def answer(row: WebhookCall, hour: float) -> None:
    """The other system says yes."""
    call = Call(row.pk, 1, row.gives_up_at, "", b"", "", "{}", row.created_at, True)
    with no_wakes():
        assert settle([call], [Reply(200, answer={"tier": "gold"})], at(hour)) == 1
