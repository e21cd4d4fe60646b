"""The tree of a rule and what its conditions are made of. What is here was read and checked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language

if TYPE_CHECKING:
    from customers.rules.reader import Reader
    from customers.rules.where import Where


class Title(NamedTuple):
    """The name of something, in the reader's language when it is printed."""

    name: str | Promise
    names: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return dict(self.names).get(get_language() or "") or str(self.name)


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

    op: str
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
        from customers.rules.write import test_json

        if self.test is not None:
            return {"property": self.name, **test_json(self.test)}
        parts = [part.to_json() for part in self.parts]
        return {self.join: parts[0] if self.join == "not" else parts}


class Condition(ABC):
    """One kind of condition: how it is written, checked, asked of the database and said.

    A kind is one module in `customers/rules/conditions`, a frozen dataclass without anything of
    the database but ids. `key` names it in the JSON.
    """

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    icon: ClassVar[str]
    # Whether it has a meaning only for somebody on her way through a journey.
    in_journey: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def read(cls, reader: Reader, data: Mapping[str, Any], place: str) -> Self | None:
        """Read and check it; what is wrong goes to `reader.refuse`, and None comes back."""

    @abstractmethod
    def compile(self, where: Where) -> Compiled:
        """SQL that is true or false for one customer, never NULL."""

    @abstractmethod
    def say(self) -> SafeString:
        """A clause in the reader's language, the settings marked with <em>."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The condition as it is written."""

    @classmethod
    @abstractmethod
    def schema(cls) -> dict[str, Any]:
        """The JSON schema of how it is written."""


@dataclass(frozen=True, slots=True)
class Group:
    join: Literal["all", "any", "not"]
    parts: tuple[Node, ...]

    def to_json(self) -> dict[str, Any]:
        """The group as it is written."""
        parts = [part.to_json() for part in self.parts]
        return {self.join: parts[0] if self.join == "not" else parts}


Node = Group | Condition


@dataclass(frozen=True, slots=True)
class Rule:
    """A checked rule: compile it, say it, or write it as JSON again."""

    root: Node

    def to_json(self) -> dict[str, Any]:
        """The rule as it is written."""
        return self.root.to_json()

    def conditions(self) -> list[Condition]:
        """All its conditions, in the order in which they are written."""
        return list(_conditions(self.root))


# helpers


def _conditions(node: Node) -> list[Condition]:
    if isinstance(node, Group):
        return [each for part in node.parts for each in _conditions(part)]
    return [node]
