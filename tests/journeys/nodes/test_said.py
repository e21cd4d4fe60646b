"""What nodes say of themselves: sentences by their settings, and what does not go together."""

from __future__ import annotations

import re
from typing import Any

import pytest

from journeys.nodes import REGISTRY


def say(kind: str, **settings: Any) -> str:
    node, problems = REGISTRY[kind].read("it", settings)
    assert node is not None, problems
    return re.sub(r"</?em>", "", node.sentence())


def faults(kind: str, **settings: Any) -> list[tuple[str, str]]:
    node, problems = REGISTRY[kind].read("it", settings)
    assert node is None
    return [(problem.place, problem.text) for problem in problems]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"crontab": "0 9 * * mon"}, "By 0 9 * * mon: gold"),
        ({"crontab": "0 9 * * mon", "clock": "customer"}, "By 0 9 * * mon on her own clock: gold"),
        ({"at": "2026-05-01T09:00:00+08:00"}, "At 2026-05-01 09:00+08:00: gold"),
        ({"at": "2026-05-01T09:00:00", "clock": "customer"},
         "At 2026-05-01 09:00 on her own clock: gold"),
    ],
)  # fmt: skip
def test_a_schedule_says_its_time_and_its_clock(settings: dict[str, str], sentence: str) -> None:
    assert say("trigger.schedule", segment="gold", **settings).startswith(sentence)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"attribute": "birthday"}, "Wait until birthday"),
        ({"attribute": "birthday", "offset": "-3d"}, "Wait until 3 days before birthday"),
        ({"property": "due_at", "offset": "12h"}, "Wait until 12 hours after due_at"),
    ],
)
def test_a_date_says_how_far_from_it(settings: dict[str, str], sentence: str) -> None:
    assert say("wait.date", **settings) == sentence


def test_a_date_has_one_source_and_two_ways() -> None:
    assert faults("wait.date", attribute="birthday", event="paid") == [
        ("nodes.it.event", "Give exactly one of: attribute, property, event.")
    ]
    assert faults("wait.date") == [
        ("nodes.it.attribute", "Give exactly one of: attribute, property, event.")
    ]
    [(place, text)] = faults("wait.date", attribute="birthday", missing="next")
    assert (place, "used twice" in text) == ("nodes.it.missing", True)


def test_arms_keep_clear_of_the_words_that_are_taken() -> None:
    [(place, text)] = faults("branch.experiment", experiment="e", arms={"a": 1, "control": 1})
    assert (place, "its share" in text) == ("nodes.it.arms", True)
    [(place, text)] = faults(
        "branch.experiment", experiment="e", arms={"a": 1, "not_drawn": 1}, attribute="arm"
    )
    assert (place, "used twice" in text) == ("nodes.it.arms", True)
    [(place, text)] = faults(
        "branch.message", message="hello", ways=["clicked"], otherwise="clicked"
    )
    assert (place, "used twice" in text) == ("nodes.it.otherwise", True)
