"""Every kind of node: its settings, its sentence, its outcomes, and the registry that holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import translation

from customers.rules import fraction
from journeys.nodes import REGISTRY, register
from journeys.nodes.base import Family, Node
from journeys.nodes.branch_random import BranchRandom
from journeys.nodes.checks import check_nodes
from journeys.nodes.exit_leave import ExitLeave

KINDS: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "trigger.event": (
        {"event": "order paid", "key": "order", "reentry": "per_key"},
        ["next"],
        "At <em>order paid</em>, once per <em>order</em>",
    ),
    "trigger.audience": ({"segment": "gold"}, ["next"], "Everybody in <em>gold</em>, once"),
    "wait.duration": ({"duration": "1h30m"}, ["next"], "Wait <em>1 hour 30 minutes</em>"),
    "wait.event": (
        {"until": {"b": {"event": "<b>"}, "a": {"event": "paid"}}, "at_most": "3d"},
        ["a", "b", "timeout"],
        "Wait until <em>paid</em> or <em>&lt;b&gt;</em>, at most <em>3 days</em>",
    ),
    "branch.rules": (
        {"rules": [{"outcome": "gold", "when": {"tag": "gold"}}], "otherwise": "rest"},
        ["gold", "rest"],
        "Which fits first: <em>gold</em> · <em>rest</em>",
    ),
    "branch.random": (
        {"weights": {"a": 3, "b": 1}},
        ["a", "b"],
        "Split at random: <em>75\N{NO-BREAK SPACE}% a</em> · <em>25\N{NO-BREAK SPACE}% b</em>",
    ),
    "send.message": ({"content": "hello"}, ["next"], "Send <em>hello</em>"),
    "act.tag": (
        {"tag": "vip", "value": "yes"},
        ["next"],
        "Give the tag <em>vip</em>: <em>yes</em>",
    ),
    "exit.leave": ({"reason": "no_answer"}, [], "Leave: <em>no answer</em>"),
}


def test_every_kind_is_tested() -> None:
    assert KINDS.keys() == REGISTRY.keys()
    assert check_nodes() == []


@pytest.mark.parametrize("kind", KINDS)
def test_kind(kind: str) -> None:
    settings, outcomes, sentence = KINDS[kind]
    node, problems = REGISTRY[kind].read("n", settings)
    assert problems == []
    assert node is not None
    assert [outcome.name for outcome in node.outcomes()] == outcomes
    with translation.override("en"):
        assert node.sentence() == sentence
    assert REGISTRY[kind].restore("n", settings).sentence() == node.sentence()


@pytest.mark.parametrize("kind", KINDS)
def test_every_problem_with_its_place(kind: str) -> None:
    settings = KINDS[kind][0]
    wrong = dict.fromkeys(settings, object()) | {"colour": "red"}
    node, problems = REGISTRY[kind].read("n", wrong)
    assert node is None
    assert {problem.place for problem in problems} == {f"nodes.n.{name}" for name in wrong}


def test_settings_that_contradict_each_other() -> None:
    _node, problems = REGISTRY["trigger.event"].read("n", {"event": "e", "reentry": "per_key"})
    assert [problem.place for problem in problems] == ["nodes.n.key"]
    arms = {"until": {"timeout": {"event": "e"}}, "at_most": "1h"}
    _node, problems = REGISTRY["wait.event"].read("n", arms)
    assert [problem.place for problem in problems] == ["nodes.n.timeout"]
    case = {"outcome": "otherwise", "when": {"tag": "x"}}
    _node, problems = REGISTRY["branch.rules"].read("n", {"rules": [case]})
    assert [problem.place for problem in problems] == ["nodes.n.rules.0.outcome"]


def test_random_split_is_sticky_and_as_weighted() -> None:
    node = BranchRandom.restore("n", {"weights": {"a": 3, "b": 1}})
    assert isinstance(node, BranchRandom)
    chosen = [node.choose(customer, "salt") for customer in range(20_000)]
    assert chosen == [node.choose(customer, "salt") for customer in range(20_000)]
    assert 0.74 < chosen.count("a") / 20_000 < 0.76
    assert all((fraction("salt", c) < 0.75) == (chosen[c] == "a") for c in range(1_000))


def test_a_bad_kind_is_refused_with_its_class() -> None:
    @dataclass(frozen=True)
    class Bare:
        span: int = 3

    class Wobble(Node[Any]):
        kind = "Wobble"
        family = Family.WAIT
        label = "Wobble"
        icon = "clock"
        Settings = Bare

    with pytest.raises(ImproperlyConfigured, match=r"Wobble does not define outcomes, sentence"):
        register(Wobble)

    class Impostor(ExitLeave):
        pass

    with pytest.raises(ImproperlyConfigured, match=r"Impostor has the kind “exit.leave”, which"):
        register(Impostor)
    assert REGISTRY["exit.leave"] is ExitLeave
