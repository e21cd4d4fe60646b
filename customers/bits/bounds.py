"""What kept sets say of a rule: who matches for sure, and who might.

Both are expressions over bits. Where they differ the rule is asked of the base tables, so that an
answer is exact whatever the sets can say; the closer the bounds, the fewer are looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from customers.bits.primitives import LEVELS, Primitive, attribute, day_set
from customers.models import EventType
from customers.rules import Rule
from customers.rules.conditions import (
    Attribute,
    Consent,
    Event,
    Field,
    HasIdentity,
    Segment,
    Tag,
)
from customers.rules.measures import Count
from customers.rules.nodes import Condition, Group, Node, Relative
from customers.rules.operators import OPPOSITES

# Longer windows are not folded: their sets would be more than what they save.
DAYS_MOST = 92
# A list of more values is asked of those who have any value.
VALUES_MOST = 20


@dataclass(frozen=True, slots=True)
class Days:
    """At least `times` events of a type on the days from `first` to `last`, both included."""

    event_type_id: int
    first: date
    last: date
    times: int

    @property
    def sources(self) -> tuple[Source, ...]:
        """What may change it: the events of each of its days."""
        days = range((self.last - self.first).days + 1)
        return tuple(
            day_set(self.event_type_id, self.first + timedelta(days=n), 1).source for n in days
        )


Source = tuple[str, str]
Atom = Primitive | Days
# SQL over the columns of the atoms: zero, one, or what was put together from them.
Expression = str


@dataclass(frozen=True, slots=True)
class Bounds:
    """`sure` is part of the truth, and the truth is part of `maybe`."""

    sure: Expression
    maybe: Expression

    @property
    def exact(self) -> bool:
        """Whether both are the truth."""
        return self.sure == self.maybe

    def __invert__(self) -> Bounds:
        return Bounds(f"(~{self.maybe})", f"(~{self.sure})")


@dataclass(frozen=True, slots=True)
class Split:
    """A rule as *exact and loose*: the exact part, and the bounds of the rest (None: no rest)."""

    exact: Expression
    loose: Bounds | None

    @property
    def whole(self) -> Bounds:
        """The bounds of both together."""
        exact = Bounds(self.exact, self.exact)
        return _joined(" & ", [exact, self.loose]) if self.loose else exact


@dataclass
class Reading:
    """The bounds of a rule at a moment, and the atoms that they are made of, in order.

    `of` takes the sets at their word. Where somebody has changes that a set does not hold yet,
    `careful` says less of her: `pending` are the groups of sources, each with its place.
    """

    now: datetime
    brand_id: int | None
    atoms: dict[Atom, int] = field(default_factory=dict)
    pending: dict[tuple[Source, ...], int] = field(default_factory=dict)
    _is_careful: bool = False
    _types: dict[str, int | None] = field(default_factory=dict)

    def of(self, rule: Rule) -> Split:
        """The bounds among those who were neither merged nor erased, if nothing is pending."""
        self._is_careful = False
        alive = self._exact(Primitive(("alive",)))
        root = rule.root
        parts = root.parts if isinstance(root, Group) and root.join == "all" else (root,)
        bounds = [alive, *(self._node(part) for part in parts)]
        loose = [each for each in bounds if not each.exact]
        return Split(
            _joined(" & ", [each for each in bounds if each.exact]).sure,
            _joined(" & ", loose) if loose else None,
        )

    def careful(self, rule: Rule) -> Bounds:
        """The bounds where something is pending."""
        self._is_careful = True
        return _joined(" & ", [self._exact(Primitive(("alive",))), self._node(rule.root)])

    def column(self, atom: Atom) -> tuple[Expression, Expression]:
        """The bits of another set, and who has changes that it does not hold yet."""
        self._is_careful = False
        bits = self._exact(atom).sure
        waits = self.pending[(atom.source,) if isinstance(atom, Primitive) else atom.sources]
        return bits, f"COALESCE(p{waits}, zero)"

    # helpers

    def _exact(self, atom: Atom) -> Bounds:
        place = self.atoms.setdefault(atom, len(self.atoms))
        sources = (atom.source,) if isinstance(atom, Primitive) else atom.sources
        waits = self.pending.setdefault(sources, len(self.pending))
        if not self._is_careful:
            return Bounds(f"a{place}", f"a{place}")
        return Bounds(
            f"(a{place} & ~COALESCE(p{waits}, zero))", f"(a{place} | COALESCE(p{waits}, zero))"
        )

    def _at_most(self, atom: Atom) -> Bounds:
        return Bounds("zero", self._exact(atom).maybe)

    def _node(self, node: Node) -> Bounds:
        if not isinstance(node, Group):
            reader = _READERS.get(type(node))
            return reader(self, node) if reader else ANYBODY
        parts = [self._node(part) for part in node.parts]
        if node.join == "not":
            return ~parts[0]
        if not parts:
            return EVERYBODY
        return _joined(" & " if node.join == "all" else " | ", parts)

    def _any_of(self, atoms: list[Primitive]) -> Bounds:
        return _joined(" | ", [self._exact(atom) for atom in atoms])

    def _attribute(self, node: Attribute) -> Bounds:
        op = OPPOSITES.get(node.test.op, node.test.op)
        has = Primitive(("has_attribute", node.code))
        values = node.test.value if op == "in" else (node.test.value,)
        if op == "exists":
            bounds = self._exact(has)
        elif (
            op in ("eq", "in")
            and 0 < len(values) <= VALUES_MOST
            and not any(isinstance(value, Relative) for value in values)
        ):
            bounds = self._any_of([attribute(node.code, value) for value in values])
        else:
            bounds = self._at_most(has)
        return ~bounds if op != node.test.op else bounds

    def _tag(self, node: Tag) -> Bounds:
        op = OPPOSITES.get(node.test.op, node.test.op)
        values = node.test.value if op == "in" else (node.test.value,)
        if op in ("eq", "in") and node.test.kind == "text" and 0 < len(values) <= VALUES_MOST:
            bounds = self._any_of([Primitive(("tag", node.id, value)) for value in values])
        else:
            bounds = self._exact(Primitive(("has_tag", node.id)))
            if op != "exists":
                bounds = Bounds("zero", bounds.maybe)
        if node.since is not None:
            bounds = Bounds("zero", bounds.maybe)
        return ~bounds if op != node.test.op else bounds

    def _segment(self, node: Segment) -> Bounds:
        members = Primitive(("segment", node.id))
        return self._exact(members) if node.since is None else self._at_most(members)

    def _consent(self, node: Consent) -> Bounds:
        brand_id = node.brand_id or self.brand_id or 0
        state = "" if node.state == "unknown" else node.state
        bounds = self._exact(Primitive(("consent", brand_id, node.channel, node.purpose, state)))
        return bounds if state else ~bounds

    def _identity(self, node: HasIdentity) -> Bounds:
        bounds = self._exact(Primitive(("identity", node.id)))
        return bounds if node.wanted else ~bounds

    def _field(self, node: Field) -> Bounds:
        if node.name != "known" or node.test.op not in ("eq", "ne"):
            return ANYBODY
        bounds = self._exact(Primitive(("known",)))
        return bounds if node.test.value == (node.test.op == "eq") else ~bounds

    def _type_of(self, code: str) -> int | None:
        if code not in self._types:
            found = EventType.objects.filter(code=code).values_list("pk", flat=True)
            self._types[code] = found.first()
        return self._types[code]

    def _event(self, node: Event) -> Bounds:
        """By days: those that lie in the window whole are sure, the one that begins it is not."""
        start = node.window.start
        type_id = self._type_of(node.name)
        if (
            type_id is None
            or not isinstance(start, Relative)
            or node.window.since_entry
            or not timedelta(0) < -start.offset <= timedelta(days=DAYS_MOST)
        ):
            return ANYBODY
        first = (self.now + start.offset).astimezone(UTC).date()
        last = self.now.astimezone(UTC).date()

        def at_least(times: int, *, strict: bool) -> Bounds:
            if times <= 0:
                return EVERYBODY
            most = min(times, LEVELS)
            maybe = self._exact(Days(type_id, first, last, most)).maybe
            if strict and times <= LEVELS and first < last:
                inside = Days(type_id, first + timedelta(days=1), last, most)
                return Bounds(self._exact(inside).sure, maybe)
            return Bounds("zero", maybe)

        if not isinstance(node.measure, Count):
            if node.measure.of_nothing():
                return ~at_least(1, strict=False)
            return at_least(1, strict=False)
        strict = node.where is None and node.then is None and node.window.end is None
        strict = strict and node.which == "any"
        n = node.measure.number
        match node.measure.op:
            case "gte":
                return at_least(n, strict=strict)
            case "gt":
                return at_least(n + 1, strict=strict)
            case "lt":
                return ~at_least(n, strict=strict)
            case "lte":
                return ~at_least(n + 1, strict=strict)
        some, more = at_least(n, strict=strict), ~at_least(n + 1, strict=strict)
        return _joined(" & ", [some, more])


def _joined(sign: str, parts: list[Bounds]) -> Bounds:
    return Bounds(
        "(" + sign.join(part.sure for part in parts) + ")",
        "(" + sign.join(part.maybe for part in parts) + ")",
    )


ANYBODY = Bounds("zero", "(~zero)")
EVERYBODY = Bounds("(~zero)", "(~zero)")
_READERS: dict[type[Condition], Callable[[Reading, Any], Bounds]] = {
    Attribute: Reading._attribute,
    Tag: Reading._tag,
    Segment: Reading._segment,
    Consent: Reading._consent,
    HasIdentity: Reading._identity,
    Field: Reading._field,
    Event: Reading._event,
}
