"""The audience language as data. What is here was read and checked, and holds ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, NamedTuple

from django.utils.translation import get_language

Op = Literal["eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "contains", "exists", "missing"]
OPS: tuple[Op, ...] = (
    "eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "contains", "exists", "missing",
)  # fmt: skip
ALIASES: dict[str, Op] = {
    "=": "eq", "==": "eq", "!=": "ne", "<>": "ne", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte",
}  # fmt: skip
OPPOSITES: dict[Op, Op] = {"ne": "eq", "not_in": "in", "missing": "exists"}
NO_VALUE: frozenset[Op] = frozenset(("exists", "missing"))
ORDERED: frozenset[Op] = frozenset(("gt", "gte", "lt", "lte"))
SIGNS: dict[Op, str] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "="}


class Title(NamedTuple):
    """The name of something, in the reader's language when it is printed."""

    name: str
    names: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return dict(self.names).get(get_language() or "") or self.name


class Compiled(NamedTuple):
    """SQL with %s placeholders and its parameters, in order."""

    sql: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Relative:
    """A moment before (negative) or after now, as a value: {"ago": "30d"}."""

    offset: timedelta


@dataclass(frozen=True, slots=True)
class Test:
    """A typed comparison. `kind` is text, number, date, datetime, boolean or list."""

    op: Op
    kind: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class PropertyCondition:
    """A condition over a JSON object: one test of a property, or all, any, not of such."""

    join: Literal["test", "all", "any", "not"]
    name: str = ""
    test: Test | None = None
    parts: tuple[PropertyCondition, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The condition as it is written."""
        from customers.rules.write import property_json

        return property_json(self)


@dataclass(frozen=True, slots=True)
class Attribute:
    code: str
    title: Title
    test: Test


@dataclass(frozen=True, slots=True)
class Tag:
    id: int
    code: str
    title: Title
    test: Test


@dataclass(frozen=True, slots=True)
class Event:
    """`count` happenings compare with `number`, inside `within` before now or since the entry."""

    name: str
    title: Title
    op: Op
    number: int
    within: timedelta | None = None
    since_entry: bool = False
    where: PropertyCondition | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    id: int
    code: str
    title: Title


@dataclass(frozen=True, slots=True)
class Consent:
    channel: str
    purpose: str
    state: str  # of ConsentState, or "unknown"
    brand_id: int | None = None
    brand: str = ""


@dataclass(frozen=True, slots=True)
class Random:
    salt: str
    below: float


@dataclass(frozen=True, slots=True)
class Entry:
    """A property of the event by which the customer entered the journey."""

    name: str
    test: Test


@dataclass(frozen=True, slots=True)
class Group:
    join: Literal["all", "any", "not"]
    parts: tuple[Node, ...]


Leaf = Attribute | Tag | Event | Segment | Consent | Random | Entry
Node = Group | Leaf


@dataclass(frozen=True, slots=True)
class Rule:
    """A checked rule: compile it, say it, or write it as JSON again."""

    root: Node

    def to_json(self) -> dict[str, Any]:
        """The rule as it is written."""
        from customers.rules.write import node_json

        return node_json(self.root)
