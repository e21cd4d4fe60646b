"""What is measured over the events that a condition is about: how many, how much, which, when."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.formats import number as figure
from customers.rules.moments import MomentTest
from customers.rules.nodes import Compiled, Test
from customers.rules.operators import SIGNS
from customers.rules.reader import Reader
from customers.rules.testing import compile_test, holds
from customers.rules.values import kind_of
from customers.rules.where import Where
from customers.rules.words import em, say_moment_test, say_test
from customers.rules.write import test_json

TIMES_MOST = 1_000_000
NUMBER_MOST = 10**15
AMOUNTS: Final = ("sum", "average", "least", "most")
KEYS: Final = ("count", *AMOUNTS, "distinct", "first", "last")


class Measure(ABC):
    """A question to all events that fit, at once; they are called `e` in its SQL."""

    @abstractmethod
    def compile(self, where: Where) -> Compiled:
        """An aggregate that is true or false, never NULL, over the rows `e` of one customer."""

    @abstractmethod
    def of_nothing(self) -> bool:
        """The answer for somebody who has no such event: sums and counts are 0 then."""

    @abstractmethod
    def say(self, what: SafeString) -> SafeString:
        """The question about *what* in words."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """As it is written, under its key."""


@dataclass(frozen=True, slots=True)
class Count(Measure):
    op: str = "gte"
    number: int = 1

    def compile(self, where: Where) -> Compiled:
        return Compiled(f"count(*) {SIGNS[self.op]} %s", (self.number,))

    def of_nothing(self) -> bool:
        return compare(self.op, Decimal(0), Decimal(self.number))

    def say(self, what: SafeString) -> SafeString:
        if (self.op, self.number) in (("gte", 1), ("gt", 0)):
            return format_html(_("{what} happened"), what=what)
        if (self.op, self.number) in (("eq", 0), ("lt", 1), ("lte", 0)):
            return format_html(_("{what} did not happen"), what=what)
        n = self.number
        times = ngettext("%(n)s time", "%(n)s times", n) % {"n": figure(n)}
        words = {
            "gte": _("{what} happened at least {times}"),
            "gt": _("{what} happened more than {times}"),
            "lt": _("{what} happened fewer than {times}"),
            "lte": _("{what} happened at most {times}"),
            "eq": _("{what} happened exactly {times}"),
        }
        return format_html(words[self.op], what=what, times=em(times))

    def to_json(self) -> dict[str, Any]:
        return {"count": {self.op: self.number}}


@dataclass(frozen=True, slots=True)
class Amount(Measure):
    """Sum, average, least or most of a property that is a number; other values don't count.

    The sum of nothing is 0; average, least and most of nothing fulfil nothing.
    """

    how: str
    name: str
    op: str
    number: Decimal

    def compile(self, where: Where) -> Compiled:
        value = (
            "CASE WHEN jsonb_typeof(e.properties -> %s::text) = 'number'"
            " THEN (e.properties -> %s::text)::numeric END"
        )
        names, sign = (self.name, self.name), SIGNS[self.op]
        match self.how:
            case "sum":
                return Compiled(
                    f"COALESCE(sum({value}), 0) {sign} %s::numeric", (*names, self.number)
                )
            case "average":
                # Multiplied instead of divided: exact, whatever the number of places.
                return Compiled(
                    f"COALESCE(sum({value}) {sign} %s::numeric * count({value}), false)",
                    (*names, self.number, *names),
                )
        function = "min" if self.how == "least" else "max"
        return Compiled(
            f"COALESCE({function}({value}) {sign} %s::numeric, false)", (*names, self.number)
        )

    def of_nothing(self) -> bool:
        return self.how == "sum" and compare(self.op, Decimal(0), self.number)

    def say(self, what: SafeString) -> SafeString:
        words = {
            "sum": _("the sum of {name} over {what}"),
            "average": _("the average {name} of {what}"),
            "least": _("the least {name} of {what}"),
            "most": _("the most {name} of {what}"),
        }
        subject = format_html(words[self.how], name=em(self.name), what=what)
        return _compared(subject, self.op, self.number)

    def to_json(self) -> dict[str, Any]:
        return {self.how: {"property": self.name, self.op: number_json(self.number)}}


@dataclass(frozen=True, slots=True)
class Distinct(Measure):
    """How many different values a property has, or on how many days (of the brand's clock)."""

    name: str
    op: str
    number: int

    def compile(self, where: Where) -> Compiled:
        if self.name:
            value, params = "NULLIF(e.properties -> %s::text, 'null'::jsonb)", (self.name,)
        else:
            value, params = "(e.occurred_at AT TIME ZONE %s::text)::date", (where.zone,)
        sql = f"count(DISTINCT {value}) {SIGNS[self.op]} %s"
        return Compiled(sql, (*params, self.number))

    def of_nothing(self) -> bool:
        return compare(self.op, Decimal(0), Decimal(self.number))

    def say(self, what: SafeString) -> SafeString:
        words = (
            _("the number of different {name} of {what}")
            if self.name
            else _("the number of days with {what}")
        )
        subject = format_html(words, name=em(self.name), what=what)
        return _compared(subject, self.op, Decimal(self.number))

    def to_json(self) -> dict[str, Any]:
        of = {"property": self.name} if self.name else {"days": True}
        return {"distinct": {**of, self.op: self.number}}


@dataclass(frozen=True, slots=True)
class End(Measure):
    """The first or the last one: when it was, or a property of it."""

    how: str
    name: str
    test: Test | MomentTest

    def compile(self, where: Where) -> Compiled:
        if isinstance(self.test, MomentTest):
            function = "min" if self.how == "first" else "max"
            return self.test.compile(f"{function}(e.occurred_at)", where)
        way = "" if self.how == "first" else " DESC"
        value = f"(array_agg(e.properties -> %s::text ORDER BY e.occurred_at{way}, e.id{way}))[1]"
        return compile_test(self.test, Compiled(value, (self.name,)), where)

    def of_nothing(self) -> bool:
        if isinstance(self.test, MomentTest):
            return self.test.op == "missing"
        return holds(self.test, None, None)

    def say(self, what: SafeString) -> SafeString:
        words = _("the first {what}") if self.how == "first" else _("the last {what}")
        subject = format_html(words, what=what)
        if isinstance(self.test, MomentTest):
            return say_moment_test(subject, self.test)
        words = _("{name} of {what}")
        return say_test(format_html(words, name=self.name, what=subject), self.test)

    def to_json(self) -> dict[str, Any]:
        if isinstance(self.test, MomentTest):
            return {self.how: self.test.to_json()}
        return {self.how: {"property": self.name, **test_json(self.test)}}


def read_measure(reader: Reader, data: Mapping[str, Any], place: str) -> Measure | None:
    """Read the one measure that *data* names; none means at least once."""
    named = [key for key in KEYS if key in data]
    if not named:
        return Count()
    if len(named) > 1:
        text = _("A condition measures one thing; this one names %(named)s.")
        reader.refuse(f"{place}.{named[1]}", text % {"named": ", ".join(named)})
        return None
    key = named[0]
    inner, place = reader.inner(data, key, place), f"{place}.{key}"
    if not inner:
        return None
    if key in ("first", "last"):
        return _read_end(reader, key, inner, place)
    if key == "count":
        reader.only(inner, place, *SIGNS)
        compared = reader.comparison(inner, place, whole=True, most=TIMES_MOST)
        return Count(compared[0], int(compared[1])) if compared else None
    days = key == "distinct" and inner.get("days") is True and "property" not in inner
    reader.only(inner, place, "days" if days else "property", *SIGNS)
    name = "" if days else reader.text(inner, "property", place)
    if key == "distinct":
        compared = reader.comparison(inner, place, whole=True, most=TIMES_MOST)
    else:
        compared = reader.comparison(inner, place, whole=False, most=NUMBER_MOST)
    if compared is None or not (name or days):
        return None
    if key == "distinct":
        return Distinct(name, compared[0], int(compared[1]))
    return Amount(key, name, *compared)


def compare(op: str, left: Decimal, right: Decimal) -> bool:
    """`left op right`."""
    return {
        "eq": left == right,
        "gt": left > right,
        "gte": left >= right,
        "lt": left < right,
        "lte": left <= right,
    }[op]


def number_json(number: Decimal) -> int | float:
    """A number as JSON has it."""
    return int(number) if number == number.to_integral_value() else float(number)


# helpers


def _read_end(reader: Reader, key: str, inner: Mapping[str, Any], place: str) -> Measure | None:
    reader.only(inner, place, "property", "op", "value")
    if "property" not in inner:
        moment = reader.moment_test(inner, place)
        return End(key, "", moment) if moment else None
    name = reader.text(inner, "property", place)
    test = reader.test(inner, place, kind_of(inner))
    return End(key, name, test) if name and test else None


def _compared(subject: SafeString, op: str, number: Decimal) -> SafeString:
    shown = figure(number, 0 if number == number.to_integral_value() else 2)
    words = {
        "eq": _("{} is {}"),
        "gt": _("{} is over {}"),
        "gte": _("{} is at least {}"),
        "lt": _("{} is under {}"),
        "lte": _("{} is at most {}"),
    }
    return format_html(words[op], subject, em(shown))
