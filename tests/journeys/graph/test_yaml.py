"""YAML both ways: what is read, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeys.graph.schema import GraphUnreadable
from journeys.graph.yaml import dump_yaml, line_of, load_yaml

SMALL = """\
journey: offers
name: Offers
parameters: {within: 24h, most: 3}
nodes:
  received: {kind: trigger.event, event: offer received, next: wait}
  wait:
    kind: wait.event
    until: {viewed: {event: offer viewed}}
    at_most: ${within}
    timeout: missed
    next: {viewed: done, missed: done}
  done: {kind: exit.leave}
"""


def problems(text: str, parameters: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    with pytest.raises(GraphUnreadable) as caught:
        load_yaml(text, parameters)
    return [(problem.place, problem.text) for problem in caught.value.problems]


def test_flat_nodes_become_kind_settings_and_next() -> None:
    data = load_yaml(SMALL)
    assert data["nodes"]["wait"] == {
        "kind": "wait.event",
        "settings": {
            "until": {"viewed": {"event": "offer viewed"}},
            "at_most": "24h",
            "timeout": "missed",
        },
        "next": {"viewed": "done", "missed": "done"},
    }
    assert data["nodes"]["received"]["next"] == {"next": "wait"}
    assert data["order"] == ["received", "wait", "done"]


def test_parameters_are_filled_and_overridden() -> None:
    assert load_yaml(SMALL, {"within": "6h"})["nodes"]["wait"]["settings"]["at_most"] == "6h"
    assert load_yaml("name: a ${n} b\nparameters: {n: 3}\nnodes: {}")["name"] == "a 3 b"


def test_a_parameter_that_stands_alone_keeps_its_type() -> None:
    text = "name: x\nparameters: {n: 3}\nnodes: {a: {kind: k, of: '${n}'}}"
    assert load_yaml(text)["nodes"]["a"]["settings"]["of"] == 3
    assert load_yaml(text, {"n": "7"})["nodes"]["a"]["settings"]["of"] == 7
    assert load_yaml(text, {"n": "7d"})["nodes"]["a"]["settings"]["of"] == "7d"


def test_unknown_parameters_are_told_all_at_once() -> None:
    found = problems("name: ${who}\nnodes: {a: {kind: ${what}}}", {"whom": 1})
    assert [place for place, _text in found] == ["parameters", "name", "nodes.a.kind"]
    assert "There is no parameter “whom”" in found[0][1]


def test_words_that_old_yaml_takes_for_something_else_stay_words() -> None:
    data = load_yaml("name: x\nnodes: {a: {kind: k, at: 10:30, on: yes, next: {yes: b, no: c}}}")
    node = data["nodes"]["a"]
    assert node["settings"] == {"at": "10:30", "on": "yes"}
    assert node["next"] == {"yes": "b", "no": "c"}


def test_lines_are_kept_for_places_and_for_what_lies_in_them() -> None:
    lines = load_yaml(SMALL).lines
    assert line_of("nodes.wait.at_most", lines) == 9
    assert line_of("nodes.wait.until.viewed.event", lines) == 8
    assert line_of("nodes.wait.never_written", lines) == 6
    assert line_of("nowhere", lines) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: [", "is not YAML"),
        ("name: a\n\tb: c", "is not YAML"),
        ("a: &x 1\nb: *x", "Aliases"),
        ("- a\n- b", "Expected a journey"),
        ("", "Expected a journey"),
        ("name: a\nname: b\nnodes: {}", "a second time (line 2)"),
        ("name: !!python/object:os.system x\nnodes: {}", "is not known"),
        ("name: !thing x\nnodes: {}", "is not known"),
        ("a: " + "[" * 40 + "]" * 40, "nested too deeply"),
        ("a: " + "x" * 300_000, "at most 256 kB"),
    ],
)
def test_what_is_no_journey_is_refused_with_a_sentence(text: str, expected: str) -> None:
    found = problems(text)
    assert any(expected in said for _place, said in found), found


# Names that YAML might take for something else, beside plain ones; drawing letters is slow.
keys = st.sampled_from(
    ["yes", "no", "on", "off", "y", "n", "null", "true", "false", "e1", "x_", "a1_2", "inf", "nan"]
    + [f"{letter}{more}" for letter in "abcdwz" for more in ("", "0", "_x", "e3", "journey")]
)
scalars = st.one_of(
    st.integers(-(10**9), 10**9),
    st.booleans(),
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12).filter(
        lambda text: "${" not in text
    ),
    st.sampled_from(["yes", "no", "on", "10:30", "1e3", "~", "null", "2026-03-04", "0x1f", "007"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        keys,
        st.fixed_dictionaries(
            {
                "kind": keys,
                "settings": st.dictionaries(keys, values, max_size=4),
                "next": st.dictionaries(keys, keys, max_size=3),
            }
        ),
        min_size=1,
        max_size=6,
    ),
    st.text(min_size=1, max_size=20, alphabet="abc äöü 客户旅程:#-'\"{}"),
)
def test_written_and_read_again_it_is_the_same(nodes: dict[str, Any], name: str) -> None:
    graph = {"schema": 1, "name": name, "nodes": nodes, "order": list(nodes)}
    text = dump_yaml(graph)
    again = load_yaml(text)
    assert dict(again) == graph
    assert dump_yaml(again) == text
