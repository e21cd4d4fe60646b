"""What a node may use to say why it answered as it did: the rules with what was seen, the draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.formats import at_moment, masked, number
from customers.personal import is_personal_name, kind_of
from customers.rules import read_rule
from customers.rules.conditions.attribute import Attribute
from customers.rules.conditions.entry import Entry
from customers.rules.conditions.event import Event
from customers.rules.conditions.tag import Tag
from customers.rules.nodes import Condition
from journeys.engine.statements import fetch
from journeys.nodes.labels import in_words

if TYPE_CHECKING:
    from journeys.engine.run import Run
    from journeys.nodes.base import Member, Node

# More conditions than these are not asked one by one.
MOST_CONDITIONS = 24
LONGEST_VALUE = 80


@dataclass(frozen=True)
class Telling:
    """Asks about one member at the moment of her decision; queries are for her alone.

    `personal` are the attributes that the reader may not read of her.
    """

    run: Run
    personal: frozenset[str] = field(default=frozenset())

    def rule(self, rule: Mapping[str, Any], member: Member) -> list[SafeString]:
        """Each condition of *rule*, whether it holds for her, and what was seen."""
        read, problems = read_rule(rule, in_journey=True)
        if read is None or any(not problem.is_warning for problem in problems):
            return []
        found = []
        for condition in read.conditions()[:MOST_CONDITIONS]:
            holds = bool(self.run.matching(condition.to_json(), [member]))
            seen = self._seen(condition, member)
            if seen:
                text = (
                    _("Holds: {condition} – seen: <em>{seen}</em>")
                    if holds
                    else _("Does not hold: {condition} – seen: <em>{seen}</em>")
                )
            else:
                text = _("Holds: {condition}") if holds else _("Does not hold: {condition}")
            found.append(format_html(text, condition=condition.say(), seen=seen))
        return found

    def value(self, code: str, value: Any) -> str:
        """A value that she has; "" for none."""
        if value is None or value == "":
            return ""
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if isinstance(value, bool):
            text = _("yes") if value else _("no")
        if code in self.personal:
            return masked(text, kind_of(code))
        return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"

    def draw(
        self, point: float, shares: Iterable[tuple[str, float]], node: Node[Any]
    ) -> SafeString:
        """Where her draw fell among *shares*, whose ends are given from 0 to 1 in their order."""
        begin = 0.0
        for name, end in shares:
            if point < end or end >= 1:
                return format_html(
                    _("Her draw is <em>{draw}</em>; from {begin} to {end} it is <em>{way}</em>."),
                    draw=number(point * 100, 2),
                    begin=number(begin * 100, 2),
                    end=number(end * 100, 2),
                    way=in_words(name, node.labels),
                )
            begin = end
        return format_html(_("Her draw is <em>{draw}</em>."), draw=number(point * 100, 2))

    # helpers

    def _seen(self, condition: Condition, member: Member) -> str:
        """What was compared, in words; "" where there is nothing to show."""
        match condition:
            case Attribute(code=code):
                rows = fetch("attribute_of", {"ids": [member.enrollment_id], "code": code})
                return self.value(code, rows[0][1] if rows else None) or _("nothing")
            case Entry(name=name):
                value = member.payload.get(name)
                is_hidden = bool(self.personal) and is_personal_name(name)
                shown = masked(str(value), kind_of(name)) if is_hidden and value else value
                return self.value("", shown) or _("nothing")
            case Tag(id=tag_id):
                rows = fetch("tags_of", {"customer": member.customer_id, "tag": tag_id})
                values = [self.value("", value) or _("yes") for (value,) in rows]
                return ", ".join(values) or _("nothing")
            case Event(name=name):
                return self._events(name, member)
        return ""

    def _events(self, name: str, member: Member) -> str:
        about = {"customer": member.customer_id, "event": name, "now": self.run.now}
        [(times, last)] = fetch("times_done", about)
        if not times:
            return _("never")
        words = ngettext("%(n)s time, last %(when)s", "%(n)s times, last %(when)s", times)
        return words % {"n": number(times), "when": at_moment(last, self.run.now)}
