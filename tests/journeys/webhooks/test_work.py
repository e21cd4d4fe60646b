"""A journey calls another system: outside of its transaction, again when it must, once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from campaigns.secrets import seal
from config.calling.signing import new_secret
from config.wake import no_wakes
from journeys.models import Enrollment, Step, Timer, WebhookCall
from journeys.models import Webhook as Hook
from journeys.webhooks.work import call_due
from tests.journeys.flow import Flow, at
from tests.journeys.webhooks.servers import serving

GRAPH = """
nodes:
  in: {kind: trigger.event, event: come, next: ask}
  ask:
    kind: act.webhook
    webhook: crm
    send: {order: $entry.order}
    at_most: 1h
    needs_answer: ${needs}
    next: {ok: b, failed: no}
  b:
    kind: branch.value
    variable: answer.tier
    ways: {gold: [gold]}
    next: {gold: yes, otherwise: other}
  yes: {kind: exit.leave, reason: gold}
  other: {kind: exit.leave, reason: other}
  no: {kind: exit.leave, reason: failed}
parameters: {needs: false}
"""


def hook(flow: Flow, url: str, **more: Any) -> Hook:
    return Hook.objects.create(
        brand=flow.brand, code="crm", name="CRM", url=url, secret=seal(new_secret()), **more
    )


def call(hours: float, **more: Any) -> int:
    with no_wakes():
        return call_due(at(hours), allowed=lambda _ip: True, **more).settled


def test_answer_moves_her_on_with_what_it_says(flow: Flow) -> None:
    with serving(lambda n, path: (200, {}, b'{"tier": "gold"}')) as server:
        hook(flow, server.url)
        flow.journey(GRAPH)
        flow.happen(*((f"c{n}", "come", 0, {"order": n}) for n in range(5)))
        flow.run(0)
        assert WebhookCall.objects.filter(state="waiting").count() == 5
        assert server.asked == []  # nothing is called inside the walk
        assert call(0.01) == 5
        assert call(0.02) == 0
        flow.run(0.02)
    assert {walk.exit_reason for walk in Enrollment.objects.all()} == {"gold"}
    walk = Enrollment.objects.get(customer_id=flow.ids["c3"])
    assert walk.context["vars"] == {"answer": {"tier": "gold"}}
    said = [json.loads(asked.body)["data"] for asked in server.asked]
    assert sorted(one["values"]["order"] for one in said) == [0, 1, 2, 3, 4]
    assert {one["journey"] for one in said} == {"flow"}
    assert len({asked.headers["webhook-id"] for asked in server.asked}) == 5
    step = Step.objects.get(enrollment_id=walk.pk, node="ask")
    assert (step.outcome, step.left_at, step.detail) == ("ok", at(0.01), {"status": 200})
    flow.run(3)  # the timer of its end is nobody's any more
    assert not Timer.objects.exists()


def test_tried_again_with_growing_pauses_until_it_answers(flow: Flow) -> None:
    def answer(n: int, path: str) -> Any:
        return (503, {}, b"") if n < 3 else (200, {}, b"{}")

    with serving(answer) as server:
        hook(flow, server.url)
        flow.journey(GRAPH)
        flow.happen(("ann", "come", 0))
        flow.run(0)
        second = 1 / 3600
        made = [call_due(at(t * second), allowed=lambda _ip: True).made for t in (0, 4, 5, 34, 35)]
        flow.run(1)
    assert made == [1, 0, 1, 0, 1]
    assert flow.places("ann") == [("other", "other")]
    assert len({asked.headers["webhook-id"] for asked in server.asked}) == 1


@pytest.mark.parametrize(
    ("answer", "needs", "end"),
    [
        ((404, {}, b""), "false", "failed"),
        ((200, {}, b"<html>"), "false", "other"),
        ((200, {}, b"<html>"), "true", "failed"),
        ((200, {}, b""), "true", "failed"),
    ],
)
def test_rubbish(flow: Flow, answer: Any, needs: str, end: str) -> None:
    with serving(lambda n, path: answer) as server:
        hook(flow, server.url)
        flow.journey(GRAPH, {"needs": needs})
        flow.happen(("ann", "come", 0))
        flow.run(0)
        assert call(0.01) == 1
    flow.run(0.02)
    assert [reason for _node, reason in flow.places("ann")] == [end]


def test_a_worker_that_dies_is_followed_by_another(flow: Flow) -> None:
    with serving(lambda n, path: (200, {}, b"{}")) as server:
        hook(flow, server.url)
        flow.journey(GRAPH)
        flow.happen(("ann", "come", 0))
        flow.run(0)
        from journeys.engine.statements import fetch
        from journeys.webhooks.work import LEASE

        fetch("claim_webhook_calls", {"now": at(0), "until": at(0) + LEASE, "limit": 5})
        assert call(0.01) == 0
        assert call(0.05) == 1


def test_time_is_up_before_anybody_answers(flow: Flow) -> None:
    hook(flow, "http://nowhere.invalid/")
    flow.journey(GRAPH)
    flow.happen(("ann", "come", 0))
    flow.run(0)
    flow.run(2)
    assert flow.path("ann")[1] == ("ask", "failed", 0, 1)
    assert WebhookCall.objects.get().state == "failed"
    assert call(3) == 0


def test_local_network_and_switched_off(flow: Flow) -> None:
    hook(flow, "http://127.0.0.1:1/")
    flow.journey(GRAPH)
    flow.happen(("ann", "come", 0))
    flow.run(0)
    with no_wakes():
        assert call_due(at(0)).settled == 1
    assert "local network" in WebhookCall.objects.get().error
    flow.run(0.1)
    assert flow.places("ann") == [("no", "failed")]
    Hook.objects.update(is_active=False)
    flow.happen(("bea", "come", 1))
    flow.run(1)
    assert call(1) == 1
    assert "switched off" in WebhookCall.objects.latest("pk").error
