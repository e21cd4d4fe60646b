"""One typed test of one JSON value: as SQL, and the same in plain Python.

A missing value (absent, null, or of another type) makes eq, in, gt … lte and contains false; ne,
not_in and missing are the exact opposites of eq, in and exists. The SQL is never NULL.
"""

from __future__ import annotations

import json
import operator
import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from customers.rules.nodes import OPPOSITES, ORDERED, SIGNS, Compiled, Test
from customers.rules.values import resolve_relative

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def compile_test(test: Test, value: Compiled, now: datetime | None) -> Compiled:
    """SQL that tests the jsonb expression *value*."""
    opposite = OPPOSITES.get(test.op)
    if opposite:
        sql, params = compile_test(Test(opposite, test.kind, test.value), value, now)
        return Compiled(f"(NOT {sql})", params)
    sql, params = value
    if test.op == "exists":
        return Compiled(f"(({sql}) <> 'null'::jsonb) IS TRUE", params)
    wanted = _resolved(test, now)
    if test.op == "eq":
        return Compiled(f"(({sql}) = %s::jsonb) IS TRUE", (*params, json.dumps(wanted)))
    if test.op == "in":
        texts = [json.dumps(each) for each in wanted]
        return Compiled(f"(({sql}) = ANY(%s::jsonb[])) IS TRUE", (*params, texts))
    if test.op in ORDERED:
        return _ordered(test, wanted, value)
    return Compiled(
        f"(CASE jsonb_typeof({sql}) WHEN 'string' THEN %s AND strpos(({sql}) #>> '{{}}', %s) > 0"
        f" WHEN 'array' THEN ({sql}) @> %s::jsonb END) IS TRUE",
        (
            *params,
            test.kind != "list",
            *params,
            wanted if isinstance(wanted, str) else "",
            *params,
            json.dumps([wanted]),
        ),
    )


def holds(test: Test, value: Any, now: datetime | None) -> bool:
    """The same answer in Python; *value* as json.loads gives it, None when absent."""
    opposite = OPPOSITES.get(test.op)
    if opposite:
        return not holds(Test(opposite, test.kind, test.value), value, now)
    if value is None:
        return False
    if test.op == "exists":
        return True
    wanted = _resolved(test, now)
    if test.op == "eq":
        return _same(value, wanted)
    if test.op == "in":
        return any(_same(value, each) for each in wanted)
    if test.op in ORDERED:
        return _holds_ordered(test, value, wanted)
    if isinstance(value, str):
        return test.kind != "list" and isinstance(wanted, str) and wanted in value
    return isinstance(value, list) and any(_same(each, wanted) for each in value)


# helpers


def _resolved(test: Test, now: datetime | None) -> Any:
    if now is None:
        return test.value
    if isinstance(test.value, tuple):
        return tuple(resolve_relative(each, test.kind, now) for each in test.value)
    return resolve_relative(test.value, test.kind, now)


def _ordered(test: Test, wanted: Any, value: Compiled) -> Compiled:
    sql, params = value
    sign = SIGNS[test.op]
    if test.kind == "number":
        return Compiled(
            f"(CASE WHEN jsonb_typeof({sql}) = 'number'"
            f" THEN ({sql})::numeric {sign} %s::numeric END) IS TRUE",
            (*params, *params, Decimal(repr(wanted))),
        )
    text = f"(({sql}) #>> '{{}}')"
    left = f"left({text}, 10)" if test.kind == "date" else text
    return Compiled(
        f"(CASE WHEN jsonb_typeof({sql}) = 'string'"
        f" AND {text} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}'"
        f' THEN {left} COLLATE "C" {sign} %s END) IS TRUE',
        (*params, *params, *params, wanted),
    )


def _holds_ordered(test: Test, value: Any, wanted: Any) -> bool:
    if test.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return _in_order(test.op, Decimal(repr(value)), Decimal(repr(wanted)))
    if not isinstance(value, str) or not _DAY.match(value):
        return False
    return _in_order(test.op, value[:10] if test.kind == "date" else value, wanted)


def _in_order(op: str, left: Any, right: Any) -> bool:
    compare = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
    return bool(compare[op](left, right))


def _same(value: Any, wanted: Any) -> bool:
    """Equal and of one JSON type: 1 is not true, and "1" is not 1."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, int | float) and isinstance(wanted, int | float):
        return Decimal(repr(value)) == Decimal(repr(wanted))
    return isinstance(value, str) and value == wanted
