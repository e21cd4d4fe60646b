"""The definition of a tag as data. What is here was read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from customers.models import DataType
from customers.rules import PropertyCondition, Rule
from customers.rules.nodes import Title

Statistic = Literal[
    "count", "sum", "average", "first", "last", "favourite", "days_since", "distinct"
]
STATISTICS: tuple[Statistic, ...] = (
    "count", "sum", "average", "first", "last", "favourite", "days_since", "distinct",
)  # fmt: skip
NUMBERS: frozenset[str] = frozenset(("count", "sum", "average", "days_since", "distinct"))
# Whether a statistic names a property: must, may or must not.
NEEDS_PROPERTY: frozenset[str] = frozenset(("sum", "average", "favourite", "distinct"))
MAY_PROPERTY: frozenset[str] = frozenset(("first", "last"))
LIFECYCLE = ("new", "active", "loyal", "sleeping", "lost")
FUNNELS: dict[str, tuple[str, ...]] = {
    "aarrr": ("acquisition", "activation", "retention", "revenue", "referral"),
    "aipl": ("aware", "interest", "purchase", "loyal"),
}


class Value(NamedTuple):
    """A value that customers may get, with its name."""

    code: str
    title: Title


class RuledValue(NamedTuple):
    """A value and the rule by which customers get it."""

    value: Value
    rule: Rule


class Points(NamedTuple):
    """Points that customers get for whom the rule holds; may be negative."""

    rule: Rule
    points: Decimal


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where classes part: at chosen figures, or at quantiles of what is found at a refresh."""

    values: tuple[Decimal, ...] = ()
    quantiles: int = 0

    @property
    def classes(self) -> int:
        """How many classes there are: one more than cuts."""
        return self.quantiles or len(self.values) + 1


@dataclass(frozen=True, slots=True)
class Events:
    """Which events count: of one type, perhaps under a condition, in a window before now."""

    name: str
    title: Title
    where: PropertyCondition | None = None
    window: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A statistic over events. `kind` is the type of its value (a DataType)."""

    of: Statistic
    events: Events
    property: str = ""
    kind: str = DataType.NUMBER


@dataclass(frozen=True, slots=True)
class Cell:
    """A named part of the RFM cube; each range of scores holds both of its ends."""

    value: Value
    r: tuple[int, int]
    f: tuple[int, int]
    m: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rfm:
    """Scores for days since the last event, their number and their sum; the first cell that fits
    wins, else `otherwise`."""

    events: Events
    amount: str
    recency: Cuts
    frequency: Cuts
    monetary: Cuts
    cells: tuple[Cell, ...]
    otherwise: Value | None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Loyal: last at most `active_days` ago and at least `loyal_times`. Else new: first at most
    `new_days` ago. Else active, sleeping (last at most `sleeping_days` ago) or lost."""

    events: Events
    new_days: int
    active_days: int
    sleeping_days: int
    loyal_times: int


@dataclass(frozen=True, slots=True)
class Stages:
    """Stages in order; the last whose rule holds wins. `kind` is aarrr, aipl or custom."""

    kind: str
    stages: tuple[RuledValue, ...]


@dataclass(frozen=True, slots=True)
class Tiers:
    """Classes of a fact from low to high. A class without a name gives no value."""

    fact: Fact
    cuts: Cuts
    names: tuple[Value | None, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """Values in order; the first whose rule holds wins, else `otherwise`."""

    values: tuple[RuledValue, ...]
    otherwise: Value | None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The sum of points as classes from low to high, or as itself when there are no names."""

    points: tuple[Points, ...]
    cuts: Cuts
    names: tuple[Value | None, ...]


Model = Rfm | Lifecycle | Stages | Tiers | Rules | Scorecard


@dataclass(frozen=True, slots=True)
class Definition:
    """How the values of a tag come about; None: people and systems give them."""

    of: Fact | Model | None = None

    @property
    def data_type(self) -> str:
        """The type of the values (a DataType); text for a tag that is assigned."""
        match self.of:
            case Fact():
                return self.of.kind
            case Scorecard(names=()):
                return DataType.NUMBER
        return DataType.TEXT

    def to_json(self) -> dict[str, Any]:
        """The definition as it is written."""
        from customers.tags.definition.write import definition_json

        return definition_json(self)
