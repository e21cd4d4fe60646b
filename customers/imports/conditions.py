"""Conditions on rows: which of a file are taken in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from customers.imports.values import is_empty, read_number, read_text

OPS: Final = ("eq", "ne", "gt", "gte", "lt", "lte", "exists", "missing", "starts", "not_starts")
UNARY: Final = ("exists", "missing")


@dataclass(frozen=True, slots=True)
class Condition:
    """A row is taken only if this holds for a cell; others are passed over."""

    column: str
    op: str
    value: str | int | float = ""

    def holds(self, cell: object) -> bool:
        """Whether a cell passes; numbers are compared as numbers, all else as text."""
        if self.op == "exists":
            return not is_empty(cell)
        if self.op == "missing":
            return is_empty(cell)
        if is_empty(cell):
            return self.op in ("ne", "not_starts")
        if self.op in ("starts", "not_starts"):
            return read_text(cell).startswith(str(self.value)) is (self.op == "starts")
        left: Any = read_text(cell)
        right: Any = self.value
        if not isinstance(right, str):
            try:
                left = read_number(cell)
            except ValueError:
                return self.op == "ne"
        else:
            right = right.strip()
        return bool(
            {
                "eq": left == right,
                "ne": left != right,
                "gt": left > right,
                "gte": left >= right,
                "lt": left < right,
                "lte": left <= right,
            }[self.op]
        )


def read_conditions(value: Any, problems: list[str]) -> tuple[Condition, ...]:
    """The conditions of a mapping; what is wrong with one is added to *problems*."""
    found = []
    for one in value or ():
        if not isinstance(one, Mapping) or "column" not in one or one.get("op") not in OPS:
            problems.append(
                _("A condition names a column and one of: %(known)s.") % {"known": ", ".join(OPS)}
            )
            continue
        bare = one.get("value", "")
        if isinstance(bare, bool) or not isinstance(bare, str | int | float):
            problems.append(_("The value of a condition is a text or a number."))
            continue
        if one["op"] not in UNARY and bare == "":
            problems.append(_("The condition on “%(column)s” has no value.") % one)
            continue
        found.append(Condition(str(one["column"]), one["op"], bare))
    return tuple(found)
