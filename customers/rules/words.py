"""Tests, values and moments in words, the settings marked with <em>."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from customers.formats import day, moment, number
from customers.rules.duration import say_duration
from customers.rules.moments import Moment, MomentTest, Window
from customers.rules.nodes import PropertyCondition, Relative, Test

SHOWN = 4


def em(words: object) -> SafeString:
    """Marked as a setting."""
    return format_html("<em>{}</em>", words)


def joined(how: str, parts: list[SafeString], depth: int) -> SafeString:
    """Several clauses as one, in brackets when they stand inside another."""
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


def say_property(condition: PropertyCondition, depth: int = 0) -> SafeString:
    """A property condition in words."""
    if condition.test is not None:
        return say_test(condition.name, condition.test)
    if condition.join == "not":
        return format_html(_("not ({})"), say_property(condition.parts[0]))
    parts = [say_property(part, depth + 1) for part in condition.parts]
    return joined(condition.join, parts, depth)


def say_test(name: str, test: Test) -> SafeString:
    """What is tested, and how: "City is one of <em>Hangzhou or Ningbo</em>"."""
    if test.op == "exists":
        return format_html(_("{} is known"), name)
    if test.op == "missing":
        return format_html(_("{} is not known"), name)
    if test.op == "anniversary":
        return _say_anniversary(name, *test.value)
    if test.op == "between":
        low, high = test.value
        return format_html(_("{} is between {} and {}"), name, em(plain(low)), em(plain(high)))
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
        "not_contains": _("{} does not contain {}"),
        "starts_with": _("{} starts with {}"),
        "ends_with": _("{} ends with {}"),
        "matches": _("{} matches the pattern {}"),
        "contains_any": _("{} contains {}"),
        "contains_all": _("{} contains all of {}"),
        "contains_none": _("{} contains none of {}"),
    }
    if test.kind in ("date", "datetime"):
        words |= {
            "gt": _("{} is after {}"),
            "gte": _("{} is not before {}"),
            "lt": _("{} is before {}"),
            "lte": _("{} is not after {}"),
        }
    return format_html(words[test.op], name, _value(test))


def say_moment_test(what: str | SafeString, test: MomentTest) -> SafeString:
    """When it was: "the first <em>order</em> was before <em>1 Nov</em>"."""
    if test.op == "between":
        first, last = (em(say_moment(each)) for each in test.value)
        words = _("{what} was between {first} and {last}")
        return format_html(words, what=what, first=first, last=last)
    by_op = {
        "gt": _("{what} was after {at}"),
        "gte": _("{what} was not before {at}"),
        "lt": _("{what} was before {at}"),
        "lte": _("{what} was not after {at}"),
        "exists": _("there was {what}"),
        "missing": _("there was never {what}"),
    }
    at = em(say_moment(test.value[0])) if test.value else ""
    return format_html(by_op[test.op], what=what, at=at)


def say_moment(value: Moment) -> str:
    """A moment: "1 Nov", "30 days ago", "now"."""
    if isinstance(value, Relative):
        return plain(value)
    return moment(value) if isinstance(value, datetime) else day(value)


def say_window(what: SafeString, window: Window) -> SafeString:
    """*what* with the time in which it has to be."""
    start, end = window.start, window.end
    if start is not None and end is not None:
        first, last = em(say_moment(start)), em(say_moment(end))
        words = _("{what} between {first} and {last}")
        what = format_html(words, what=what, first=first, last=last)
    elif isinstance(start, Relative) and start.offset < timedelta(0):
        span = em(say_duration(-start.offset))
        what = format_html(_("{what} in the last {span}"), what=what, span=span)
    elif start is not None:
        what = format_html(_("{what} since {at}"), what=what, at=em(say_moment(start)))
    elif end is not None:
        what = format_html(_("{what} up to {at}"), what=what, at=em(say_moment(end)))
    if window.since_entry:
        what = format_html(_("{what} since entering"), what=what)
    return what


def plain(value: Any) -> str:
    """A value as people write it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return number(value, 0 if value == int(value) else 2)
    if isinstance(value, Relative):
        if not value.offset:
            return _("now")
        span = say_duration(abs(value.offset))
        if value.offset > timedelta(0):
            return _("%(span)s from now") % {"span": span}
        return _("%(span)s ago") % {"span": span}
    text = str(value)
    try:
        return day(date.fromisoformat(text[:10])) if len(text) in (10, 27) else text
    except ValueError:
        return text


# helpers


def _value(test: Test) -> SafeString:
    if not isinstance(test.value, tuple):
        return em(plain(test.value))
    shown = [plain(each) for each in test.value[:SHOWN]]
    left = len(test.value) - SHOWN
    if left > 0:
        shown.append(ngettext("%(n)s more", "%(n)s more", left) % {"n": left})
    pattern = (
        pgettext("values", "{first} and {second}")
        if test.op == "contains_all"
        else pgettext("values", "{first} or {second}")
    )
    text = shown[0]
    for word in shown[1:]:
        text = pattern.format(first=text, second=word)
    return em(text)


def _say_anniversary(name: str, low: int, high: int) -> SafeString:
    if low == high == 0:
        return format_html(_("the anniversary of {} is {}"), name, em(_("today")))
    if low == high:
        return format_html(_("the anniversary of {} is {}"), name, em(_in_days(low)))
    if low == 0:
        span = ngettext("the next %(n)s day", "the next %(n)s days", high) % {"n": high}
        return format_html(_("the anniversary of {} is within {}"), name, em(span))
    return format_html(
        _("the anniversary of {} is between {} and {}"),
        name,
        em(_in_days(low)),
        em(_in_days(high)),
    )


def _in_days(n: int) -> str:
    if n == 0:
        return _("today")
    if n < 0:
        return ngettext("%(n)s day ago", "%(n)s days ago", -n) % {"n": -n}
    return ngettext("in %(n)s day", "in %(n)s days", n) % {"n": n}
