"""Every kind of node: its settings, its sentence, its outcomes, and the registry that holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import translation

from customers.rules import fraction
from journeys.canvas.kinds import kinds
from journeys.canvas.reference import reference
from journeys.canvas.words import WHAT
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
    "trigger.segment": (
        {"segment": "gold", "move": "left", "most": 500},
        ["next"],
        "Who leaves <em>gold</em>, at most 500 in all",
    ),
    "trigger.schedule": (
        {"crontab": "0 9 * * mon", "segment": "gold", "waves": {"size": 100, "every": "1h"}},
        ["next"],
        "By <em>0 9 * * mon</em>: <em>gold</em>, 100 each 1 hour",
    ),
    "trigger.date": (
        {"attribute": "born", "yearly": True, "offset": "-7d"},
        ["next"],
        "<em>7 days</em> before <em>born</em>, every year",
    ),
    "trigger.absence": (
        {"event": "cart", "without": "paid", "within": "1h"},
        ["next"],
        "<em>cart</em>, and not <em>paid</em> within <em>1 hour</em>",
    ),
    "trigger.api": ({"key": "booking"}, ["next"], "When a system calls"),
    "trigger.journey": (
        {"journey": "welcome"},
        ["next"],
        "From the journey <em>welcome</em>",
    ),
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
    "wait.until": (
        {"moment": "2026-06-18T09:00", "clock": "customer"},
        ["next"],
        "Wait until <em>2026-06-18 09:00</em> on the customer's clock",
    ),
    "wait.window": (
        {"opens": "09:00", "closes": "20:00", "days": ["sat", "mon"]},
        ["next"],
        "Wait until it is <em>09:00–20:00</em> where she is, on <em>Monday · Saturday</em>",
    ),
    "wait.date": (
        {"attribute": "expires", "offset": "-30d", "at": "09:00"},
        ["next", "missing"],
        "Wait until <em>30 days</em> before <em>expires</em>",
    ),
    "wait.random": (
        {"at_least": "10m", "at_most": "2h"},
        ["next"],
        "Wait <em>10 minutes</em> to <em>2 hours</em>, at random",
    ),
    "wait.throttle": (
        {"count": 1000, "per": "1h"},
        ["next"],
        "Let <em>1,000</em> on per <em>1 hour</em>",
    ),
    "branch.value": (
        {"ways": {"south": ["Shenzhen"], "north": "Beijing"}, "property": "city"},
        ["north", "south", "otherwise"],
        "By the value of <em>city</em>",
    ),
    "branch.message": (
        {"message": "greet", "ways": ["clicked", "stopped"]},
        ["clicked", "stopped", "otherwise"],
        "What became of <em>greet</em>: <em>clicked · stopped by the gate</em>",
    ),
    "branch.experiment": (
        {"experiment": "tone", "arms": {"a": 1, "b": 1}, "control": 20},
        ["a", "b", "control"],
        "Experiment tone: <em>40\N{NO-BREAK SPACE}% a</em> · <em>40\N{NO-BREAK SPACE}% b</em> · "
        "<em>20\N{NO-BREAK SPACE}% Control group</em>",
    ),
    "branch.holdout": (
        {"share": 5},
        ["held_out", "next"],
        "Hold out <em>5\N{NO-BREAK SPACE}%</em> of the group <em>holdout</em>",
    ),
    "branch.reachable": (
        {"channel": "sms"},
        ["reachable", "unreachable"],
        "Can <em>SMS</em> reach her for <em>marketing</em> messages?",
    ),
    "branch.capped": (
        {"content": "offer"},
        ["free", "capped"],
        "Would a cap stop <em>offer</em> now?",
    ),
    "branch.rounds": ({"most": 3}, ["again", "enough"], "At most <em>3</em> rounds"),
    "send.message": (
        {"content": "hello", "instead": ["hi"], "patience": "2h"},
        ["next"],
        "Send <em>hello</em>, else <em>hi</em>",
    ),
    "act.attribute": (
        {"attribute": "tier", "value": "$entry.tier"},
        ["next"],
        "Set <em>tier</em> to <em>$entry.tier</em>",
    ),
    "act.list": ({"list": "vips"}, ["next"], "Put her on the list <em>vips</em>"),
    "act.event": ({"event": "greeted"}, ["next"], "Tell the event <em>greeted</em>"),
    "act.journey": (
        {"journey": "win_back", "act": "leave"},
        ["next"],
        "Take her out of <em>win_back</em>",
    ),
    "act.offer": ({"offer": "ten"}, ["issued", "empty"], "Issue a code of <em>ten</em>"),
    "act.task": (
        {"title": "Call her", "due": "2d"},
        ["done", "not_done", "timeout"],
        "Ask a person: <em>Call her</em>, within <em>2 days</em>",
    ),
    "act.webhook": ({"webhook": "crm"}, ["ok", "failed"], "Call <em>crm</em>"),
    "act.tag": (
        {"tag": "vip", "value": "yes"},
        ["next"],
        "Give the tag <em>vip</em>: <em>yes</em>",
    ),
    "exit.leave": ({"reason": "no_answer"}, [], "Leave: <em>no answer</em>"),
}


def test_every_kind_is_tested() -> None:
    assert KINDS.keys() == REGISTRY.keys() == WHAT.keys() | {"send.message"}
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


CONTRADICTIONS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("trigger.schedule", {}, ["at", "segment"]),
    ("trigger.schedule",
     {"at": "2026-03-09T09:00+08:00", "segment": "gold", "clock": "customer"}, ["at"]),
    ("trigger.schedule", {"crontab": "0 9 * * 1", "segment": "gold", "clock": "customer",
                          "waves": {"groups": 2, "every": "1h"}}, ["waves"]),
    ("trigger.schedule", {"crontab": "0 9 * * 1", "segment": "gold",
                          "waves": {"groups": 2, "size": 9, "every": "1h"}}, ["waves"]),
    ("trigger.schedule", {"crontab": "0 9 * * 1", "at": "2026-03-09 09:00"}, ["at", "segment"]),
    ("trigger.schedule", {"crontab": "0 9 * * 1", "segment": "gold", "reentry": "per_key"},
     ["reentry"]),
    ("trigger.schedule", {"crontab": "0 9 * * 1", "segment": "gold", "reentry": "after_time"},
     ["again_after"]),
    ("trigger.schedule",
     {"crontab": "0 9 * * 1", "segment": "gold", "reentry": "never", "again_after": "3d"},
     ["again_after"]),
    ("trigger.schedule",
     {"crontab": "0 9 * * 1", "segment": "gold", "opens": "2026-03-09 09:00",
      "closes": "2026-03-01 09:00"},
     ["closes"]),
    ("trigger.date", {"attribute": "birthday", "offset": "36h"}, ["offset"]),
    ("branch.value", {"ways": {"one": ["a"]}}, ["attribute"]),
    ("branch.value", {"attribute": "city", "property": "city", "ways": {"one": ["a"]}},
     ["property"]),
    ("branch.value", {"attribute": "city", "ways": {"one": ["a"], "two": ["a"]}}, ["ways"]),
    ("branch.value", {"attribute": "city", "ways": {"one": ["a"]}, "otherwise": "one"},
     ["otherwise"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "settings", "places"), CONTRADICTIONS)
def test_what_contradicts_itself_is_told_at_its_place(
    kind: str, settings: dict[str, Any], places: list[str]
) -> None:
    node, problems = REGISTRY[kind].read("n", settings)
    assert node is None
    assert [problem.place for problem in problems] == [f"nodes.n.{place}" for place in places]
    assert all(problem.text for problem in problems)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"attribute": "expiry"}, "On <em>expiry</em>"),
        ({"attribute": "expiry", "offset": "-30d"}, "<em>30 days</em> before <em>expiry</em>"),
        ({"attribute": "expiry", "offset": "2d"}, "<em>2 days</em> after <em>expiry</em>"),
    ],
)
def test_the_date_in_words(settings: dict[str, Any], words: str) -> None:
    with translation.override("en"):
        assert REGISTRY["trigger.date"].restore("n", settings).sentence().startswith(words)


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


def test_every_setting_has_what_a_form_needs() -> None:
    """Label, help or example, and choices in both languages; the reference tells them all."""
    for kind in kinds():
        for setting in kind.settings:
            where = f"{kind.kind}.{setting.name}"
            assert setting.label, where
            form = setting.form
            assert form.example or form.choices or form.noun or form.longest or setting.help, where
    for language in ("en", "zh-hans"):
        with translation.override(language):
            text = reference()
        assert all(f"## {kind} " in text for kind in REGISTRY)
    assert "`one_at_a_time` 同时只走一次（按键）" in text
    assert reference("wait.ev").count("## ") == 1
