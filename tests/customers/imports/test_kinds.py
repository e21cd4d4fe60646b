"""Types recognised, values read, conditions and mappings checked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from customers.imports import BadMapping, read_mapping
from customers.imports.conditions import Condition
from customers.imports.kinds import reader, recognise
from customers.imports.refusals import harmless
from customers.imports.values import BadValue

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2.5", "1,234.50", ""], "number"),
        (["00001", "00002"], "text"),
        (["19970101", "19981231"], "date"),
        (["19970101", "19971301"], "number"),
        (["2026-01-31", "2026/2/1", "2026年3月4日"], "date"),
        (["2026-01-31 09:30", "2026-02-01T10:00:00+08:00"], "datetime"),
        (["31.01.2026", "01.02.2026"], "date_dmy"),
        (["01/31/2026", "02/01/2026"], "date_mdy"),
        (["01/02/2026", "03/04/2026"], "text"),
        (["13812346021", "13900000000"], "phone"),
        (["+86 138 1234 6021"], "phone"),
        (["a@example.com", "b@example.org"], "email"),
        (["yes", "No"], "yes_no"),
        (["是", "否"], "yes_no"),
        (["a", "1"], "text"),
        (["1990-01-31"] * 19 + ["1990-02-30"], "date"),
        (["1990-01-31"] * 17 + ["never"] * 3, "text"),
        (["13812346021"] * 19 + ["12"], "phone"),
        (["85123"] * 19 + ["85123A"], "text"),
        ([], "text"),
        ([True, None], "yes_no"),
        ([1.5, float("nan"), 2], "number"),
        ([date(2026, 1, 1)], "date"),
    ],
)
def test_recognised(values: list[object], expected: str) -> None:
    assert recognise(values) == expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("number", "1,234.50", Decimal("1234.50")),
        ("number", "7", 7),
        ("date", "19970102", date(1997, 1, 2)),
        ("datetime", "2026-01-31 09:30", datetime(2026, 1, 31, 1, 30, tzinfo=UTC)),
        ("datetime", "2026-01-31T09:30:00Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("date_dmy", "03/04/2026", date(2026, 4, 3)),
        ("date_mdy", "03/04/2026", date(2026, 3, 4)),
        ("yes_no", "Y", True),
        ("text", 17850.0, "17850"),
    ],
)
def test_read(kind: str, value: object, expected: object) -> None:
    assert reader(kind, SHANGHAI)(value) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("date", "2026-02-30"),
        ("datetime", "2026-01-31 25:00"),
        ("number", "12 apples"),
        ("number", float("inf")),
        ("yes_no", "perhaps"),
        ("date", "01/02/2026"),
    ],
)
def test_impossible_values_are_refused(kind: str, value: object) -> None:
    with pytest.raises(BadValue, match=r"\.$"):
        reader(kind, SHANGHAI)(value)


@pytest.mark.parametrize(
    ("op", "value", "cell", "expected"),
    [
        ("gt", 0, "3", True),
        ("gt", 0, -3, False),
        ("gt", 0, None, False),
        ("gt", 0, "many", False),
        ("eq", "a", "a", True),
        ("ne", "a", None, True),
        ("not_starts", "C", "C536379", False),
        ("not_starts", "C", "536379", True),
        ("exists", "", float("nan"), False),
        ("missing", "", " ", True),
    ],
)
def test_conditions(op: str, value: Any, cell: object, expected: bool) -> None:
    assert Condition("x", op, value).holds(cell) is expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        ("events", [], "columns"),
        ("events", {"columns": {"id": "identity:member_id"}}, "one name"),
        ("events", {"columns": {"day": "time"}, "event": "paid"}, "who it is"),
        ("customers", {"columns": {"id": "identity:member_id", "day": "time"}}, "only events"),
        ("customers", {"columns": {"id": "identity:nowhere"}}, "no kind of identity"),
        ("customers", {"columns": {"ID": "identity:member_id"}}, "no column “ID”"),
        ("customers", {"columns": {"id": "indentity:phone"}}, "no target"),
        ("customers", {"columns": {"id": "identity:phone", "day": "attribute:Day Of"}}, "Day Of"),
        ("tags", {"columns": {"id": "identity:phone", "day": "tag:nope"}}, "no tag “nope”"),
        ("list", {"columns": {"id": "identity:phone"}}, "segment"),
        (
            "customers",
            {"columns": {"id": ["identity:phone", "attribute:x"], "day": "attribute:x"}},
            "become the same",
        ),
        (
            "customers",
            {"columns": {"id": "identity:phone"}, "where": [{"column": "id", "op": "like"}]},
            "condition",
        ),
        ("customers", {"columns": {"id": "identity:phone"}, "timezone": "Moon"}, "time zone"),
        ("customers", {"columns": {"id": "identity:phone"}, "types": {"id": "blob"}}, "no type"),
    ],
)
def test_mappings_are_checked(kind: str, data: Any, sentence: str) -> None:
    with pytest.raises(BadMapping, match=sentence):
        read_mapping(data, kind, ["id", "day"])


@pytest.mark.django_db
def test_a_mapping_reads_what_it_writes() -> None:
    data = {
        "columns": {"id": "identity:phone", "day": ["time", "property:day"]},
        "event": "paid",
        "key": "id",
        "where": [{"column": "day", "op": "exists"}],
    }
    found = read_mapping(data, "events", ["id", "day"])
    assert read_mapping(found.to_json(), "events", ["id", "day"]) == found


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1"])
def test_formulas_are_disarmed(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless("plain = text") == "plain = text"
