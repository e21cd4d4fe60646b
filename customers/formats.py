"""How figures, moments and personal data are written for a reader, in pages and in sentences.

All functions are pure, take what they need as arguments and return plain text (not HTML).
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
Figure = int | float | Decimal

FEW = 100  # below it a percentage says more than the numbers know

SYMBOLS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "TWD": "NT$"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def number(value: Figure | None, places: int = 0) -> str:
    """1204377 as "1,204,377"; an unknown figure (None) is a dash."""
    if value is None:
        return "–"
    return f"{value:,.{places}f}".replace("-", MINUS)


def percent(share: Figure | None, places: int = 1) -> str:
    """A share of 0 to 1 as "18.3 %" ("18.3%" in Chinese); None (nothing to divide by) is a dash."""
    if share is None:
        return "–"
    gap = "" if is_chinese() else NO_BREAK
    value = float(share) * 100
    return f"{number(value, 0 if value in (0, 100) else places)}{gap}%"


def share(part: Figure, whole: Figure) -> float | None:
    """part / whole, or None when there is no whole."""
    return float(part) / float(whole) if whole else None


def signed(value: Figure, places: int = 0) -> str:
    """A change with its sign: +4, −2, 0."""
    text = number(value, places)
    return f"+{text}" if value > 0 else text


def change(now: Figure, before: Figure) -> str:
    """The change from before to now with its sign: in percent ("+4 %"), or as a plain number
    ("+7") when there were fewer than a hundred before."""
    if before < FEW:
        return signed(float(now) - float(before))
    gap = "" if is_chinese() else NO_BREAK
    return f"{signed(round((float(now) / float(before) - 1) * 100))}{gap}%"


def points(difference: Figure | None, places: int = 2) -> str:
    """A difference of two shares in points: 0.0079 as "+0.79"."""
    return "–" if difference is None else signed(float(difference) * 100, places)


def money(amount: Decimal | int | float | str | None, currency: str = "CNY") -> str:
    """2914 as "¥2,914"; two places only when the amount has cents."""
    if amount is None or amount == "":
        return "–"
    try:
        value = Decimal(str(amount))
    except InvalidOperation:
        return str(amount)
    places = 0 if value == value.to_integral_value() else 2
    sign = MINUS if value < 0 else ""
    return f"{sign}{SYMBOLS.get(currency, currency + NO_BREAK)}{abs(value):,.{places}f}"


def clock(moment: datetime) -> str:
    """The time of day in the reader's zone: "9:05"."""
    local = timezone.localtime(moment)
    return f"{local.hour}:{local.minute:02d}"


def day(value: datetime | date, today: date | None = None) -> str:
    """A day in the reader's words: "21 Nov", with the year when it is not this one."""
    local = timezone.localtime(value).date() if isinstance(value, datetime) else value
    this_year = (today or timezone.localdate()).year == local.year
    month = month_name(local.month)
    if this_year:
        return _("%(day)s %(month)s") % {"day": local.day, "month": month}
    return _("%(day)s %(month)s %(year)s") % {
        "day": local.day,
        "month": month,
        "year": local.year,
    }


def weekday(value: date) -> str:
    """The day of the week: "Saturday"."""
    names = (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )
    return names[value.weekday()]


def moment(value: datetime, now: datetime | None = None) -> str:
    """A moment in the reader's zone: "12:37" today, "yesterday, 12:37", else "19 Nov, 12:37"."""
    today = timezone.localdate(now)
    that_day = timezone.localtime(value).date()
    if that_day == today:
        return clock(value)
    words = {
        today - timedelta(days=1): _("yesterday"),
        today + timedelta(days=1): _("tomorrow"),
    }
    return _("%(day)s, %(time)s") % {
        "day": words.get(that_day) or day(that_day, today),
        "time": clock(value),
    }


def at_moment(value: datetime, now: datetime | None = None) -> str:
    """A moment inside a sentence: "at 12:37", "yesterday at 12:37", "on 19 Nov at 12:37"."""
    today = timezone.localdate(now)
    that_day = timezone.localtime(value).date()
    values = {"time": clock(value), "day": day(that_day, today)}
    match (that_day - today).days:
        case 0:
            return pgettext("in a sentence", "at %(time)s") % values
        case -1:
            return pgettext("in a sentence", "yesterday at %(time)s") % values
        case 1:
            return pgettext("in a sentence", "tomorrow at %(time)s") % values
    return pgettext("in a sentence", "on %(day)s at %(time)s") % values


def duration(span: timedelta | float) -> str:
    """A length of time (timedelta or seconds) in its largest whole unit: "3 minutes", "2 days"."""
    seconds = span.total_seconds() if isinstance(span, timedelta) else float(span)
    seconds = abs(seconds)
    if seconds < 60:
        n = int(seconds)
        return ngettext("%(n)s second", "%(n)s seconds", n) % {"n": n}
    if seconds < 3600:
        n = int(seconds // 60)
        return ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": n}
    if seconds < 86400 * 2:
        n = int(seconds // 3600)
        return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": n}
    n = int(seconds // 86400)
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": number(n)}


def ago(value: datetime, now: datetime | None = None) -> str:
    """How long before (or after) now: "just now", "3 minutes ago", "in 2 days"."""
    span = (now or timezone.now()) - value
    if abs(span) < timedelta(seconds=10):
        return _("just now")
    if span > timedelta(0):
        return _("%(span)s ago") % {"span": duration(span)}
    return _("in %(span)s") % {"span": duration(span)}


def reference(customer_id: int | None) -> str:
    """The number of a customer as people read it aloud: "C-4 018 226", with blanks at which no
    line breaks."""
    return f"C-{customer_id:,}".replace(",", NO_BREAK) if customer_id else "C-?"


def mask_phone(value: str) -> str:
    """+8613812346021 as "138 **** 6021"; short numbers keep two digits only."""
    digits = value.removeprefix("+86") if value.startswith("+86") else value
    if len(digits) < 8:
        return "****" + digits[-2:]
    return f"{digits[:3]} **** {digits[-4:]}"


def mask_email(value: str) -> str:
    """chen@example.com as "c***@***.com"."""
    name, at, domain = value.partition("@")
    if not at:
        return mask_text(value)
    return f"{name[:1]}***@***.{domain.rpartition('.')[2]}"


def mask_name(value: str) -> str:
    """Chen Xi as "C*** X***", 陈曦 as "陈*"."""
    if not value:
        return ""
    if value[0] > "\u2e7f":
        return value[0] + "*" * max(len(value) - 1, 1)
    return " ".join(f"{word[0]}***" for word in value.split())


def mask_text(value: str) -> str:
    """An identifier: its first three and last two characters, or stars when it is short. Of a day
    nothing is left: a year of birth tells a lot."""
    if _DAY.match(value):
        return "****-**-**"
    return f"{value[:3]}{ELLIPSIS}{value[-2:]}" if len(value) > 8 else "*" * len(value)


MASKS = {"phone": mask_phone, "email": mask_email, "name": mask_name}


def masked(value: str, kind: str = "") -> str:
    """A personal value made unreadable for the page; kind is "phone", "email", "name" or other."""
    return MASKS.get(kind, mask_text)(value) if value else ""


# helpers


def is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def month_name(month: int) -> str:
    names = (
        pgettext("short month", "Jan"),
        pgettext("short month", "Feb"),
        pgettext("short month", "Mar"),
        pgettext("short month", "Apr"),
        pgettext("short month", "May"),
        pgettext("short month", "Jun"),
        pgettext("short month", "Jul"),
        pgettext("short month", "Aug"),
        pgettext("short month", "Sep"),
        pgettext("short month", "Oct"),
        pgettext("short month", "Nov"),
        pgettext("short month", "Dec"),
    )
    return names[month - 1]
