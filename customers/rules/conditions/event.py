"""What a customer did: {"event": "order_paid", "sum": {"property": "amount", "gte": 100}}.

Which events count is said by `where`, the window, `which` and `then`; what is asked of them by
one measure, at least once if none is named. Events after now never count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.rules import shapes
from customers.rules.measures import AMOUNTS, KEYS, Count, Measure, read_measure
from customers.rules.moments import WINDOW_KEYS, Window, read_window
from customers.rules.nodes import Compiled, Condition, PropertyCondition, Title
from customers.rules.properties import property_sql
from customers.rules.reader import Reader
from customers.rules.sequence import TYPE, Then, event_title, read_then
from customers.rules.where import Where
from customers.rules.words import em, say_property, say_window

ONCE = Count()


@dataclass(frozen=True, slots=True)
class Event(Condition):
    """`which` is "any", or "first" or "last" of the events in the window that fit `where`."""

    name: str
    title: Title
    measure: Measure = ONCE
    window: Window = field(default_factory=Window)
    where: PropertyCondition | None = None
    which: str = "any"
    then: Then | None = None

    key: ClassVar = "event"
    label: ClassVar = gettext_lazy("Event")
    icon: ClassVar = "bolt"

    @classmethod
    def read(cls, reader: Reader, data: Mapping[str, Any], place: str) -> Event | None:
        reader.only(data, place, "event", *KEYS, *WINDOW_KEYS, "where", "which", "then")
        name = reader.text(data, "event", place)
        if not name:
            return None
        title = event_title(reader, name, f"{place}.event")
        measure = read_measure(reader, data, place)
        window = read_window(reader, data, place)
        where = reader.property(data["where"], f"{place}.where") if "where" in data else None
        which = reader.one_of({"which": "any", **data}, "which", ["any", "first", "last"], place)
        then = read_then(reader, data, place) if "then" in data else None
        if which in ("first", "last") and measure not in (ONCE, None):
            text = _("Of the first or last one there is nothing to measure. Ask what followed it.")
            reader.refuse(f"{place}.which", text)
        return cls(name, title, measure, window, where, which, then) if measure else None

    @property
    def names(self) -> frozenset[str]:
        """The events that it looks at."""
        found, then = {self.name}, self.then
        while then is not None:
            found.add(then.name)
            then = then.then
        return frozenset(found)

    @property
    def ages(self) -> frozenset[timedelta]:
        """The ages at which an event begins or stops to count."""
        found, then = set(self.window.ages), self.then
        while then is not None:
            found |= {then.within} if then.within else set()
            then = then.then
        return frozenset(found)

    def compile(self, where: Where) -> Compiled:
        # Days in properties of events are those of the brand: a pass over events has no customer.
        inner = replace(where, alias=None)
        source, params = self._source(inner, where.alias)
        follows = self.then.compile(inner) if self.then else Compiled("")
        if where.whole and not self.window.since_entry:
            return self._in_one_pass(where, inner, follows)
        if self.measure == ONCE:
            return Compiled(
                f"EXISTS (SELECT 1 FROM {source}{follows.sql})", (*params, *follows.params)
            )
        if isinstance(self.measure, Count) and self.measure.op == "gte":
            most = self.measure.number
            return Compiled(
                f"((SELECT count(*) FROM (SELECT 1 FROM {source}{follows.sql} LIMIT %s) AS found)"
                " >= %s)",
                (*params, *follows.params, most, most),
            )
        measured = self.measure.compile(inner)
        return Compiled(
            f"(SELECT {measured.sql} FROM {source}{follows.sql})",
            (*measured.params, *params, *follows.params),
        )

    def _in_one_pass(self, where: Where, inner: Where, follows: Compiled) -> Compiled:
        """Over everybody one pass over the events beats a look into the index per customer."""
        source, params = self._source(inner, None)
        measured = self.measure.compile(inner)
        name = where.join(
            f"SELECT e.customer_id, {measured.sql} AS holds FROM {source}{follows.sql}"
            " GROUP BY e.customer_id",
            (*measured.params, *params, *follows.params),
        )
        return Compiled(f"COALESCE({name}.holds, {str(self.measure.of_nothing()).lower()})")

    def _source(self, where: Where, alias: str | None) -> Compiled:
        """The events that fit, called e, of one customer or (no alias) of everybody."""
        # The type is found when the statement runs, so that a rule outlives the first such event.
        sql, params = f"customers_event e WHERE e.event_type_id = {TYPE}", [self.name]
        if alias is not None:
            sql += f" AND e.customer_id = {alias}.id"
        window, brand = self.window.compile("e.occurred_at", where), where.events
        sql, params = sql + window.sql + brand.sql, [*params, *window.params, *brand.params]
        if self.where is not None:
            inner = property_sql(self.where, "e.properties", where)
            sql, params = f"{sql} AND {inner.sql}", [*params, *inner.params]
        if self.which == "any":
            return Compiled(sql, tuple(params))
        way = "" if self.which == "first" else " DESC"
        order = f"e.occurred_at{way}, e.id{way}"
        if alias is not None:
            one = f"SELECT e.* FROM {sql} ORDER BY {order} LIMIT 1"
        else:
            distinct = "DISTINCT ON (e.customer_id)"
            one = f"SELECT {distinct} e.* FROM {sql} ORDER BY e.customer_id, {order}"
        return Compiled(f"({one}) AS e WHERE true", tuple(params))

    def say(self) -> SafeString:
        name = em(self.title)
        if self.where is not None:
            name = format_html(_("{} ({})"), name, say_property(self.where, 1))
        if self.which != "any":
            words = _("a first {what}") if self.which == "first" else _("a last {what}")
            name = format_html(words, what=name)
        if self.then is not None:
            name = self.then.say(name)
            if self.measure != ONCE:
                # What is counted is the whole chain, not its last event.
                name = format_html(_("({})"), name)
        if self.measure == ONCE or isinstance(self.measure, Count):
            return say_window(self.measure.say(name), self.window)
        return self.measure.say(say_window(name, self.window))

    def to_json(self) -> dict[str, Any]:
        written: dict[str, Any] = {"event": self.name, **self.measure.to_json()}
        written |= self.window.to_json()
        if self.where is not None:
            written["where"] = self.where.to_json()
        if self.which != "any":
            written["which"] = self.which
        if self.then is not None:
            written["then"] = self.then.to_json()
        return written

    @classmethod
    def schema(cls) -> dict[str, Any]:
        amount = shapes.record(("property",), property=shapes.TEXT, **shapes.COMPARISON)
        distinct = shapes.record(property=shapes.TEXT, days={"const": True}, **shapes.COMPARISON)
        end = shapes.record(property=shapes.TEXT, **shapes.TEST)
        then = shapes.record(
            ("event",),
            event=shapes.TEXT,
            within=shapes.DURATION,
            **{"is": {"type": "boolean"}},
            later=shapes.one_of(["day"]),
            same={"type": "array", "items": shapes.TEXT, "maxItems": 3},
            where=shapes.WHERE,
            then={"$ref": "#/$defs/event/properties/then"},
        )
        return shapes.condition(
            "event",
            shapes.TEXT,
            count=shapes.record(**shapes.COMPARISON),
            **dict.fromkeys(AMOUNTS, amount),
            distinct=distinct,
            first=end,
            last=end,
            within=shapes.DURATION,
            **{"from": shapes.MOMENT},
            to=shapes.MOMENT,
            since={"const": "entry"},
            where=shapes.WHERE,
            which=shapes.one_of(["any", "first", "last"]),
            then=then,
        )
