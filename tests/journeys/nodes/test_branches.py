"""Branches on values, on what became of messages, on caps and reach; experiments, loops, acts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from campaigns.models import Candidate, Experiment, FrequencyCap, Message
from customers.models import Tag
from customers.rules import fraction
from journeys.models import Enrollment, Step
from tests.journeys.flow import Flow, at

HEAD = "nodes:\n  in: {kind: trigger.event, event: come, reentry: always, next: b}\n"


def branching(flow: Flow, branch: str, *outcomes: str) -> None:
    """A branch, each outcome of which leads to an exit of that reason."""
    ways = ", ".join(f"{name}: x_{name}" for name in outcomes)
    ends = "".join(f"  x_{name}: {{kind: exit.leave, reason: {name}}}\n" for name in outcomes)
    flow.journey(f"{HEAD}  b: {{{branch}, next: {{{ways}}}}}\n{ends}")


def ends(flow: Flow, *names: str) -> list[str]:
    return [reason for _node, reason in flow.places(*names)]


@pytest.mark.parametrize(
    ("source", "value", "end"),
    [
        ("property: city", "Ulm", "a"),
        ("property: city", 7, "b"),
        ("property: city", 7.0, "b"),
        ("property: city", True, "b"),
        ("property: city", ["x", "Ulm"], "a"),
        ("property: city", None, "otherwise"),
        ("property: town", "Ulm", "otherwise"),
        ("attribute: city", "Ulm", "a"),
    ],
)
def test_value(flow: Flow, source: str, value: Any, end: str) -> None:
    branching(
        flow, f"kind: branch.value, ways: {{a: [Ulm], b: [7, true]}}, {source}",
        "a", "b", "otherwise",
    )  # fmt: skip
    if source.startswith("attribute"):
        flow.people("ann", city=value)
    flow.happen(("ann", "come", 0, {"city": value}))
    flow.run(0)
    assert ends(flow, "ann") == [end]


MESSAGE = """
nodes:
  in: {kind: trigger.event, event: come, next: say}
  say: {kind: send.message, content: note, next: pause}
  pause: {kind: wait.duration, duration: 1h, next: b}
  b:
    kind: branch.message
    message: say
    ways: [clicked, opened, sent, stopped, waiting]
    next: {clicked: x, opened: x, sent: x, stopped: x, waiting: x, otherwise: x}
  x: {kind: exit.leave}
"""


def test_what_became_of_a_message(flow: Flow) -> None:
    flow.journey(MESSAGE)
    names = ["clicked", "opened", "sent", "stopped", "waiting", "otherwise"]
    flow.happen(*((name, "come", 0) for name in names))
    flow.run(0)
    wishes = {wish.customer_id: wish for wish in Candidate.objects.all()}
    Candidate.objects.filter(pk=wishes[flow.ids["stopped"]].pk).update(state="stopped")
    Candidate.objects.filter(pk=wishes[flow.ids["otherwise"]].pk).delete()
    states: dict[str, dict[str, Any]] = {
        "clicked": {"state": "delivered", "opened_at": at(0), "clicked_at": at(0)},
        "opened": {"state": "handed_over", "opened_at": at(0)},
        "sent": {"state": "handed_over"},
    }
    for name, values in states.items():
        wish = wishes[flow.ids[name]]
        Message.objects.create(
            candidate=wish, brand_id=wish.brand_id, customer_id=wish.customer_id,
            journey_id=wish.journey_id, node=wish.node, channel=wish.channel,
            purpose=wish.purpose, accepted_at=at(0), **values,
        )  # fmt: skip
    flow.run(2)
    outcomes = {s.customer_id: s.outcome for s in Step.objects.filter(node="b")}
    assert {name: outcomes[flow.ids[name]] for name in names} == {name: name for name in names}


def test_experiment_is_sticky_and_written_down(flow: Flow) -> None:
    branching(
        flow, "kind: branch.experiment, experiment: tone, arms: {a: 1, b: 1}, control: 20",
        "a", "b", "control",
    )  # fmt: skip
    names = [f"c{n}" for n in range(300)]
    flow.happen(*((name, "come", 0) for name in names))
    flow.run(0)
    first = dict(zip(names, ends(flow, *names), strict=True))
    shares = [list(first.values()).count(arm) for arm in ("a", "b", "control")]
    assert all(80 < n < 160 for n in shares[:2])
    assert 35 < shares[2] < 90
    for name in names:
        assert (first[name] == "control") == (fraction("tone", flow.ids[name]) < 0.2)
    row = Experiment.objects.get()
    assert (row.node, row.arms, row.state) == (
        "b",
        {"a": 40.0, "b": 40.0, "control": 20},
        "running",
    )
    flow.happen((names[0], "come", 1))
    flow.run(1)
    assert set(ends(flow, names[0])) == {first[names[0]]}


def test_holdout_of_two_journeys_is_the_same(flow: Flow) -> None:
    branching(flow, "kind: branch.holdout, share: 20", "held_out", "next")
    names = [f"c{n}" for n in range(200)]
    flow.happen(*((name, "come", 0) for name in names))
    flow.run(0)
    for name, end in zip(names, ends(flow, *names), strict=True):
        assert (end == "held_out") == (fraction("holdout.holdout", flow.ids[name]) < 0.2)


def test_reachable_and_capped(flow: Flow) -> None:
    text = f"""{HEAD}
  b:
    kind: branch.reachable
    channel: inapp
    purpose: service
    next: {{reachable: c, unreachable: no}}
  c: {{kind: branch.capped, content: note, next: {{free: yes, capped: full}}}}
  no: {{kind: exit.leave, reason: no}}
  yes: {{kind: exit.leave, reason: yes}}
  full: {{kind: exit.leave, reason: full}}
"""
    flow.journey(text)
    flow.happen(("ann", "come", 0), ("bea", "come", 0))
    FrequencyCap.objects.create(name="one", limit=1, window_seconds=3600)
    flow.journey(
        MESSAGE.replace("nodes:", "journey: other\nname: Other\nnodes:").replace("come", "go")
    )
    flow.happen(("ann", "go", 0))
    for moment in (0.0, 0.5):
        flow.run(moment)
    wish = Candidate.objects.get()
    Message.objects.create(
        candidate=wish, brand_id=wish.brand_id, customer_id=wish.customer_id, journey_id=1,
        node="x", channel=wish.channel, purpose=wish.purpose, accepted_at=at(0.5),
    )  # fmt: skip
    assert ends(flow, "bea") == ["yes"]
    flow.happen(("ann", "come", 1), ("bea", "come", 1))
    flow.run(1)
    again = Enrollment.objects.filter(entered_at=at(1)).order_by("customer_id")
    assert {walk.customer_id: walk.exit_reason for walk in again} == {
        flow.ids["ann"]: "full", flow.ids["bea"]: "yes",
    }  # fmt: skip
    flow.happen(("ann", "come", 1.5))  # exactly a window old counts no more
    flow.run(1.5)
    assert ends(flow, "ann")[-1] == "yes"


LOOP = """
nodes:
  in: {kind: trigger.event, event: come, next: rounds}
  rounds: {kind: branch.rounds, most: 3, next: {again: say, enough: out}}
  say: {kind: send.message, content: note, next: pause}
  pause: {kind: wait.duration, duration: 1h, next: rounds}
  out: {kind: exit.leave, reason: enough}
"""


@pytest.mark.parametrize("steps", [[10], [0, 1, 1.5, 2, 3]])
def test_loop_ends_after_its_rounds(flow: Flow, steps: list[float]) -> None:
    flow.journey(LOOP)
    flow.happen(("ann", "come", 0))
    for hour in steps:
        flow.run(hour)
    assert [hour for _id, _node, hour in flow.wishes()] == [0, 1, 2]
    assert flow.path("ann")[-1] == ("out", "enough", 3, 3)
    # A message carries the variables as they were when it was wanted.
    assert [w.context["vars"]["rounds"]["rounds"] for w in Candidate.objects.order_by("visit")] == [
        1, 2, 3,
    ]  # fmt: skip


TAGGED = """
nodes:
  in: {kind: trigger.event, event: come, next: tag}
  tag: {kind: act.tag, tag: vip, next: b}
  b: {kind: branch.rules, rules: [{outcome: vip, when: {tag: vip}}], next: {vip: x, otherwise: y}}
  x: {kind: exit.leave, reason: vip}
  y: {kind: exit.leave, reason: plain}
"""


def test_a_rule_sees_what_the_act_before_it_did(flow: Flow) -> None:
    Tag.objects.create(code="vip", name="VIP")
    flow.journey(TAGGED)
    flow.happen(("ann", "come", 0))
    flow.run(0)
    assert flow.path("ann")[-1] == ("x", "vip", 0, 0)
    assert timedelta(0) == Enrollment.objects.get().arrived_at - at(0)
