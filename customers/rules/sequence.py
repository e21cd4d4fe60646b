"""What came, or did not come, after an event: {"then": {"event": "paid", "within": "1d"}}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers.models import EventType
from customers.rules.duration import read_duration, say_duration, write_duration
from customers.rules.nodes import Compiled, PropertyCondition, Title
from customers.rules.properties import property_sql
from customers.rules.reader import Reader, title_of
from customers.rules.where import Where
from customers.rules.words import em, say_property

LINKS_MOST = 4
SAME_MOST = 3
TYPE = "(SELECT y.id FROM customers_eventtype y WHERE y.code = %s)"


@dataclass(frozen=True, slots=True)
class Then:
    """An event strictly after the one before it.

    `within` counts from the one before, its end included. `negated`: there is none, and the time
    for it is over. `later_day`: on a later day of the brand's clock. `same`: properties that both
    have with the same value. `then`: what has to follow this one in turn.
    """

    name: str
    title: Title
    where: PropertyCondition | None = None
    within: timedelta | None = None
    negated: bool = False
    later_day: bool = False
    same: tuple[str, ...] = ()
    then: Then | None = None

    def compile(self, where: Where, before: str = "e", link: int = 1) -> Compiled:
        """SQL about the event called *before*, beginning with AND."""
        me = f"e{link}"
        sql = (
            f"EXISTS (SELECT 1 FROM customers_event {me} WHERE {me}.customer_id ="
            f" {before}.customer_id AND {me}.event_type_id = {TYPE} AND {me}.occurred_at <= %s"
            f" AND {me}.occurred_at > {before}.occurred_at"
        )
        params: list[Any] = [self.name, where.now]
        if where.events_of is not None:
            sql += f" AND ({me}.brand_id IS NULL OR {me}.brand_id = %s)"
            params.append(where.events_of)
        if self.within is not None:
            sql += f" AND {me}.occurred_at <= {before}.occurred_at + %s::interval"
            params.append(self.within)
        if self.later_day:
            day = "({}.occurred_at AT TIME ZONE %s::text)::date"
            sql += f" AND {day.format(me)} > {day.format(before)}"
            params += [where.zone, where.zone]
        for name in self.same:
            sql += (
                f" AND {me}.properties -> %s::text"
                f" = NULLIF({before}.properties -> %s::text, 'null'::jsonb)"
            )
            params += [name, name]
        if self.where is not None:
            inner = property_sql(self.where, f"{me}.properties", where)
            sql += f" AND {inner.sql}"
            params += inner.params
        if self.then is not None:
            inner = self.then.compile(where, me, link + 1)
            sql += inner.sql
            params += inner.params
        sql += ")"
        if not self.negated:
            return Compiled(f" AND {sql}", tuple(params))
        if self.within is None:
            return Compiled(f" AND NOT {sql}", tuple(params))
        over = f" AND {before}.occurred_at + %s::interval < %s"
        return Compiled(f"{over} AND NOT {sql}", (self.within, where.now, *params))

    def say(self, what: SafeString) -> SafeString:
        """*what*, followed by this or not."""
        name = em(self.title)
        if self.where is not None:
            name = format_html(_("{} ({})"), name, say_property(self.where, 1))
        if self.same:
            words = _("{what} with the same {names}")
            name = format_html(words, what=name, names=em(", ".join(self.same)))
        if self.later_day:
            name = format_html(_("{what} on a later day"), what=name)
        if self.then is not None:
            name = self.then.say(name)
        if self.within is None:
            words = (
                _("{first}, not followed by {second}")
                if self.negated
                else _("{first}, followed by {second}")
            )
            return format_html(words, first=what, second=name)
        words = (
            _("{first}, not followed by {second} within {span}")
            if self.negated
            else _("{first}, followed by {second} within {span}")
        )
        span = em(say_duration(self.within))
        return format_html(words, first=what, second=name, span=span)

    def to_json(self) -> dict[str, Any]:
        """As it is written."""
        written: dict[str, Any] = {"event": self.name}
        if self.within is not None:
            written["within"] = write_duration(self.within)
        if self.negated:
            written["is"] = False
        if self.later_day:
            written["later"] = "day"
        if self.same:
            written["same"] = list(self.same)
        if self.where is not None:
            written["where"] = self.where.to_json()
        if self.then is not None:
            written["then"] = self.then.to_json()
        return written


def read_then(reader: Reader, data: Mapping[str, Any], place: str, link: int = 1) -> Then | None:
    """Read the `then` of an event."""
    if link > LINKS_MOST:
        text = _("At most %(most)s events may follow one another.") % {"most": LINKS_MOST}
        reader.refuse(f"{place}.then", text)
        return None
    inner, place = reader.inner(data, "then", place), f"{place}.then"
    if not inner:
        return None
    reader.only(inner, place, "event", "within", "is", "later", "same", "where", "then")
    name = reader.text(inner, "event", place)
    title = event_title(reader, name, f"{place}.event") if name else Title("")
    within = None
    if "within" in inner:
        try:
            within = read_duration(inner["within"])
        except ValueError as error:
            reader.refuse(f"{place}.within", str(error))
    came = inner.get("is", True)
    if not isinstance(came, bool):
        text = _("true or false is expected, but %(value)s came.")
        reader.refuse(f"{place}.is", text % {"value": repr(came)[:40]})
    later = "later" in inner and bool(reader.one_of(inner, "later", ["day"], place))
    condition = reader.property(inner["where"], f"{place}.where") if "where" in inner else None
    then = read_then(reader, inner, place, link + 1) if "then" in inner else None
    same = _same(reader, inner, place)
    return Then(name, title, condition, within, not came, later, same, then) if name else None


def event_title(reader: Reader, name: str, place: str) -> Title:
    """The name of an event; that none has come in yet is only a warning."""
    found = reader.words.event(name)
    if found is None:
        text = _("No event “%(name)s” has come in yet. Until one does, nobody matches.")
        reader.refuse(place, text % {"name": name}, is_warning=True)
    return title_of(found or EventType(code=name))


# helpers


def _same(reader: Reader, data: Mapping[str, Any], place: str) -> tuple[str, ...]:
    names = data.get("same", [])
    if (
        isinstance(names, list)
        and len(names) <= SAME_MOST
        and all(isinstance(n, str) and 0 < len(n) <= 120 and n.isprintable() for n in names)
    ):
        return tuple(dict.fromkeys(names))
    text = _("A list of at most %(most)s names of properties is expected, but %(value)s came.")
    reader.refuse(f"{place}.same", text % {"most": SAME_MOST, "value": repr(names)[:60]})
    return ()
