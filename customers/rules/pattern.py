"""Patterns for `matches`: a small part of regular expressions that can't explode.

Letters, `.`, classes such as [a-z0-9], \\d, groups, `|`, and the repeats `*`, `+`, `?`, {2,5}; a
pattern describes the whole text. What is left out is what makes engines backtrack or differ:
look-around, back-references, repeats of what holds a repeat. PostgreSQL, which answers, goes
through the text once; Python means the same, and is asked about single short texts only.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

LONGEST = 200
MOST_REPEATS = 50
_CLASS = re.compile(r"\[\^?(?:[^\[\]\\^-]|\\[\[\]\\^-])(?:[^\[\]\\^]|\\[\[\]\\^-])*\]")
_REPEAT = re.compile(r"\{(\d{1,4})(?:,(\d{1,4})?)?\}")
_PLAIN_ESCAPES = set(".^$*+?{}[]\\|()/-")


class BadPattern(ValueError):
    """A pattern that can't be used; the text says at which sign and why."""


def check_pattern(pattern: str) -> str:
    """Return *pattern* when it is in the allowed form; raise BadPattern with a sentence."""
    if not 0 < len(pattern) <= LONGEST:
        raise BadPattern(_("A pattern has 1 to %(most)s signs.") % {"most": LONGEST})
    end, _repeats = _branches(pattern, 0, depth=0)
    if end < len(pattern):
        raise _at(end, _("this bracket was never opened"))
    try:
        re.compile(pattern)
    except re.error as error:
        raise BadPattern(_("The pattern can't be read: %(why)s.") % {"why": error}) from None
    return pattern


def python_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern for Python: the whole text, `.` being any sign, digits being 0 to 9."""
    return re.compile(f"(?:{pattern})", re.ASCII | re.DOTALL)


def sql_pattern(pattern: str) -> str:
    """The pattern for PostgreSQL's `~`."""
    return f"^(?:{_plain_digits(pattern)})$"


# helpers


def _branches(text: str, at: int, depth: int) -> tuple[int, bool]:
    """Read up to the closing bracket; return where it stands and whether a repeat was inside."""
    if depth > 5:
        raise _at(at, _("brackets may be nested at most five deep"))
    repeats, item = False, ""
    while at < len(text) and text[at] != ")":
        sign = text[at]
        if sign in "*+?{":
            at = _repeat(text, at, item)
            repeats, item = True, ""
        elif sign == "(":
            if text.startswith("(?", at) and not text.startswith("(?:", at):
                raise _at(at, _("look-around and named groups are not allowed"))
            begin = at + (3 if text.startswith("(?:", at) else 1)
            end, inner = _branches(text, begin, depth + 1)
            if end >= len(text):
                raise _at(at, _("this bracket is never closed"))
            at, item, repeats = end + 1, "repeat" if inner else "plain", repeats or inner
        elif sign == "[":
            found = _CLASS.match(text, at)
            if not found:
                raise _at(at, _("a class looks like [a-z0-9]"))
            at, item = found.end(), "plain"
        elif sign == "\\":
            if text[at + 1 : at + 2] not in {"d", *_PLAIN_ESCAPES}:
                raise _at(at, _("of the escapes only \\d and those of signs are allowed"))
            at, item = at + 2, "plain"
        elif sign in "^$]}":
            raise _at(at, _("write a \\ before this sign; a pattern describes the whole text"))
        else:
            at, item = at + 1, "" if sign == "|" else "plain"
    return at, repeats


def _repeat(text: str, at: int, item: str) -> int:
    if not item:
        raise _at(at, _("there is nothing to repeat"))
    if item == "repeat":
        raise _at(at, _("what holds a repeat can't be repeated: such patterns never end"))
    if text[at] != "{":
        end = at + 1
    else:
        found = _REPEAT.match(text, at)
        if not found:
            raise _at(at, _("a repeat looks like {2} or {2,5}"))
        low, high = int(found[1]), int(found[2] or found[1])
        if max(low, high) > MOST_REPEATS or low > high:
            raise _at(at, _("a repeat goes up to %(most)s") % {"most": MOST_REPEATS})
        end = found.end()
    if text[end : end + 1] in ("?", "+", "*", "{"):
        raise _at(end, _("one repeat after another has no meaning here"))
    return end


def _plain_digits(pattern: str) -> str:
    """\\d as [0-9], since PostgreSQL's \\d may mean the digits of every script."""
    return re.sub(r"\\(.)", lambda m: "[0-9]" if m[1] == "d" else m[0], pattern)


def _at(place: int, why: str) -> BadPattern:
    return BadPattern(
        _("The pattern can't be used: at sign %(place)s, %(why)s.")
        % {"place": place + 1, "why": why}
    )
