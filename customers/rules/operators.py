"""The operators of the language: names, opposites, and which fit which type.

A missing value (absent, null, or of another type) fulfils none of them but `missing` and the
opposites below, which hold for everybody for whom the plain form does not.
"""

from __future__ import annotations

from typing import Final

OPS: Final = (
    "eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "between",
    "contains", "not_contains", "starts_with", "ends_with", "matches",
    "contains_any", "contains_all", "contains_none", "anniversary", "exists", "missing",
)  # fmt: skip
ALIASES: Final = {
    "=": "eq", "==": "eq", "!=": "ne", "<>": "ne", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte",
}  # fmt: skip
OPPOSITES: Final = {
    "ne": "eq",
    "not_in": "in",
    "missing": "exists",
    "not_contains": "contains",
    "contains_none": "contains_any",
}
NO_VALUE: Final = frozenset(("exists", "missing"))
MANY_VALUES: Final = frozenset(("in", "not_in", "contains_any", "contains_all", "contains_none"))
ORDERED: Final = frozenset(("gt", "gte", "lt", "lte"))
SIGNS: Final = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "="}

_EQUAL = frozenset(("eq", "ne", "in", "not_in", "exists", "missing"))
_RANGE = ORDERED | {"between"}
FITTING: Final[dict[str, frozenset[str]]] = {
    "text": _EQUAL | {"contains", "not_contains", "starts_with", "ends_with", "matches"},
    "number": _EQUAL | _RANGE,
    "date": _EQUAL | _RANGE | {"anniversary"},
    "datetime": _EQUAL | _RANGE | {"anniversary"},
    "boolean": frozenset(("eq", "ne", "exists", "missing")),
    "list": frozenset((
        "contains", "not_contains", "contains_any", "contains_all", "contains_none",
        "exists", "missing",
    )),
}  # fmt: skip


def fitting(kind: str) -> list[str]:
    """The operators that have a meaning for a type, in the order in which pages offer them."""
    return [op for op in OPS if op in FITTING[kind]]
