"""Reads a rule as it was written: every problem at once, each with its place and the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from customers.models import Channel, ConsentState, DataType, Purpose
from customers.models.base import Named
from customers.rules import nodes
from customers.rules.duration import read_duration
from customers.rules.nodes import PropertyCondition, Rule, Title
from customers.rules.problem import Problem
from customers.rules.values import BadValue, kind_of, read_test
from customers.rules.vocabulary import Vocabulary

DEPTH_MOST = 12
NODES_MOST = 200
TIMES_MOST = 1_000_000
N = TypeVar("N")


def read_rule(
    data: object,
    place: str = "rule",
    *,
    in_journey: bool = False,
    vocabulary: Vocabulary | None = None,
) -> tuple[Rule | None, list[Problem]]:
    """Read a rule of schema version 1; return it, or None and every problem.

    Attributes, tags, segments and brands must exist. An event that never came in yet is only a
    warning. `in_journey` allows {"entry": …} and "since": "entry".
    """
    reader = _Reader(in_journey, vocabulary)
    root = reader.node(data, place, 0)
    refused = any(not problem.is_warning for problem in reader.problems)
    return (None if refused or root is None else Rule(root)), reader.problems


def read_property_condition(
    data: object, place: str = "where"
) -> tuple[PropertyCondition | None, list[Problem]]:
    """Read a condition over the properties of an event; return it, or None and every problem."""
    reader = _Reader(in_journey=False)
    condition = reader.property(data, place, 0)
    return (None if reader.problems else condition), reader.problems


# helpers


class _Reader:
    def __init__(self, in_journey: bool, vocabulary: Vocabulary | None = None) -> None:
        self.in_journey = in_journey
        self.words = vocabulary or Vocabulary()
        self.problems: list[Problem] = []
        self.count = 0
        self.readers: dict[str, Callable[[Mapping[str, Any], str], nodes.Leaf | None]] = {
            "attribute": self.attribute,
            "tag": self.tag,
            "event": self.event,
            "segment": self.segment,
            "consent": self.consent,
            "random": self.random,
        }
        if in_journey:
            self.readers["entry"] = self.entry

    def refuse(self, place: str, text: str, *, is_warning: bool = False) -> None:
        self.problems.append(Problem(place, text, is_warning))

    # the tree

    def node(self, data: object, place: str, depth: int) -> nodes.Node | None:
        found = self.entered(data, place, depth, ("all", "any", "not", *self.readers))
        if found is None:
            return None
        key, mapping = found
        if key in ("all", "any", "not"):
            parts = self.parts(mapping, key, place, depth, self.node)
            return None if parts is None else nodes.Group(key, parts)  # type: ignore[arg-type]
        return self.readers[key](mapping, place)

    def property(self, data: object, place: str, depth: int) -> PropertyCondition | None:
        found = self.entered(data, place, depth, ("all", "any", "not", "property"))
        if found is None:
            return None
        key, mapping = found
        if key == "property":
            name, test = self.named_test(mapping, key, place)
            return PropertyCondition("test", name, test) if test else None
        parts = self.parts(mapping, key, place, depth, self.property)
        if parts is None:
            return None
        return PropertyCondition(key, parts=parts)  # type: ignore[arg-type]

    def entered(
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

    def parts(
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

    def only(self, data: Mapping[str, Any], place: str, *known: str) -> None:
        for key in data:
            if key not in known:
                text = _("“%(key)s” is not known here. Expected: %(known)s.")
                key = str(key)[:40]
                self.refuse(f"{place}.{key}", text % {"key": key, "known": ", ".join(known)})

    # the leaves

    def test(
        self, data: Mapping[str, Any], place: str, kind: str, default_op: str | None = None
    ) -> nodes.Test | None:
        try:
            return read_test(data, kind, default_op)
        except BadValue as error:
            self.refuse(f"{place}.{error.part}", str(error))
            return None

    def named_test(
        self, data: Mapping[str, Any], key: str, place: str
    ) -> tuple[str, nodes.Test | None]:
        self.only(data, place, key, "op", "value")
        name = self.text(data, key, place)
        return name, self.test(data, place, kind_of(data)) if name else None

    def text(self, data: Mapping[str, Any], key: str, place: str, most: int = 120) -> str:
        value = data.get(key)
        if isinstance(value, str) and 0 < len(value) <= most and value.isprintable():
            return value
        text = _("A text of 1 to %(most)s printable characters is expected, but %(value)s came.")
        self.refuse(f"{place}.{key}", text % {"most": most, "value": repr(value)[:60]})
        return ""

    def attribute(self, data: Mapping[str, Any], place: str) -> nodes.Leaf | None:
        self.only(data, place, "attribute", "op", "value")
        found = self.known(self.words.attributes, data["attribute"], f"{place}.attribute")
        if found is None:
            return None
        test = self.test(data, place, found.data_type)
        return nodes.Attribute(found.code, _title(found), test) if test else None

    def tag(self, data: Mapping[str, Any], place: str) -> nodes.Leaf | None:
        self.only(data, place, "tag", "op", "value")
        found = self.known(self.words.tags, data["tag"], f"{place}.tag")
        if found is None:
            return None
        default = "eq" if "value" in data and found.data_type != DataType.LIST else "exists"
        test = self.test(data, place, found.data_type, default)
        return nodes.Tag(found.pk, found.code, _title(found), test) if test else None

    def segment(self, data: Mapping[str, Any], place: str) -> nodes.Leaf | None:
        self.only(data, place, "segment")
        found = self.known(self.words.segments, data["segment"], f"{place}.segment")
        return nodes.Segment(found.pk, found.code, _title(found)) if found else None

    def entry(self, data: Mapping[str, Any], place: str) -> nodes.Leaf | None:
        name, test = self.named_test(data, "entry", place)
        return nodes.Entry(name, test) if test else None

    def random(self, data: Mapping[str, Any], place: str) -> nodes.Leaf | None:
        self.only(data, place, "random")
        inner = data["random"]
        if not isinstance(inner, Mapping):
            inner = {}
        self.only(inner, f"{place}.random", "salt", "below")
        salt = self.text(inner, "salt", f"{place}.random", 80)
        below = inner.get("below")
        if isinstance(below, bool) or not isinstance(below, int | float) or not 0 <= below <= 1:
            text = _("A share between 0 and 1 is expected, but %(value)s came.")
            self.refuse(f"{place}.random.below", text % {"value": repr(below)[:40]})
            return None
        return nodes.Random(salt, float(below)) if salt else None

    def consent(self, data: Mapping[str, Any], place: str) -> nodes.Leaf | None:
        self.only(data, place, "consent")
        inner, place = data["consent"], f"{place}.consent"
        if not isinstance(inner, Mapping):
            inner = {}
        self.only(inner, place, "channel", "purpose", "is", "brand")
        states = [*ConsentState.values, "unknown"]
        read = [
            self.one_of(inner, "channel", Channel.values, place),
            self.one_of(inner, "purpose", Purpose.values, place),
            self.one_of(inner, "is", states, place),
        ]
        brand = None
        if "brand" in inner:
            brand = self.known(self.words.brands, inner["brand"], f"{place}.brand")
        if not all(read):
            return None
        channel, purpose, state = read
        return nodes.Consent(
            channel, purpose, state, brand.pk if brand else None, brand.code if brand else ""
        )

    def event(self, data: Mapping[str, Any], place: str) -> nodes.Leaf | None:
        self.only(data, place, "event", "count", "within", "since", "where")
        name = self.text(data, "event", place)
        if not name:
            return None
        found = self.words.event(name)
        if found is None:
            text = _("No event “%(name)s” has come in yet. Until one does, nobody matches.")
            self.refuse(f"{place}.event", text % {"name": name}, is_warning=True)
        op, number = self.times(data.get("count", {"gte": 1}), f"{place}.count")
        within = None
        if "within" in data:
            try:
                within = read_duration(data["within"])
            except ValueError as error:
                self.refuse(f"{place}.within", str(error))
        since_entry = "since" in data
        if since_entry and not (self.in_journey and data["since"] == "entry"):
            text = (
                _("“since” can only be “entry”.")
                if self.in_journey
                else _("“since” has a meaning only inside a journey. Use “within”.")
            )
            self.refuse(f"{place}.since", text)
        where = None
        if "where" in data:
            where = self.property(data["where"], f"{place}.where", 1)
        title = _title(found) if found else Title(name)
        return nodes.Event(name, title, op, number, within, since_entry, where)

    def times(self, data: object, place: str) -> tuple[nodes.Op, int]:
        ops = ("eq", "gt", "gte", "lt", "lte")
        if isinstance(data, Mapping) and len(data) == 1:
            ((op, number),) = data.items()
            if op in ops and isinstance(number, int) and not isinstance(number, bool):
                if 0 <= number <= TIMES_MOST:
                    return op, number
                text = _("A count lies between 0 and %(most)s.") % {"most": TIMES_MOST}
                self.refuse(f"{place}.{op}", text)
                return "gte", 1
        text = _('A count is written as {"gte": 2}, with one of %(ops)s, but %(value)s came.')
        self.refuse(place, text % {"ops": ", ".join(ops), "value": repr(data)[:60]})
        return "gte", 1

    # helpers

    def known(self, among: Mapping[str, N], code: object, place: str) -> N | None:
        found = among.get(code) if isinstance(code, str) else None
        if found is None:
            text = _("“%(code)s” does not exist here. %(known)s")
            known = ", ".join(list(among)[:12])
            words = _("Known are: %(known)s.") % {"known": known} if known else ""
            self.refuse(place, (text % {"code": str(code)[:60], "known": words}).strip())
        return found

    def one_of(self, data: Mapping[str, Any], key: str, known: list[str], place: str) -> str:
        value = data.get(key)
        if isinstance(value, str) and value in known:
            return value
        text = _("One of %(known)s is expected, but %(value)s came.")
        self.refuse(f"{place}.{key}", text % {"known": ", ".join(known), "value": repr(value)[:40]})
        return ""


def _title(noun: Named) -> Title:
    return Title(noun.name, tuple(sorted((noun.names or {}).items())))
