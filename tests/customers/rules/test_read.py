"""A rule that can't be used is refused with every place and reason, never guessed."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from customers.models import Attribute, Tag
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
            "did <em>order paid</em> at least <em>2 times</em> in the last <em>30 days</em>."
        )
    with translation.override("zh-hans"):
        assert "城市" in say(rule)


@pytest.mark.parametrize("text", ["", "3", "d", "3x", "-3d", "0d", "99999d", 5, None])
def test_a_bad_length_of_time_is_refused(text: Any) -> None:
    with pytest.raises(ValueError):
        read_duration(text)
