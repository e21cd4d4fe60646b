"""What readers of definitions share: every problem is kept with its place, none is raised."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from customers.models import EventType
from customers.rules import Problem, PropertyCondition, Rule, read_duration, read_rule
from customers.rules.nodes import Title
from customers.rules.read import read_property_condition
from customers.rules.reader import title_of
from customers.rules.vocabulary import Vocabulary
from customers.tags.definition.nodes import Cuts, Events, Value

CUTS_MOST = 20
NUMBER_MOST = 10**12
TEXT_MOST = 120
CODE_MOST = 60


class Reading:
    """One reading of one definition: the words it may use, and the problems found so far."""

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        self.words = vocabulary or Vocabulary()
        self.problems: list[Problem] = []

    def refuse(self, place: str, text: str, *, is_warning: bool = False) -> None:
        self.problems.append(Problem(place, text, is_warning))

    def mapping(self, data: object, place: str, *known: str) -> Mapping[str, Any]:
        """*data* if it is an object; keys that are not *known* are problems."""
        if not isinstance(data, Mapping):
            text = _("An object, {…}, is expected, but %(value)s came.")
            self.refuse(place, text % {"value": repr(data)[:60]})
            return {}
        for key in data:
            if key not in known:
                text = _("“%(key)s” is not known here. Expected: %(known)s.")
                shown = str(key)[:40]
                self.refuse(f"{place}.{shown}", text % {"key": shown, "known": ", ".join(known)})
        return data

    def items(self, data: object, place: str, most: int, least: int = 1) -> list[Any]:
        """*data* if it is a list of a fitting length."""
        if isinstance(data, list) and least <= len(data) <= most:
            return data
        text = _("A list of %(least)s to %(most)s is expected, […].")
        self.refuse(place, text % {"least": least, "most": most})
        return []

    def text(self, data: object, place: str, most: int = TEXT_MOST) -> str:
        if isinstance(data, str) and 0 < len(data.strip()) <= most and data.isprintable():
            return data.strip()
        text = _("A text of 1 to %(most)s printable characters is expected, but %(value)s came.")
        self.refuse(place, text % {"most": most, "value": repr(data)[:60]})
        return ""

    def one_of(self, data: object, place: str, known: tuple[str, ...]) -> str:
        if isinstance(data, str) and data in known:
            return data
        text = _("One of %(known)s is expected, but %(value)s came.")
        self.refuse(place, text % {"known": ", ".join(known), "value": repr(data)[:40]})
        return ""

    def whole(self, data: object, place: str, least: int, most: int) -> int:
        if isinstance(data, int) and not isinstance(data, bool) and least <= data <= most:
            return data
        text = _("A whole number from %(least)s to %(most)s is expected, but %(value)s came.")
        self.refuse(place, text % {"least": least, "most": most, "value": repr(data)[:40]})
        return least

    def number(self, data: object, place: str) -> Decimal:
        if isinstance(data, int | float) and not isinstance(data, bool) and math.isfinite(data):
            read = Decimal(repr(data))
            if abs(read) <= NUMBER_MOST:
                return read.normalize()
        text = _("A number is expected, but %(value)s came.")
        self.refuse(place, text % {"value": repr(data)[:40]})
        return Decimal(0)

    # parts that several kinds have

    def cuts(self, data: object, place: str, *, fixed: bool = False) -> Cuts:
        """{"values": [30, 90]} or {"quantiles": 5}; `fixed` allows only the first."""
        found = self.mapping(data, place, "values", "quantiles")
        if not found:
            if isinstance(data, Mapping):
                self.refuse(place, _('Write {"values": [30, 90]} or {"quantiles": 5}.'))
            return Cuts()
        if ("values" in found) == ("quantiles" in found) or (fixed and "quantiles" in found):
            self.refuse(place, _('Write {"values": [30, 90]} or {"quantiles": 5}.'))
            return Cuts()
        if "quantiles" in found:
            return Cuts(quantiles=self.whole(found["quantiles"], f"{place}.quantiles", 2, 10))
        return Cuts(self.rising(found["values"], f"{place}.values"))

    def rising(self, data: object, place: str, least: int = 1) -> tuple[Decimal, ...]:
        values = self.items(data, place, CUTS_MOST, least)
        read = tuple(self.number(each, f"{place}[{i}]") for i, each in enumerate(values))
        if any(second <= first for first, second in pairwise(read)):
            self.refuse(place, _("The figures rise from each to the next."))
        return read

    def events(self, data: Mapping[str, Any], place: str) -> Events:
        """`event`, `where` and `window` of a fact or model."""
        name = self.text(data.get("event"), f"{place}.event")
        found = self.words.event(name) if name else None
        if name and found is None:
            text = _("No event “%(name)s” has come in yet. Until one does, nobody has a value.")
            self.refuse(f"{place}.event", text % {"name": name}, is_warning=True)
        title = title_of(found or EventType(code=name))
        window = self.window(data.get("window"), f"{place}.window")
        return Events(name, title, self.where(data.get("where"), f"{place}.where"), window)

    def window(self, data: object, place: str) -> timedelta | None:
        if data is None:
            return None
        try:
            return read_duration(data)
        except ValueError as error:
            self.refuse(place, str(error))
            return None

    def where(self, data: object, place: str) -> PropertyCondition | None:
        if data is None:
            return None
        condition, problems = read_property_condition(data, place)
        self.problems += problems
        return condition

    def rule(self, data: object, place: str) -> Rule | None:
        rule, problems = read_rule(data, place, vocabulary=self.words)
        self.problems += problems
        return rule

    def value(self, data: Mapping[str, Any], place: str) -> Value:
        """`code` and `name`, which is a text or {"en": …, "zh-hans": …}."""
        code = self.text(data.get("code"), f"{place}.code", CODE_MOST)
        return Value(code, self.title(data.get("name", code), f"{place}.name", code))

    def title(self, data: object, place: str, fallback: str) -> Title:
        if isinstance(data, Mapping) and data:
            names = {
                self.text(key, place, 12): self.text(name, f"{place}.{str(key)[:12]}")
                for key, name in list(data.items())[:12]
            }
            first = names.get("en") or next(iter(names.values()))
            return Title(first, tuple(sorted(names.items())))
        return Title(self.text(data, place) if data != fallback else fallback)

    def once(self, values: list[Value], place: str) -> None:
        """No two values have one code."""
        codes = [value.code for value in values if value.code]
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            self.refuse(place, _("The code “%(code)s” stands here twice.") % {"code": code})
