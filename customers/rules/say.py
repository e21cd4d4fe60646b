"""A rule in words: one sentence in the reader's language, its settings marked with <em>."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.html import format_html, format_html_join
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
    between = (
        pgettext("between conditions", ", and ")
        if how == "all"
        else pgettext("between conditions", ", or ")
    )
    text = format_html_join(SafeString(between), "{}", ((part,) for part in parts))
    return format_html("({})", text) if depth and len(parts) > 1 else text


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
        return _em(pgettext("between values", " or ").join(shown))
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
        _("consent to {} by {} is {}"),
        Purpose(node.purpose).label,
        _em(Channel(node.channel).label),
        _em(state),
    )


def _event(node: nodes.Event) -> SafeString:
    title = str(node.title)
    name = _em(title)
    if node.where is not None:
        name = format_html(_("{} ({})"), name, say_property(node.where, 1))
    span = _span(node)
    if (node.op, node.number) in (("gte", 1), ("gt", 0)):
        return format_html(_("did {}{}"), name, span)
    if (node.op, node.number) in (("eq", 0), ("lt", 1), ("lte", 0)):
        return format_html(_("did not do {}{}"), name, span)
    n = node.number
    times = ngettext("%(n)s time", "%(n)s times", n) % {"n": number(n)}
    words = {
        "gte": _("did {} at least {}{}"),
        "gt": _("did {} more than {}{}"),
        "lt": _("did {} fewer than {}{}"),
        "lte": _("did {} at most {}{}"),
        "eq": _("did {} exactly {}{}"),
    }
    return format_html(words[node.op], name, _em(times), span)


def _span(node: nodes.Event) -> SafeString:
    parts = []
    if node.within is not None:
        parts.append(format_html(_(" in the last {}"), _em(say_duration(node.within))))
    if node.since_entry:
        parts.append(format_html("{}", _(" since entering")))
    return format_html_join("", "{}", ((part,) for part in parts))
