"""A rule that can't be used is refused with every place and reason, never guessed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.utils import translation
from django.utils.html import strip_tags

from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Attribute, EventType, Tag
from customers.rules import read_duration, read_property_condition, read_rule, say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def words() -> None:
    Attribute.objects.create(code="city", name="City", names={"zh-hans": "城市"}, data_type="text")
    Attribute.objects.create(code="points", name="Points", data_type="number")
    Tag.objects.create(code="tier", name="Tier")


def places(data: Any, **options: Any) -> list[str]:
    rule, problems = read_rule(data, **options)
    assert rule is None
    return [problem.place for problem in problems]


def test_every_problem_is_found_at_once() -> None:
    data = {
        "all": [
            {"attribute": "town", "op": "eq", "value": "x"},
            {"attribute": "points", "op": "gt", "value": "many"},
            {"attribute": "city", "op": "gt", "value": "x"},
            {"event": "kettle filled", "within": "-3d", "count": {"gte": -1}},
            {"any": []},
            {"segment": "nobody", "extra": 1},
            {"random": {"salt": "", "below": 2}},
            {"consent": {"channel": "fax", "purpose": "marketing", "is": "yes"}},
            "text",
            {},
        ]
    }
    assert places(data) == [
        "rule.all[0].attribute",
        "rule.all[1].value",
        "rule.all[2].op",
        "rule.all[3].event",
        "rule.all[3].count.gte",
        "rule.all[3].within",
        "rule.all[4].any",
        "rule.all[5].extra",
        "rule.all[5].segment",
        "rule.all[6].random.salt",
        "rule.all[6].random.below",
        "rule.all[7].consent.channel",
        "rule.all[7].consent.is",
        "rule.all[8]",
        "rule.all[9]",
    ]


def test_what_version_two_refuses() -> None:
    Attribute.objects.create(code="born", name="Born", data_type="date")
    data = {
        "all": [
            {"event": "a", "sum": {"property": "x"}},
            {"event": "a", "sum": {"property": "x", "gte": "many"}},
            {"event": "a", "count": {"gte": 1}, "sum": {"property": "x", "gte": 1}},
            {"event": "a", "from": "2026-02-01", "to": "2026-01-01"},
            {"event": "a", "within": "3d", "from": "2026-01-01"},
            {"event": "a", "which": "first", "sum": {"property": "x", "gte": 1}},
            {"event": "a", "then": {"event": "b", "is": "no", "same": "x", "later": "week"}},
            {"event": "a", "last": {"op": "gte", "value": "yesterday"}},
            {"attribute": "born", "op": "anniversary", "value": {"days": [0, 9000]}},
            {"attribute": "born", "op": "between", "value": ["2026-02-01", "2026-01-01"]},
            {"attribute": "city", "op": "matches", "value": "(a+)+"},
            {"tag": "tier", "op": "missing", "since": {"op": "gte", "value": {"ago": "3d"}}},
            {"customer": "shoe size", "op": "eq", "value": 1},
            {"reachable": {"channel": "fax"}},
            {"identity": "passport"},
            {"random": {"salt": "a", "from": 0.5, "below": 0.2}},
        ]
    }
    found = [place.removeprefix("rule.all") for place in places(data) if "event" not in place[-6:]]
    assert found == [
        "[0].sum",
        "[1].sum.gte",
        "[2].sum",
        "[3].to",
        "[4].from",
        "[5].which",
        "[6].then.is",
        "[6].then.later",
        "[6].then.same",
        "[7].last.value",
        "[8].value",
        "[9].value",
        "[10].value",
        "[11].since",
        "[12].customer",
        "[13].reachable.channel",
        "[14].identity",
        "[15].random.from",
    ]


def test_the_version_is_read_and_others_are_refused() -> None:
    for version in (1, 2):
        rule, problems = read_rule({"schema": version, "all": [{"tag": "tier"}]})
        assert rule is not None, problems
    wrongs: list[Any] = [0, 3, "2", True, None, {}]
    for wrong in wrongs:
        assert places({"schema": wrong, "tag": "tier"}) == ["rule.schema"]


def test_a_chain_of_five_events_is_refused() -> None:
    rule: dict[str, Any] = {"event": "a"}
    for _ in range(6):
        rule = {"event": "a", "then": rule}
    assert places(rule)[-1] == "rule.then.then.then.then.then"


def test_a_rule_a_thousand_deep_is_refused() -> None:
    data: dict[str, Any] = {"tag": "tier"}
    for _ in range(1000):
        data = {"not": data}
    assert len(places(data)) == 1


def test_too_many_conditions_and_values_are_refused() -> None:
    assert places({"any": [{"tag": "tier"}] * 300}) == ["rule.any[199]"]
    values = [str(i) for i in range(10_000)]
    assert places({"attribute": "city", "op": "in", "value": values}) == ["rule.value"]


def test_null_characters_are_refused() -> None:
    assert places({"attribute": "city", "value": "a\x00b", "op": "eq"}) == ["rule.value"]
    assert places({"event": "a\x00b"}) == ["rule.event"]


def test_the_entry_exists_only_in_a_journey() -> None:
    entry = {"entry": "amount", "op": ">=", "value": 10}
    assert places(entry) == ["rule"]
    rule, problems = read_rule(entry, in_journey=True)
    assert rule is not None
    assert problems == []


def test_an_event_never_seen_is_only_a_warning() -> None:
    rule, problems = read_rule({"event": "kettle filled"})
    assert rule is not None
    assert [problem.is_warning for problem in problems] == [True]


def test_signs_are_understood_as_operators() -> None:
    condition, problems = read_property_condition({"property": "amount", "op": ">=", "value": 10})
    assert condition is not None, problems
    assert condition.to_json() == {"property": "amount", "op": "gte", "value": 10}


def test_words_in_both_languages() -> None:
    rule, _problems = read_rule(
        {
            "all": [
                {"attribute": "city", "op": "in", "value": ["<b>", "杭州"]},
                {"event": "order paid", "count": {"gte": 2}, "within": "30d"},
            ]
        }
    )
    assert rule is not None
    with translation.override("en"):
        assert say(rule) == (
            "Customers for whom this holds: City is one of <em>&lt;b&gt; or 杭州</em>, and "
            "<em>order paid</em> happened at least <em>2 times</em> in the last <em>30 days</em>."
        )
    with translation.override("zh-hans"):
        assert "城市" in say(rule)


@pytest.mark.parametrize("is_known", [True, False])
def test_events_have_names_in_both_languages(is_known: bool, now: datetime) -> None:
    """Those of the product by themselves, others by their type, whichever came first."""
    if is_known:
        facts = [EventFact("message_opened", now), EventFact("seat_taken", now)]
        ingest(Batch("shop", [Item("1", [("user_id", "a")], events=facts)]), now=now)
        EventType.objects.filter(code="seat_taken").update(names={"zh-hans": "入座"})
    rule, _problems = read_rule(
        {
            "all": [
                {"event": "message_opened", "then": {"event": "message_clicked", "within": "1d"}},
                {"event": "seat_taken"},
            ]
        }
    )
    assert rule is not None
    with translation.override("en"):
        words = say(rule)
        assert "<em>Message opened</em>" in words
        assert "<em>Link in a message clicked</em>" in words
        assert "<em>seat taken</em>" in words
    with translation.override("zh-hans"):
        words = say(rule)
        assert "<em>打开消息</em>" in words
        assert "<em>点击消息链接</em>" in words
        assert ("<em>入座</em>" if is_known else "<em>seat taken</em>") in words


@pytest.mark.parametrize(
    ("name", "names", "shown"),
    [
        ("message sent", {}, "消息已发送"),  # as the door names it
        ("message_sent", {}, "消息已发送"),
        ("Mail left", {}, "Mail left"),  # an admin gave it a name of her own
        ("message sent", {"zh-hans": "已发信"}, "已发信"),
    ],
)
def test_what_an_admin_called_an_event_goes_first(
    name: str, names: dict[str, str], shown: str
) -> None:
    with translation.override("zh-hans"):
        assert EventType(code="message_sent", name=name, names=names).title == shown


@pytest.mark.parametrize("text", ["", "3", "d", "3x", "-3d", "0d", "99999d", 5, None])
def test_a_bad_length_of_time_is_refused(text: Any) -> None:
    with pytest.raises(ValueError):
        read_duration(text)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            "(viewed, not followed by bought within 7 days) happened at least 2 times in the last",
        ),
        ("zh-hans", "近 90 天内发生（viewed，之后 7 天内没有bought）至少 2 次"),
    ],
)
def test_a_chain_that_is_counted_stands_in_brackets(language: str, words: str) -> None:
    then = {"event": "bought", "within": "7d", "is": False}
    rule, _problems = read_rule(
        {"event": "viewed", "then": then, "count": {"gte": 2}, "within": "90d"}
    )
    assert rule is not None
    with translation.override(language):
        assert words in strip_tags(say(rule)).replace("\xa0", " ")
