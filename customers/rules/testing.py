"""One typed test of one JSON value: as SQL, and the same in plain Python.

A missing value (absent, null, or of another type) fulfils nothing but `missing` and the other
opposites of customers.rules.operators. The SQL is never NULL. Comparing parts of texts takes
A to Z and a to z as the same; being equal does not.
"""

from __future__ import annotations

import json
import operator
import re
import string
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from customers.rules.nodes import Compiled, Relative, Test
from customers.rules.operators import OPPOSITES, ORDERED, SIGNS
from customers.rules.pattern import python_pattern, sql_pattern
from customers.rules.values import day_text, moment_text
from customers.rules.where import Where

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_A_DAY = "'^[0-9]{4}-[0-9]{2}-[0-9]{2}'"


def compile_test(test: Test, value: Compiled, where: Where) -> Compiled:
    """SQL that tests the jsonb expression *value*."""
    opposite = OPPOSITES.get(test.op)
    if opposite:
        sql, params = compile_test(Test(opposite, test.kind, test.value), value, where)
        return Compiled(f"(NOT {sql})", params)
    sql, params = value
    if test.op == "exists":
        return Compiled(f"(({sql}) <> 'null'::jsonb) IS TRUE", params)
    if test.op == "between":
        low, high = (
            compile_test(Test(op, test.kind, end), value, where)
            for op, end in zip(("gte", "lte"), test.value, strict=True)
        )
        return Compiled(f"({low.sql} AND {high.sql})", (*low.params, *high.params))
    if test.op == "anniversary":
        return _anniversary(test, value, where)
    if test.op in ORDERED:
        return _ordered(test, value, where)
    if test.op in ("eq", "in"):
        return _equal(test, value, where)
    if test.kind == "list":
        return _list(test, value)
    return _part(test, value)


def holds(test: Test, value: Any, now: datetime | None, zone: str = "UTC") -> bool:
    """The same answer in Python; *value* as json.loads gives it, None when absent."""
    opposite = OPPOSITES.get(test.op)
    if opposite:
        return not holds(Test(opposite, test.kind, test.value), value, now, zone)
    if value is None:
        return False
    match test.op:
        case "exists":
            return True
        case "between":
            low, high = (_resolved(end, test.kind, now, zone) for end in test.value)
            return _in_order("gte", test.kind, value, low) and _in_order(
                "lte", test.kind, value, high
            )
        case "anniversary":
            return _holds_anniversary(test, value, now, zone)
        case "gt" | "gte" | "lt" | "lte":
            wanted = _resolved(test.value, test.kind, now, zone)
            return _in_order(test.op, test.kind, value, wanted)
        case "eq":
            return _same(value, _resolved(test.value, test.kind, now, zone))
        case "in":
            return any(_same(value, _resolved(w, test.kind, now, zone)) for w in test.value)
    if test.kind == "list":
        return _holds_list(test, value)
    return isinstance(value, str) and _HOLDS_PART[test.op](value, test.value)


# helpers: SQL


def _equal(test: Test, value: Compiled, where: Where) -> Compiled:
    sql, params = value
    many = test.value if test.op == "in" else (test.value,)
    moving = [_wanted(each, test.kind, where) for each in many if isinstance(each, Relative)]
    fixed = [json.dumps(each) for each in many if not isinstance(each, Relative)]
    parts: list[Compiled] = []
    if len(fixed) == 1:
        parts.append(Compiled(f"(({sql}) = %s::jsonb) IS TRUE", (*params, fixed[0])))
    elif fixed:
        parts.append(Compiled(f"(({sql}) = ANY(%s::jsonb[])) IS TRUE", (*params, fixed)))
    parts += [
        Compiled(f"(({sql}) = to_jsonb({at.sql})) IS TRUE", (*params, *at.params)) for at in moving
    ]
    joined = " OR ".join(part.sql for part in parts)
    return Compiled(f"({joined})", tuple(param for part in parts for param in part.params))


def _ordered(test: Test, value: Compiled, where: Where) -> Compiled:
    sql, params = value
    sign = SIGNS[test.op]
    if test.kind == "number":
        return Compiled(
            f"(CASE WHEN jsonb_typeof({sql}) = 'number'"
            f" THEN ({sql})::numeric {sign} %s::numeric END) IS TRUE",
            (*params, *params, Decimal(repr(test.value))),
        )
    text = f"(({sql}) #>> '{{}}')"
    left = f"left({text}, 10)" if test.kind == "date" else text
    wanted = _wanted(test.value, test.kind, where)
    return Compiled(
        f"(CASE WHEN jsonb_typeof({sql}) = 'string' AND {text} ~ {_A_DAY}"
        f' THEN {left} COLLATE "C" {sign} {wanted.sql} END) IS TRUE',
        (*params, *params, *params, *wanted.params),
    )


def _anniversary(test: Test, value: Compiled, where: Where) -> Compiled:
    """Does the day come round again in those days? The 29th of February does on the 28th."""
    sql, params = value
    low, high = (where.day(timedelta(days=days)) for days in test.value)
    text = f"left(({sql}) #>> '{{}}', 10)"
    return Compiled(
        f"(CASE WHEN jsonb_typeof({sql}) = 'string' AND (({sql}) #>> '{{}}') ~ {_A_DAY} THEN EXISTS"
        f" (SELECT 1 FROM (SELECT {text} AS born, {low.sql} AS low, {high.sql} AS high) AS d,"
        " LATERAL (VALUES (left(d.low, 4)), (left(d.high, 4))) AS y (year)"
        ' WHERE y.year COLLATE "C" > left(d.born, 4) AND y.year || CASE'
        " WHEN substr(d.born, 5) = '-02-29' AND NOT (y.year::int %% 4 = 0"
        " AND (y.year::int %% 100 <> 0 OR y.year::int %% 400 = 0))"
        " THEN '-02-28' ELSE substr(d.born, 5) END"
        ' COLLATE "C" BETWEEN d.low AND d.high) END) IS TRUE',
        (*params, *params, *params, *low.params, *high.params),
    )


def _list(test: Test, value: Compiled) -> Compiled:
    sql, params = value
    if test.op == "contains_any":
        held = " OR ".join([f"({sql}) @> %s::jsonb"] * len(test.value))
        wanted = [p for each in test.value for p in (*params, json.dumps([each]))]
    else:
        many = test.value if test.op == "contains_all" else (test.value,)
        held, wanted = f"({sql}) @> %s::jsonb", [*params, json.dumps(list(many))]
    return Compiled(
        f"(CASE WHEN jsonb_typeof({sql}) = 'array' THEN {held} END) IS TRUE", (*params, *wanted)
    )


def _part(test: Test, value: Compiled) -> Compiled:
    sql, params = value
    text = f"(({sql}) #>> '{{}}')"
    if test.op == "matches":
        held, wanted = f"{text} ~ %s", sql_pattern(test.value)
    else:
        wanted = _small(test.value)
        small = f"translate({text}, '{string.ascii_uppercase}', '{string.ascii_lowercase}')"
        held = {
            "contains": f"strpos({small}, %s) > 0",
            "starts_with": f"starts_with({small}, %s)",
            "ends_with": f"right({small}, {len(wanted)}) = %s",
        }[test.op]
    return Compiled(
        f"(CASE WHEN jsonb_typeof({sql}) = 'string' THEN {held} END) IS TRUE",
        (*params, *params, wanted),
    )


def _wanted(value: Any, kind: str, where: Where) -> Compiled:
    """The value to compare with, as SQL of a text."""
    if not isinstance(value, Relative):
        return Compiled("%s::text", (value,))
    if kind == "date":
        return where.day(value.offset)
    return Compiled("%s::text", (moment_text(where.now + value.offset),))


# helpers: Python


def _resolved(value: Any, kind: str, now: datetime | None, zone: str) -> Any:
    if not isinstance(value, Relative):
        return value
    now = _needed(now)
    if kind == "date":
        return day_text(now, value.offset, zone)
    return moment_text(now + value.offset)


def _needed(now: datetime | None) -> datetime:
    if now is None:
        raise ValueError("A condition that is relative to now needs to be told what now is.")
    return now


def _in_order(op: str, kind: str, value: Any, wanted: Any) -> bool:
    compare = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}[op]
    if kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return bool(compare(Decimal(repr(value)), Decimal(repr(wanted))))
    if not isinstance(value, str) or not _DAY.match(value):
        return False
    return bool(compare(value[:10] if kind == "date" else value, wanted))


def _holds_anniversary(test: Test, value: Any, now: datetime | None, zone: str) -> bool:
    now = _needed(now)
    if not isinstance(value, str) or not _DAY.match(value):
        return False
    low, high = (day_text(now, timedelta(days=days), zone) for days in test.value)
    for year in {int(low[:4]), int(high[:4])}:
        if year <= int(value[:4]):
            continue
        day = value[5:10]
        if day == "02-29" and date(year, 3, 1) - date(year, 2, 28) == timedelta(days=1):
            day = "02-28"
        if low <= f"{year:04}-{day}" <= high:
            return True
    return False


def _holds_list(test: Test, value: Any) -> bool:
    if not isinstance(value, list):
        return False
    if test.op == "contains":
        return any(_same(each, test.value) for each in value)
    found = [any(_same(each, wanted) for each in value) for wanted in test.value]
    return any(found) if test.op == "contains_any" else all(found)


def _small(text: str) -> str:
    return text.translate(_SMALL)


_HOLDS_PART: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, wanted: _small(wanted) in _small(text),
    "starts_with": lambda text, wanted: _small(text).startswith(_small(wanted)),
    "ends_with": lambda text, wanted: _small(text).endswith(_small(wanted)),
    "matches": lambda text, wanted: python_pattern(wanted).fullmatch(text) is not None,
}


def _same(value: Any, wanted: Any) -> bool:
    """Equal and of one JSON type: 1 is not true, and "1" is not 1."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, int | float) and isinstance(wanted, int | float):
        return Decimal(repr(value)) == Decimal(repr(wanted))
    return isinstance(value, str) and value == wanted
