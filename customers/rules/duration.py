"""Lengths of time as people write them: 90s, 15m, 24h, 3d, 2w, and 1d12h."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
LONGEST = timedelta(days=3660)
_FORM = re.compile(r"(?:\d{1,7}[wdhms]\s*)+")
_NEGATIVE = re.compile(r"-\s*\d{1,7}[wdhms]")
_PART = re.compile(r"(\d{1,7})([wdhms])")


def read_duration(text: object) -> timedelta:
    """Return the length of time that *text* says; raise ValueError with a sentence otherwise."""
    if isinstance(text, str) and _NEGATIVE.fullmatch(text.strip()):
        raise ValueError(_("A length of time lies between one second and ten years."))
    if not isinstance(text, str) or not _FORM.fullmatch(text.strip()):
        raise ValueError(
            _("A length of time is written as 90s, 15m, 24h, 3d, 2w or 1d12h, but %(value)s came.")
            % {"value": repr(text)[:40]}
        )
    total = sum((int(n) * UNITS[unit] for n, unit in _PART.findall(text)), timedelta(0))
    if not timedelta(0) < total <= LONGEST:
        raise ValueError(_("A length of time lies between one second and ten years."))
    return total


def write_duration(span: timedelta) -> str:
    """The shortest way to write *span*, such as "1d12h"; fractions of a second are dropped."""
    left, text = int(span.total_seconds()), ""
    for unit, length in UNITS.items():
        if unit == "w" and left % int(length.total_seconds()):
            continue
        count, left = divmod(left, int(length.total_seconds()))
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def say_duration(span: timedelta) -> str:
    """*span* in words: "30 days", "1 day 12 hours"."""
    left, words = int(span.total_seconds()), []
    for unit in ("d", "h", "m", "s"):
        count, left = divmod(left, int(UNITS[unit].total_seconds()))
        if count:
            words.append(_say_unit(unit, count))
    return " ".join(words) or _say_unit("s", 0)


# helpers


def _say_unit(unit: str, n: int) -> str:
    if unit == "d":
        return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}
    if unit == "h":
        return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": n}
    if unit == "m":
        return ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": n}
    return ngettext("%(n)s second", "%(n)s seconds", n) % {"n": n}
