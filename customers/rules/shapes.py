"""Pieces of the JSON schema that several kinds of conditions share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from customers.rules.operators import ALIASES, OPS

TEXT: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "maxLength": 120}
DURATION: Final[dict[str, Any]] = {"$ref": "#/$defs/duration"}
MOMENT: Final[dict[str, Any]] = {"$ref": "#/$defs/moment"}
WHERE: Final[dict[str, Any]] = {"$ref": "#/$defs/where"}
COMPARISON: Final[dict[str, Any]] = {
    op: {"type": "number"} for op in ("eq", "gt", "gte", "lt", "lte")
}
TEST: Final[dict[str, Any]] = {"op": {"enum": [*OPS, *ALIASES]}, "value": True}


def record(required: Sequence[str] = (), /, **fields: Any) -> dict[str, Any]:
    """An object with these fields and no others."""
    return {
        "type": "object",
        "properties": fields,
        "required": list(required),
        "additionalProperties": False,
    }


def condition(key: str, shape: dict[str, Any], /, **fields: Any) -> dict[str, Any]:
    """A condition named by *key*."""
    return record((key,), **{key: shape}, **fields)


def one_of(words: Sequence[str]) -> dict[str, Any]:
    """One of a few words."""
    return {"enum": list(words)}


MOMENT_TEST: Final[dict[str, Any]] = record(
    op=one_of(["gt", "gte", "lt", "lte", "between", "exists", "missing"]),
    value={"anyOf": [MOMENT, {"type": "array", "items": MOMENT, "minItems": 2, "maxItems": 2}]},
)
