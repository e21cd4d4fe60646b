"""The published JSON schema of the audience language, and its version.

Version 2 adds to version 1: sums, averages, least and most, distinct values, first and last;
absolute windows; A then B; since when; identities, the record, reachability; and operators for
parts of texts, ranges, lists and anniversaries. What version 1 could say means the same in 2, but
that parts of texts are found in capital and small letters alike.
"""

from __future__ import annotations

from typing import Any, Final

from customers.rules import shapes

SCHEMA_VERSION: Final = 2
READABLE_VERSIONS: Final = (1, 2)


def json_schema() -> dict[str, Any]:
    """The schema by JSON Schema 2020-12, with a definition for each kind of condition.

    It says the form. Whether an attribute exists and an operator fits its type is told by
    `read_rule`.
    """
    from customers.rules.conditions import KINDS

    leaves = {key: kind.schema() for key, kind in KINDS.items()}
    leaf = shapes.condition("property", shapes.TEXT, **shapes.TEST)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Waypost rule",
        "version": SCHEMA_VERSION,
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {"anyOf": [*_groups("node"), *({"$ref": f"#/$defs/{key}"} for key in leaves)]},
            "where": {"anyOf": [*_groups("where"), leaf]},
            "duration": {
                "type": "string",
                "pattern": "^([0-9]{1,7}[wdhms] *)+$",
                "examples": ["90s", "15m", "24h", "3d", "1d12h"],
            },
            "moment": {
                "anyOf": [
                    {"type": "string", "format": "date"},
                    {"type": "string", "format": "date-time"},
                    shapes.record(("ago",), ago=shapes.DURATION),
                    shapes.record(("ahead",), ahead=shapes.DURATION),
                ]
            },
            **leaves,
        },
    }


# helpers


def _groups(inner: str) -> list[dict[str, Any]]:
    ref = {"$ref": f"#/$defs/{inner}"}
    schema = {"schema": {"enum": list(READABLE_VERSIONS)}}
    return [
        shapes.condition("all", {"type": "array", "items": ref}, **schema),
        shapes.condition("any", {"type": "array", "items": ref, "minItems": 1}, **schema),
        shapes.condition("not", ref, **schema),
    ]
