"""A rule in words: one sentence in the reader's language, its settings marked with <em>."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from customers.formats import day, number
from customers.models import Channel, ConsentState, Purpose
from customers.rules import nodes
from customers.rules.duration import say_duration
from customers.rules.nodes import PropertyCondition, Relative, Rule, Test

SHOWN = 4


def say(rule: Rule) -> SafeString:
    """The rule as a whole sentence: "Customers whose City is <em>Shanghai</em>, and …"."""
    if isinstance(rule.root, nodes.Group) and not rule.root.parts:
        return format_html("{}", _("All customers."))
    return format_html(_("Customers for whom this holds: {}."), say_node(rule.root))


def say_clause(rule: Rule) -> SafeString:
    """The rule as a clause for a sentence of the caller."""
    return say_node(rule.root)


def say_node(node: nodes.Node, depth: int = 0) -> SafeString:
    """One node and all below it."""
    match node:
        case nodes.Group(join="not"):
            return format_html(_("not ({})"), say_node(node.parts[0]))
        case nodes.Group():
            return _joined(node.join, [say_node(part, depth + 1) for part in node.parts], depth)
        case nodes.Attribute():
            return _test(str(node.title), node.test)
        case nodes.Tag():
            return _tag(node)
        case nodes.Entry():
            return _test(_("%(name)s at entry") % {"name": node.name}, node.test)
        case nodes.Segment():
            return format_html(_("in the segment {}"), _em(node.title))
        case nodes.Random():
            share = f"{node.below * 100:g} %"
            return format_html(_("in a random {} (by “{}”)"), _em(share), node.salt)
        case nodes.Consent():
            return _consent(node)
        case nodes.Event():
            return _event(node)


def say_property(condition: PropertyCondition, depth: int = 0) -> SafeString:
    """A property condition in words."""
    if condition.test is not None:
        return _test(condition.name, condition.test)
    if condition.join == "not":
        return format_html(_("not ({})"), say_property(condition.parts[0]))
    parts = [say_property(part, depth + 1) for part in condition.parts]
    return _joined(condition.join, parts, depth)


# helpers


def _em(words: object) -> SafeString:
    return format_html("<em>{}</em>", words)


def _joined(how: str, parts: list[SafeString], depth: int) -> SafeString:
    if not parts:
        return format_html("{}", _("everybody"))
    pattern = (
        pgettext("conditions", "{first}, and {second}")
        if how == "all"
        else pgettext("conditions", "{first}, or {second}")
    )
    text = parts[0]
    for part in parts[1:]:
        text = format_html(pattern, first=text, second=part)
    return format_html(_("({})"), text) if depth and len(parts) > 1 else text


def _test(name: str, test: Test) -> SafeString:
    if test.op == "exists":
        return format_html(_("{} is known"), name)
    if test.op == "missing":
        return format_html(_("{} is not known"), name)
    words = {
        "eq": _("{} is {}"),
        "ne": _("{} is not {}"),
        "in": _("{} is one of {}"),
        "not_in": _("{} is none of {}"),
        "gt": _("{} is over {}"),
        "gte": _("{} is at least {}"),
        "lt": _("{} is under {}"),
        "lte": _("{} is at most {}"),
        "contains": _("{} contains {}"),
    }
    if test.kind in ("date", "datetime"):
        words |= {
            "gt": _("{} is after {}"),
            "gte": _("{} is not before {}"),
            "lt": _("{} is before {}"),
            "lte": _("{} is not after {}"),
        }
    return format_html(words[test.op], name, _value(test.value))


def _tag(node: nodes.Tag) -> SafeString:
    if node.test.op == "exists":
        return format_html(_("has the tag {}"), _em(node.title))
    if node.test.op == "missing":
        return format_html(_("does not have the tag {}"), _em(node.title))
    return _test(_("tag %(name)s") % {"name": node.title}, node.test)


def _value(value: Any) -> SafeString:
    if isinstance(value, tuple):
        shown = [_plain(each) for each in value[:SHOWN]]
        left = len(value) - SHOWN
        if left > 0:
            shown.append(ngettext("%(n)s more", "%(n)s more", left) % {"n": left})
        text = shown[0]
        for word in shown[1:]:
            text = pgettext("values", "{first} or {second}").format(first=text, second=word)
        return _em(text)
    return _em(_plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return number(value, 0 if value == int(value) else 2)
    if isinstance(value, Relative):
        span = say_duration(abs(value.offset))
        if value.offset.total_seconds() > 0:
            return _("%(span)s from now") % {"span": span}
        return _("%(span)s ago") % {"span": span}
    text = str(value)
    try:
        return day(date.fromisoformat(text[:10])) if len(text) in (10, 27) else text
    except ValueError:
        return text


def _consent(node: nodes.Consent) -> SafeString:
    state = ConsentState(node.state).label if node.state != "unknown" else _("never asked")
    return format_html(
        _("consent to {purpose} by {channel} is {state}"),
        purpose=Purpose(node.purpose).label,
        channel=_em(Channel(node.channel).label),
        state=_em(state),
    )


def _event(node: nodes.Event) -> SafeString:
    name = _em(node.title)
    if node.where is not None:
        name = format_html(_("{} ({})"), name, say_property(node.where, 1))
    text = _happened(node, name)
    if node.within is not None:
        span = _em(say_duration(node.within))
        text = format_html(_("{what} in the last {span}"), what=text, span=span)
    if node.since_entry:
        text = format_html(_("{what} since entering"), what=text)
    return text


def _happened(node: nodes.Event, name: SafeString) -> SafeString:
    if (node.op, node.number) in (("gte", 1), ("gt", 0)):
        return format_html(_("did {what}"), what=name)
    if (node.op, node.number) in (("eq", 0), ("lt", 1), ("lte", 0)):
        return format_html(_("did not do {what}"), what=name)
    n = node.number
    times = ngettext("%(n)s time", "%(n)s times", n) % {"n": number(n)}
    words = {
        "gte": _("did {what} at least {times}"),
        "gt": _("did {what} more than {times}"),
        "lt": _("did {what} fewer than {times}"),
        "lte": _("did {what} at most {times}"),
        "eq": _("did {what} exactly {times}"),
    }
    return format_html(words[node.op], what=name, times=_em(times))
