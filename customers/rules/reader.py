"""Reads the tree of a rule as it was written; each kind of condition reads itself with its help."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from customers.models.base import Named
from customers.rules import nodes
from customers.rules.moments import Moment, MomentTest, read_moment, read_moment_test
from customers.rules.nodes import Condition, PropertyCondition, Title
from customers.rules.problem import Problem
from customers.rules.values import BadValue, kind_of, read_test
from customers.rules.vocabulary import Vocabulary

DEPTH_MOST = 12
NODES_MOST = 200
GROUPS = ("all", "any", "not")
COMPARISONS = ("eq", "gt", "gte", "lt", "lte")
N = TypeVar("N")


class Reader:
    """Collects every problem with its place, and keeps the words that exist."""

    def __init__(
        self,
        kinds: Mapping[str, type[Condition]],
        *,
        in_journey: bool,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        self.kinds = kinds
        self.in_journey = in_journey
        self.words = vocabulary or Vocabulary()
        self.problems: list[Problem] = []
        self.count = 0

    def refuse(self, place: str, text: str, *, is_warning: bool = False) -> None:
        """Note a problem at a place such as `rule.all[2].value`."""
        self.problems.append(Problem(place, text, is_warning))

    # the tree

    def node(self, data: object, place: str, depth: int) -> nodes.Node | None:
        """Read a group or a condition and everything below it."""
        found = self._entered(data, place, depth, (*GROUPS, *self.kinds))
        if found is None:
            return None
        key, mapping = found
        if key in GROUPS:
            parts = self._parts(mapping, key, place, depth, self.node)
            return None if parts is None else nodes.Group(key, parts)  # type: ignore[arg-type]
        return self.kinds[key].read(self, mapping, place)

    def property(self, data: object, place: str, depth: int = 1) -> PropertyCondition | None:
        """Read a condition over the properties of an event."""
        found = self._entered(data, place, depth, (*GROUPS, "property"))
        if found is None:
            return None
        key, mapping = found
        if key == "property":
            name, test = self.named_test(mapping, key, place)
            return PropertyCondition("test", name, test) if test else None
        parts = self._parts(mapping, key, place, depth, self.property)
        if parts is None:
            return None
        return PropertyCondition(key, parts=parts)  # type: ignore[arg-type]

    # what conditions are made of

    def only(self, data: Mapping[str, Any], place: str, *known: str) -> None:
        """Refuse every key that is not among *known*."""
        for key in data:
            if key not in known:
                text = _("“%(key)s” is not known here. Expected: %(known)s.")
                key = str(key)[:40]
                self.refuse(f"{place}.{key}", text % {"key": key, "known": ", ".join(known)})

    def text(self, data: Mapping[str, Any], key: str, place: str, most: int = 120) -> str:
        """A printable text; empty when it was refused."""
        value = data.get(key)
        if isinstance(value, str) and 0 < len(value) <= most and value.isprintable():
            return value
        text = _("A text of 1 to %(most)s printable characters is expected, but %(value)s came.")
        self.refuse(f"{place}.{key}", text % {"most": most, "value": repr(value)[:60]})
        return ""

    def inner(self, data: Mapping[str, Any], key: str, place: str) -> Mapping[str, Any]:
        """The object under *key*; an empty one when it was refused."""
        value = data.get(key)
        if isinstance(value, Mapping):
            return value
        text = _("An object, {…}, is expected, but %(value)s came.")
        self.refuse(f"{place}.{key}", text % {"value": repr(value)[:60]})
        return {}

    def test(
        self, data: Mapping[str, Any], place: str, kind: str, default_op: str | None = None
    ) -> nodes.Test | None:
        """`op` and `value` for a type."""
        return self._value(place, lambda: read_test(data, kind, default_op))

    def named_test(
        self, data: Mapping[str, Any], key: str, place: str
    ) -> tuple[str, nodes.Test | None]:
        """A property and the test of it; its type is that of the value it is compared with."""
        self.only(data, place, key, "op", "value")
        name = self.text(data, key, place)
        return name, self.test(data, place, kind_of(data)) if name else None

    def moment(self, data: object, place: str) -> Moment | None:
        """A day, a moment, or {"ago": …}."""
        try:
            return read_moment(data)
        except BadValue as error:
            self.refuse(place, str(error))
            return None

    def moment_test(self, data: Mapping[str, Any], place: str) -> MomentTest | None:
        """`op` and `value` for when something was."""
        return self._value(place, lambda: read_moment_test(data))

    def comparison(
        self, data: Mapping[str, Any], place: str, *, whole: bool, most: int
    ) -> tuple[str, Decimal] | None:
        """The one of gte, gt, lt, lte, eq that *data* holds, with its number."""
        named = [op for op in COMPARISONS if op in data]
        if len(named) == 1:
            op = named[0]
            number = data[op]
            fits = (
                isinstance(number, int if whole else int | float)
                and not isinstance(number, bool)
                and math.isfinite(number)
            )
            if fits and (0 if whole else -most) <= number <= most:
                return op, Decimal(repr(number))
            text = (
                _("A whole number between 0 and %(most)s is expected, but %(value)s came.")
                if whole
                else _("A number is expected, but %(value)s came.")
            )
            self.refuse(f"{place}.{op}", text % {"most": most, "value": repr(number)[:40]})
            return None
        text = _('It is compared as in {"gte": 2}, with one of %(ops)s, but %(value)s came.')
        ops = ", ".join(COMPARISONS)
        self.refuse(place, text % {"ops": ops, "value": repr(dict(data))[:60]})
        return None

    def known(self, among: Mapping[str, N], code: object, place: str) -> N | None:
        """What *code* names; refused with what there is."""
        found = among.get(code) if isinstance(code, str) else None
        if found is None:
            text = _("“%(code)s” does not exist here. %(known)s")
            known = ", ".join(list(among)[:12])
            words = _("Known are: %(known)s.") % {"known": known} if known else ""
            self.refuse(place, (text % {"code": str(code)[:60], "known": words}).strip())
        return found

    def one_of(self, data: Mapping[str, Any], key: str, known: list[str], place: str) -> str:
        """One of a few words; empty when it was refused."""
        value = data.get(key)
        if isinstance(value, str) and value in known:
            return value
        text = _("One of %(known)s is expected, but %(value)s came.")
        self.refuse(f"{place}.{key}", text % {"known": ", ".join(known), "value": repr(value)[:40]})
        return ""

    # helpers

    def _value(self, place: str, read: Callable[[], N]) -> N | None:
        try:
            return read()
        except BadValue as error:
            self.refuse(f"{place}.{error.part}", str(error))
            return None

    def _entered(
        self, data: object, place: str, depth: int, kinds: tuple[str, ...]
    ) -> tuple[str, Mapping[str, Any]] | None:
        """Count one more node and find out which kind it is."""
        self.count += 1
        if self.count > NODES_MOST:
            if self.count == NODES_MOST + 1:
                text = _("A rule may hold at most %(most)s conditions.") % {"most": NODES_MOST}
                self.refuse(place, text)
            return None
        if depth > DEPTH_MOST:
            text = _("Groups may be nested at most %(most)s deep.") % {"most": DEPTH_MOST}
            self.refuse(place, text)
            return None
        if not isinstance(data, Mapping):
            text = _("A condition is an object, {…}, but %(value)s came.")
            self.refuse(place, text % {"value": repr(data)[:60]})
            return None
        named = [kind for kind in kinds if kind in data]
        if len(named) != 1:
            text = _("A condition names exactly one of %(kinds)s; this one names %(named)s.")
            found = ", ".join(named) or ", ".join(map(str, list(data)[:5])) or _("nothing")
            self.refuse(place, text % {"kinds": ", ".join(kinds), "named": found[:120]})
            return None
        return named[0], data

    def _parts(
        self,
        data: Mapping[str, Any],
        key: str,
        place: str,
        depth: int,
        read: Callable[[object, str, int], N | None],
    ) -> tuple[N, ...] | None:
        self.only(data, place, key)
        inner = data[key]
        if key == "not":
            part = read(inner, f"{place}.not", depth + 1)
            return None if part is None else (part,)
        if not isinstance(inner, list) or (not inner and (key, depth) != ("all", 0)):
            text = _("“%(key)s” holds a list with at least one condition, […].")
            self.refuse(f"{place}.{key}", text % {"key": key})
            return None
        parts = []
        for index, each in enumerate(inner[: NODES_MOST + 1]):
            parts.append(read(each, f"{place}.{key}[{index}]", depth + 1))
        return None if None in parts else tuple(parts)  # type: ignore[arg-type]


def title_of(noun: Named) -> Title:
    """The name of something defined, in every language it has."""
    return Title(noun.own_name, tuple(sorted((noun.names or {}).items())))
