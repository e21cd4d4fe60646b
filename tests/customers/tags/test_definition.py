"""A definition that can't be used is refused with every place and reason; a good one is said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.utils import translation

from customers.models import Brand, EventType, Segment, Tag
from customers.tags.definition import Definition, read_definition, say
from customers.tags.labels import value_label, value_order
from customers.usage import uses_of_tags

pytestmark = pytest.mark.django_db

SPENT = {"of": "sum", "event": "order_paid", "property": "amount", "window": "90d"}
CELLS = [
    {"code": "best", "name": {"en": "Best", "zh-hans": "重要价值客户"}, "r": [4, 5], "m": [4, 5]},
    {"code": "slipping", "name": "Slipping", "r": [1, 3], "f": [3, 5], "m": [4, 5]},
]
RFM = {
    "of": "rfm",
    "event": "order_paid",
    "amount": "amount",
    "recency": {"values": [30, 90, 180, 365]},
    "frequency": {"quantiles": 5},
    "monetary": {"quantiles": 5},
    "cells": CELLS,
    "else": {"code": "rest", "name": "The rest"},
}
BOUGHT = {"event": "order_paid"}
GOOD: list[dict[str, Any]] = [
    {"schema": 1, "fact": {"of": "count", "event": "order_paid"}},
    {"schema": 1, "fact": SPENT},
    {"schema": 1, "fact": {"of": "last", "event": "order_paid"}},
    {"schema": 1, "fact": {"of": "last", "event": "order_paid", "property": "amount",
                           "as": "number"}},
    {"schema": 1, "fact": {"of": "favourite", "event": "order_paid", "property": "shop", "where":
                           {"property": "amount", "op": "gt", "value": 0}}},
    {"schema": 1, "fact": {"of": "days_since", "event": "order_paid"}},
    {"schema": 1, "model": RFM},
    {"schema": 1, "model": {"of": "lifecycle", "event": "order_paid", "new_days": 30,
                            "active_days": 90, "sleeping_days": 180, "loyal_times": 5}},
    {"schema": 1, "model": {"of": "stages", "kind": "aipl", "stages": [
        {"code": "aware", "name": "Aware", "rule": {"all": []}},
        {"code": "purchase", "name": "Purchase", "rule": BOUGHT}]}},
    {"schema": 1, "model": {"of": "tiers", "fact": SPENT, "cuts": {"values": [300, 1200.5]},
                            "names": [None, "silver", {"code": "gold", "name": "Gold"}]}},
    {"schema": 1, "model": {"of": "rules", "values": [
        {"code": "buyer", "name": "Buyer", "rule": BOUGHT}], "else": None}},
    {"schema": 1, "model": {"of": "scorecard", "points": [{"rule": BOUGHT, "points": -1.5}],
                            "cuts": [], "names": []}},
    {"schema": 1, "model": {"of": "scorecard", "points": [{"rule": BOUGHT, "points": 10}],
                            "cuts": [5], "names": ["cold", "warm"]}},
]  # fmt: skip


@pytest.fixture(autouse=True)
def words(now: datetime) -> None:
    EventType.objects.create(
        code="order_paid", name="Paid an order", names={"zh-hans": "支付订单"},
        first_seen_at=now, last_seen_at=now,
    )  # fmt: skip


def read(data: object) -> Definition:
    definition, problems = read_definition(data)
    assert definition is not None, problems
    return definition


def places(data: object) -> list[str]:
    definition, problems = read_definition(data)
    assert definition is None
    return [problem.place for problem in problems]


@pytest.mark.parametrize("data", GOOD)
def test_what_is_written_is_read_again_and_said(data: dict[str, Any]) -> None:
    definition = read(data)
    assert read(definition.to_json()) == definition
    said = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            said[language] = say(definition)
    assert "<em>" in said["en"]
    assert said["en"] != said["zh-hans"]
    assert "{" not in said["en"] + said["zh-hans"]


def test_every_problem_of_a_fact_is_found_at_once() -> None:
    fact = {
        "of": "sum", "event": "", "window": "-3d", "where": {"property": "x"}, "colour": "red",
        "as": "date",
    }  # fmt: skip
    assert places({"schema": 2, "fact": fact}) == [
        "definition.schema",
        "definition.fact.colour",
        "definition.fact.event",
        "definition.fact.window",
        "definition.fact.where.op",
        "definition.fact.property",
        "definition.fact.as",
    ]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"recency": {"values": [90, 30]}}, "recency.values"),
        ({"recency": {}}, "recency"),
        ({"recency": {"values": [1], "quantiles": 5}}, "recency"),
        ({"frequency": {"quantiles": 1}}, "frequency.quantiles"),
        ({"monetary": {"values": [float("nan")]}}, "monetary.values[0]"),
        ({"monetary": {"values": list(range(21))}}, "monetary.values"),
        ({"cells": []}, "cells"),
        ({"cells": [{"code": "a", "r": [5, 4]}]}, "cells[0].r"),
        ({"cells": [{"code": "a", "r": [4, 6]}]}, "cells[0].r[1]"),
        ({"cells": [{"code": "a"}, {"code": "a"}]}, "cells"),
        ({"cells": [{"code": "rest"}]}, "cells"),
        ({"cells": [{"code": "a\x00"}]}, "cells[0].code"),
        ({"amount": None}, "amount"),
    ],
)
def test_a_bad_rfm_is_refused(change: dict[str, Any], place: str) -> None:
    assert f"definition.model.{place}" in places({"schema": 1, "model": {**RFM, **change}})


@pytest.mark.parametrize(
    "model",
    [
        {"of": "horoscope"},
        "rfm",
        {"of": "stages", "kind": "aarrr", "stages": [{"code": "revenue", "rule": BOUGHT},
                                                     {"code": "activation", "rule": BOUGHT}]},
        {"of": "stages", "kind": "custom", "stages": [{"code": "a", "rule": {"tag": "nothing"}}]},
        {"of": "tiers", "fact": {"of": "last", "event": "order_paid"}, "cuts": {"values": [1]},
         "names": ["a", "b"]},
        {"of": "tiers", "fact": SPENT, "cuts": {"values": [1, 2]}, "names": ["a", "b"]},
        {"of": "rules", "values": []},
        {"of": "scorecard", "points": [{"rule": BOUGHT, "points": "ten"}]},
        {"of": "lifecycle", "event": "order_paid", "new_days": 30, "active_days": 90,
         "sleeping_days": 90, "loyal_times": 5},
    ],
)  # fmt: skip
def test_other_bad_models_are_refused(model: object) -> None:
    assert places({"schema": 1, "model": model})


@pytest.mark.parametrize("data", [None, [], "x", {"schema": 1}, {"schema": 1, "fact": {},
                                                               "model": {}}])  # fmt: skip
def test_what_is_no_definition_is_refused(data: object) -> None:
    assert places(data)


def test_an_event_never_seen_is_only_a_warning() -> None:
    definition, problems = read_definition(
        {"schema": 1, "fact": {"of": "count", "event": "kettle filled"}}
    )
    assert definition is not None
    assert [problem.is_warning for problem in problems] == [True]


def test_words_in_both_languages() -> None:
    with translation.override("en"):
        assert say(read({"schema": 1, "fact": SPENT})) == (
            "The value is the sum of <em>amount</em> over <em>Paid an order</em> "
            "in the last <em>90 days</em>."
        )
    with translation.override("zh-hans"):
        assert "支付订单" in say(read({"schema": 1, "fact": SPENT}))
        assert "重要价值客户" in say(read({"schema": 1, "model": RFM}))


def test_the_type_of_the_value_follows_from_the_definition() -> None:
    types = [read(data).data_type for data in GOOD]
    assert types == ["number", "number", "date", "number", "text", "number", "text", "text",
                     "text", "text", "text", "number", "text"]  # fmt: skip


def test_values_have_names() -> None:
    tag = Tag(code="rfm", name="RFM", kind="model", definition={"schema": 1, "model": RFM})
    with translation.override("zh-hans"):
        assert value_label(tag, "best") == "重要价值客户"
    with translation.override("en"):
        assert value_label(tag, "best") == "Best"
        assert value_label(tag, "rest") == "The rest"
        assert value_label(tag, "of old") == "of old"
    assert value_order(tag) == ["best", "slipping", "rest"]
    spent = Tag(code="spent", name="Spent", data_type="number")
    assert value_label(spent, "1234.5") == "1,234.50"


def test_levels_that_a_model_outside_tells_are_words() -> None:
    risk = Tag(code="risk", name="Risk", kind="predictive")
    with translation.override("zh-hans"):
        assert [value_label(risk, each) for each in ("low", "medium", "high", "0.7")] == [
            "低", "中", "高", "0.7"
        ]  # fmt: skip
    assert value_order(risk) == ["low", "medium", "high"]
    given = Tag(code="level", name="Level")
    with translation.override("zh-hans"):
        assert value_label(given, "low") == "low"


def test_segments_and_tags_that_use_a_tag_are_known() -> None:
    brand = Brand.objects.create(code="tea", name="Tea")
    Tag.objects.create(code="tier", name="Tier")
    Segment.objects.create(
        code="gold", name="Gold", kind="rule", brand=brand,
        rule={"all": [{"not": {"any": [{"tag": "tier", "op": "exists"}]}}]},
    )  # fmt: skip
    rules = {"of": "rules", "values": [{"code": "a", "name": "a", "rule": {"tag": "tier"}}]}
    Tag.objects.create(code="other", name="Other", definition={"schema": 1, "model": rules})
    uses = uses_of_tags(["tier", "other"])
    assert [(use.kind, use.name, use.brand_id) for use in uses["tier"]] == [
        ("segment", "Gold", brand.pk),
        ("tag", "Other", None),
    ]
    assert uses["other"] == []
