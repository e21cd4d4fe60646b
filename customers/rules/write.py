"""Tests back as JSON, in the form in which they are stored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from customers.rules.duration import write_duration
from customers.rules.nodes import Relative, Test
from customers.rules.operators import NO_VALUE


def test_json(test: Test) -> dict[str, Any]:
    """`op` and `value` of a test."""
    if test.op in NO_VALUE:
        return {"op": test.op}
    if test.op == "anniversary":
        return {"op": test.op, "value": {"days": list(test.value)}}
    if isinstance(test.value, tuple):
        return {"op": test.op, "value": [_value(each) for each in test.value]}
    return {"op": test.op, "value": _value(test.value)}


# helpers


def _value(value: Any) -> Any:
    if not isinstance(value, Relative):
        return value
    if not value.offset:
        return {"ago": "0d"}
    side = "ahead" if value.offset > timedelta(0) else "ago"
    return {side: write_duration(abs(value.offset))}
