"""Periods of the list of customers: a number of days up to now, or from day to day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.formats import day

DAYS: Final = (7, 30, 90, 180, 365)
_WORD: Final = re.compile(r"(in|not)(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Period:
    """`days` up to now (`inside`) or everything before (not inside), else from `first` to `last`,
    both days included, in the reader's zone."""

    days: int = 0
    inside: bool = True
    first: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        return bool(self.days or self.first or self.last)

    @property
    def word(self) -> str:
        """As it stands in an address: in30, not90."""
        return f"{'in' if self.inside else 'not'}{self.days}" if self.days else ""

    def sql(self, column: str, now: datetime) -> tuple[str, tuple[Any, ...]]:
        """A condition on a moment; who has none was never there, so outside of any days."""
        if self.days:
            since = now - timedelta(days=self.days)
            if self.inside:
                return f"({column} >= %s)", (since,)
            return f"({column} IS NULL OR {column} < %s)", (since,)
        sqls, params = [], []
        if self.first:
            sqls.append(f"{column} >= %s")
            params.append(_midnight(self.first))
        if self.last:
            sqls.append(f"{column} < %s")
            params.append(_midnight(self.last + timedelta(days=1)))
        return f"({' AND '.join(sqls) or 'true'})", tuple(params)

    def __str__(self) -> str:
        if self.days:
            values = {"n": self.days}
            if self.inside:
                return ngettext("last %(n)s day", "last %(n)s days", self.days) % values
            return ngettext("not for %(n)s day", "not for %(n)s days", self.days) % values
        if self.first and self.last:
            return _("%(first)s to %(last)s") % {"first": day(self.first), "last": day(self.last)}
        if self.first:
            return _("from %(day)s") % {"day": day(self.first)}
        return _("until %(day)s") % {"day": day(self.last)} if self.last else ""


def read_period(word: str, first: str, last: str) -> tuple[Period, str]:
    """A period as it stands in an address, and what is wrong with it."""
    if word and (found := _WORD.fullmatch(word)) and int(found[2]):
        return Period(int(found[2]), found[1] == "in"), ""
    read: list[date | None] = []
    for text in (first, last):
        try:
            read.append(date.fromisoformat(text) if text else None)
        except ValueError:
            problem = _("“%(text)s” is not a day. Write it as 2026-03-31.") % {"text": text[:20]}
            return Period(), problem
    if read[0] and read[1] and read[0] > read[1]:
        return Period(), _("The period ends before it begins. Exchange the two days.")
    if any(one and not 1900 <= one.year < 2200 for one in read):
        return Period(), _("A day lies between the years 1900 and 2199.")
    return Period(first=read[0], last=read[1]), ""


# helpers


def _midnight(value: date) -> datetime:
    return timezone.make_aware(datetime.combine(value, time.min))
