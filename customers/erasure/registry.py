"""What has to be erased of a customer: every floor registers its tables here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Person:
    """Everybody she ever was, and what is known of her, to be found in texts.

    `values`: identities, names and personal attributes in small letters; `digits`: the digits of
    her numbers. They are gone from memory with the transaction.
    """

    ids: list[int]
    values: list[str]
    digits: list[str]
    now: datetime

    @property
    def params(self) -> dict[str, Any]:
        """For the SQL of `Rows`: ids, values, digits, patterns (of LIKE), now."""
        return {
            "ids": self.ids,
            "values": self.values,
            "digits": self.digits,
            "patterns": [f"%{_escaped(value)}%" for value in self.values if len(value) > SHORT],
            "number_patterns": [f"%{digits}%" for digits in self.digits if len(digits) > SHORT],
            "now": self.now,
        }


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table that hold something of her.

    `name` says what they are; `where` is SQL over the alias t with the parameters of a Person.
    With `change`, the SET of an UPDATE, the rows stay without what is hers; without it they go.
    """

    table: str
    name: str | Promise
    where: str
    change: str = ""


Hook = Callable[[Any, Person], None]
SHORT: Final = 4  # characters; what is shorter stands in too many other texts
_rows: dict[str, list[Rows]] = {}
_before: dict[str, Hook] = {}
_after: dict[str, Hook] = {}
_alone: dict[str, str] = {}


def register(floor: str, rows: list[Rows]) -> None:
    """Let an erasure empty these tables, in this order. Registering twice is the same as once."""
    _rows[floor] = rows


def before_all(code: str, hook: Hook) -> None:
    """Call `hook(cursor, person)` before anything is erased: to end what still goes on for her."""
    _before[code] = hook


def after_all(code: str, hook: Hook) -> None:
    """Call `hook(cursor, person)` when everything is erased."""
    _after[code] = hook


def leave_alone(**tables: str) -> None:
    """Say of tables with a column for customers why an erasure needs nothing of them."""
    _alone.update(tables)


def registered() -> list[Rows]:
    """All rows of all floors, the upper floors first: they look up what lies below."""
    return [rows for floor in reversed(list(_rows)) for rows in _rows[floor]]


def hooks() -> tuple[list[Hook], list[Hook]]:
    """What is called before and after."""
    return list(_before.values()), list(_after.values())


def tables() -> set[str]:
    """Tables of which is known what an erasure does with them."""
    return {rows.table for rows in registered()} | set(_alone)


# helpers


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
