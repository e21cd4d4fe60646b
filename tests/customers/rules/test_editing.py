"""The rule editor: operations lose nothing, undo goes back, and nothing that is typed breaks it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.models import EventType
from customers.rules.editing import operations as do
from customers.rules.editing.controls import many, number_or_text, read_span, text_of, write_span
from customers.rules.editing.editor import Editor
from customers.rules.editing.history import History
from customers.rules.editing.lines import line_of, set_part, start
from customers.rules.editing.shown import shown
from customers.rules.editing.tree import (
    Group,
    Leaf,
    Path,
    TreeError,
    parse,
    path_text,
    places,
    read_path,
    read_tree,
    walk,
    write,
)
from customers.rules.problem import Problem
from customers.rules.read import read_rule

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


class Words:
    """A vocabulary that needs no database."""

    attributes: dict[str, Any] = {}
    tags: dict[str, Any] = {}
    segments: dict[str, Any] = {}
    brands: dict[str, Any] = {}
    namespaces: dict[str, Any] = {}
    events: dict[str, Any] = {}

    def event(self, name: str) -> EventType:
        return EventType(code=name)


class Seen:
    """A desk that needs no database."""

    today = "2026-03-04"
    words = Words()

    def __init__(self, *, in_journey: bool = True) -> None:
        self.in_journey = in_journey

    def name(self, kind: str, code: str) -> str:
        return code

    def type(self, kind: str, code: str) -> str:
        return {"n": "number", "d": "date", "b": "boolean", "l": "list"}.get(code[:1], "text")

    def event_name(self, code: str) -> str:
        return {"order_paid": "Order paid"}.get(code, code)

    def event_code(self, text: str) -> str:
        return {"Order paid": "order_paid"}.get(text, text)

    def property_type(self, event: str, name: str) -> str:
        return "number" if name == "amount" else ""

    def value_name(self, tag: str, value: str) -> str:
        return value

    def brands(self) -> list[tuple[str, str]]:
        return [("tea", "Tea")]


SEEN: Any = Seen()
BOUGHT = {"event": "order_paid", "count": {"gte": 2}, "within": "90d"}
SAMPLES: list[dict[str, Any]] = [
    {"attribute": "city", "op": "in", "value": ["Hangzhou", "Ningbo"]},
    {"attribute": "number", "op": "between", "value": [1, 2.5]},
    {"attribute": "date", "op": "anniversary", "value": {"days": [0, 7]}},
    {"attribute": "date", "op": "gte", "value": {"ago": "36h"}},
    {"attribute": "bool", "op": "eq", "value": True},
    {"attribute": "list", "op": "contains_any", "value": ["a"]},
    {"attribute": "city", "op": "missing"},
    {"tag": "tier", "op": "eq", "value": "gold", "since": {"op": "gte", "value": "2026-01-01"}},
    {"segment": "loyal", "since": {"op": "exists"}},
    {"consent": {"channel": "sms", "purpose": "marketing", "is": "granted", "brand": "tea"}},
    {"reachable": {"channel": "email", "purpose": "marketing", "is": False}},
    {"customer": "created", "op": "between", "value": [{"ago": "90d"}, {"ago": "30d"}]},
    {"customer": "language", "op": "in", "value": ["zh"]},
    {"customer": "known", "op": "eq", "value": False},
    {"identity": "phone", "op": "missing"},
    {"random": {"salt": "a", "below": 0.25, "from": 0.1}},
    {"entry": "amount", "op": "gt", "value": 3},
    BOUGHT,
    {"event": "order_paid"},
    {"event": "order_paid", "count": {"eq": 0}, "from": "2026-01-01", "to": "2026-02-01"},
    {"event": "order_paid", "sum": {"property": "amount", "gte": 99.5}, "since": "entry"},
    {"event": "order_paid", "distinct": {"days": True, "gt": 3}},
    {"event": "order_paid", "last": {"op": "lt", "value": {"ago": "365d"}}},
    {"event": "order_paid", "first": {"property": "sku", "op": "eq", "value": "x"}},
    {
        "event": "order_paid", "which": "first",
        "where": {"any": [{"property": "sku", "op": "eq", "value": "x"},
                          {"property": "amount", "op": "gt", "value": 5}]},
        "then": {"event": "order_paid", "is": False, "within": "1d12h", "later": "day",
                 "same": ["sku"], "where": {"property": "amount", "op": "gt", "value": 5},
                 "then": {"event": "returned"}},
    },
]  # fmt: skip

leaves = st.sampled_from(SAMPLES).map(Leaf)
trees = st.recursive(
    leaves,
    lambda inner: st.builds(
        Group,
        st.sampled_from(["all", "any", "none", "not_all"]),
        st.lists(inner, max_size=4).map(tuple),
    ),
    max_leaves=8,
).map(lambda part: part if isinstance(part, Group) else Group("all", (part,)))
paths = st.lists(st.integers(0, 3), max_size=3).map(tuple)
VERBS = ("remove", "duplicate", "negate", "wrap", "unwrap", "up", "down", "add", "group", "join",
         "move", "paste", "name", "press", "nonsense")  # fmt: skip


@st.composite
def orders(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """Something that a form may ask for, sensible or not."""
    verb, path = draw(st.sampled_from(VERBS)), path_text(draw(paths))
    more = {
        "add": st.sampled_from(["attribute city", "event order_paid", "tag tier", "random", "x y"]),
        "name": st.sampled_from(["attribute number", "event seen", "tag tier", "x"]),
        "join": st.sampled_from(["all", "any", "none", "not_all", "xor"]),
        "move": st.tuples(paths, st.integers(-1, 5)).map(lambda p: f"{path_text(p[0])} {p[1]}"),
        "press": st.sampled_from(["value.0", "where.0.drop", "then.drop", "since.drop", "no"]),
    }
    rest = draw(more.get(verb, st.just("")))
    clip = draw(st.sampled_from([json.dumps(SAMPLES[0]), '{"any": []}', "[1", "7", "null"]))
    return f"{verb} {path} {rest}".strip(), {"rule.clip": clip}


def editor(tree: Group) -> Editor:
    return Editor(tree, SEEN, history=History(json.dumps(write(tree), separators=(",", ":"))))


@settings(max_examples=150, deadline=None)
@given(trees, st.lists(orders(), max_size=8))
def test_any_operations_leave_a_tree_that_reads_or_names_its_problems(
    tree: Group, asked: list[tuple[str, dict[str, str]]]
) -> None:
    it = editor(tree)
    begun = it.json
    for what, data in asked:
        it.act(what, data)
        rule, problems = it.read()
        assert rule is not None or any(not each.is_warning for each in problems)
        on_page = {path for path, _part in walk(it.tree)}
        assert set(it.problems_by_path(problems)) <= on_page
        shown(it)
        assert write(read_tree(it.json)) == it.json
    for _step in asked:
        it.act("undo", {})
    assert it.json == begun
    assert not it.history.past


@settings(max_examples=100, deadline=None)
@given(trees, paths, st.sampled_from([-1, 1]))
def test_moving_a_line_loses_and_doubles_none(tree: Group, path: Any, step: int) -> None:
    def lines(of: Group) -> list[str]:
        return sorted(json.dumps(p.data) for _at, p in walk(of) if isinstance(p, Leaf))

    assert lines(do.shift(tree, path, step).tree) == lines(tree)


def test_a_line_walks_through_all_groups_and_back() -> None:
    a, b, c = (Leaf({"segment": code}) for code in "abc")
    tree = Group("all", (a, Group("any", (b,)), c))
    seen: list[Path] = []
    path: Path = (0,)
    for _step in range(4):
        done = do.shift(tree, path, 1)
        tree, path = done.tree, done.focus or ()
        seen.append(path)
    assert seen == [(0, 0), (0, 1), (1,), (2,)]
    for _step in range(4):
        done = do.shift(tree, path, -1)
        tree, path = done.tree, done.focus or ()
    assert tree == Group("all", (a, Group("any", (b,)), c))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: json.dumps(s)[:60])
def test_every_control_shows_what_is_there_and_sets_it(sample: dict[str, Any]) -> None:
    line = line_of(json.loads(json.dumps(sample)), SEEN)
    assert not line.raw
    parts = [each.part for each in line.controls()]
    assert len(parts) == len(set(parts))
    for control in line.controls():
        if control.kind in ("drop", "add") or (control.kind == "choice" and not control.value):
            continue
        again = set_part(sample, control.part, control.value, SEEN)
        # A length of time may be written in another unit, which means the same.
        assert _plain(again) == _plain(sample), control.part


def test_what_is_typed_stands_in_the_rule() -> None:
    data = start("event", "order_paid", SEEN)
    for part, text in (
        ("asked", "sum"), ("asked.property", "amount"), ("asked.n", "1,250"), ("when", "within"),
        ("within.n", "6"), ("within.unit", "w"), ("more", "where"), ("where.0.property", "amount"),
        ("where.0.op", "gt"), ("where.0.value", "5"), ("more", "then"), ("then.event", "returned"),
        ("then.is", "false"), ("then.within.n", "7"),
    ):  # fmt: skip
        data = set_part(data, part, text, SEEN)
    assert data == {
        "event": "order_paid", "sum": {"property": "amount", "gte": 1250}, "within": "6w",
        "where": {"property": "amount", "op": "gt", "value": 5},
        "then": {"event": "returned", "is": False, "within": "7d"},
    }  # fmt: skip


def test_typed_fields_come_over_the_rule_that_was_shown() -> None:
    rule = {"all": [{"attribute": "city", "op": "in", "value": ["a"]}, BOUGHT]}
    data = {"rule": json.dumps(rule), "rule:r-0:value.add": 'b; "c, d"', "rule:r-1:within.n": "90",
            "rule:r-1:asked.n": "5", "rule:r-9:op": "eq", "rule:x:op": "eq"}  # fmt: skip
    it = Editor.of_form(data, SEEN)
    assert it.json["all"][0]["value"] == ["a", "b", "c, d"]
    assert it.json["all"][1]["count"] == {"gte": 5}
    assert it.json["all"][1]["within"] == "90d"
    it.act("undo", {})
    assert it.json == rule


def test_an_empty_field_is_to_be_filled_in_and_a_wrong_one_is_told_at_its_place() -> None:
    rule = {"all": [
        {"random": {"salt": "a", "below": "lots"}}, {"event": "order_paid", "within": "-3d"},
        {"event": "order_paid", "sum": {"property": "amount", "gte": "x"}},
        {"event": "order_paid", "then": {"event": ""}}, {"any": []},
    ]}  # fmt: skip
    view = shown(Editor.of_rule(rule, SEEN))
    wrong, window, sum_, then, empty = view.root.parts
    assert wrong.line
    assert [each.part for each in wrong.line.controls() if each.problem] == ["below"]
    assert window.line
    assert [each.part for each in window.line.controls() if each.problem] == ["within.n"]
    assert sum_.line
    assert [each.part for each in sum_.line.controls() if each.problem] == ["asked.n"]
    assert then.todo
    assert not then.problems
    assert empty.todo
    assert not empty.problems
    assert (view.wrong, view.todo) == (3, 2)


def deep(depth: int) -> str:
    return '{"not": ' * depth + '{"segment": "a"}' + "}" * depth


@pytest.mark.parametrize("text", [
    deep(1_000), deep(100_000), '{"all": [' * 500 + "]}" * 500, "[" * 100_000, "{", "nope", "NaN",
    '{"all": [{"attribute": "city", "value": 1e999}]}', '"\\ud800"', '{"a": "\\u0000"}',
    json.dumps({"all": [{"segment": "a"}] * 500}), "5", "[]", '{"all": 5}', '{"not": []}',
    json.dumps({"attribute": "city", "op": "in", "value": ["x"] * 10_000}),
    json.dumps({"attribute": "city", "op": ["x"], "value": {"a": [[]]}}),
    json.dumps({"event": "e", "count": [], "within": {}, "where": 7, "then": [], "which": {}}),
    json.dumps({"event": "e", "first": {"op": {}}, "from": [], "to": 5, "since": 1}),
    json.dumps({"consent": {}, "x": 1}), json.dumps({"random": {"below": True, "from": []}}),
    json.dumps({"tag": "t", "op": "in", "value": [{}, []], "since": []}),
    json.dumps({"attribute": "city", "op": "matches", "value": "(a+)+$"}),
], ids=lambda text: text[:40])  # fmt: skip
def test_garbage_is_a_sentence_and_never_a_crash(text: str) -> None:
    it = Editor.of_form({"rule": text, "rule.past": "garbage"}, SEEN)
    view = shown(it)
    rule, problems = it.read()
    if rule is None:
        assert all(each.text for each in problems)
    for _path, leaf in it.leaves():
        for control in line_of(json.loads(json.dumps(leaf.data)), SEEN).controls():
            set_part(leaf.data, control.part, "7", SEEN)
    before = it.text
    it.act("replace r", {"rule.json": text})
    assert it.notice or it.text or before
    assert view.root.join


def test_what_is_too_deep_or_too_large_is_refused_with_a_sentence() -> None:
    for text, word in ((deep(1_000), "deep"), ("[" * 100_000, "deep"), ("x", "JSON")):
        with pytest.raises(TreeError, match=word):
            read_tree(parse(text))
    with pytest.raises(TreeError, match="conditions"):
        read_tree({"all": [{"segment": "a"}] * 500})
    with pytest.raises(TreeError, match="characters"):
        parse(" " * 500_000)


def test_a_history_that_came_back_broken_is_an_empty_one() -> None:
    history = History("a").to("b").to("c").undo()
    again = History.unpack("b", history.pack())
    assert again == history
    assert again.redo().now == "c"
    for text in ("", "x", "é", "AAAA", history.pack()[:8], "A" * 1_000_000):
        assert History.unpack("b", text) == History("b")
    assert len(History("0").to("1").past) == 1


def test_places_lead_back_to_lines() -> None:
    tree = read_tree({"all": [{"not": {"any": [{"segment": "a"}, {"not": {"segment": "b"}}]}}]})
    found = places(tree)
    assert found["rule.all[0].not.any[1].not"] == (0, 1)
    assert found["rule.all[0]"] == (0,)
    it = Editor(tree, SEEN)
    told = it.problems_by_path([Problem("rule.all[0].not.any[1].not.segment", "gone")])
    assert told == {(0, 1): [Problem("segment", "gone")]}
    with pytest.raises(LookupError):
        read_path("r-x")


def test_figures_and_lengths_as_people_type_them() -> None:
    typed: list[tuple[str, Any]] = [
        ("1,200", 1200), ("2.50", 2.5), ("−3", -3), ("", None), ("12 apples", "12 apples"),
        ("1e400", "1e400"), ("１２", 12),
    ]  # fmt: skip
    assert [number_or_text(text) for text, _value in typed] == [value for _text, value in typed]
    assert text_of(float("inf")) == "inf"
    assert read_span("1d12h") == ("36", "h")
    assert read_span("-3d") == ("-3", "d")
    assert write_span("36h", "d") == "36h"
    assert many("a; b，c\n\nd") == ["a", "b", "c", "d"]


# helpers


def _plain(data: Any) -> Any:
    """A rule as it would be stored, when it can be read."""
    rule, _problems = read_rule(data, vocabulary=Words(), in_journey=True)  # type: ignore[arg-type]
    return rule.to_json() if rule else json.loads(json.dumps(data).replace("1d12h", "36h"))


def test_the_event_that_follows_is_shown_by_its_name_and_kept_by_its_code() -> None:
    data: dict[str, Any] = {"event": "viewed", "then": {"event": "order_paid", "within": "7d"}}
    line = line_of(data, Seen())
    event = next(each for each in line.controls() if each.part == "then.event")
    assert event.value == "Order paid"
    event.put("Order paid")
    assert data["then"]["event"] == "order_paid"
    event.put("refunded")
    assert data["then"]["event"] == "refunded"
    event.put("")
    assert "event" not in data["then"]
