"""The page of one tag: how its values are spread, its days, what came and went, its refreshes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.formats import day, number
from customers.links import address
from customers.models import Tag, TagDay, TagMeasure, TagRun
from customers.scope import Scope
from customers.tags.count import day_of
from customers.tags.labels import value_label, value_order
from customers.usage import Use, uses_of_tags

VALUES = 12
DAYS = 30
RUNS = 8
# Before a value in the address of the customer list these are signs of comparison.
SIGNS = ("!", "<", ">")


@dataclass(frozen=True, slots=True)
class ValueBar:
    """Customers with a value; `url` is the list of those people."""

    name: str
    value: int
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class DayBar:
    """A day of the trend in a drawing of 720 by 140: customers as a bar, and in words."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Trend:
    """The days of a tag, oldest first, with what came and went on them in all."""

    bars: Sequence[DayBar] = ()
    marks: Sequence[tuple[float, str, str]] = ()
    first: int = 0
    last: int = 0
    most: int = 0
    came: int = 0
    went: int = 0
    since: date | None = None
    rows: Sequence[TagDay] = field(default_factory=list)


def measure_of(tag: Tag) -> TagMeasure | None:
    """The last count, None before the first one."""
    return getattr(tag, "measure", None)


def spread(tag: Tag) -> list[ValueBar]:
    """Customers by value as of the last count, the rest together; one query.

    Values that a definition lists are in its order, numbers of many values in ranges, others the
    most frequent first.
    """
    measure = measure_of(tag)
    if measure is None:
        return []
    if measure.bins:
        return [_range(tag, *each) for each in measure.bins if each[2]]
    rows = TagDay.objects.filter(tag=tag, day=day_of(measure.counted_at), value__isnull=False)
    counts = {row.value or "": row.customers for row in rows if row.customers}
    order = {value: place for place, value in enumerate(value_order(tag))}
    values = sorted(counts, key=lambda value: (-counts[value], value))
    shown, rest = values[:VALUES], measure.values - len(values[:VALUES])
    if order:
        shown.sort(key=lambda value: order.get(value, len(order)))
    bars = [
        ValueBar(
            value_label(tag, value) or _("without a value"), counts[value], _people(tag, value)
        )
        for value in shown
    ]
    held = sum(counts[value] for value in shown)
    if rest > 0:
        name = ngettext("%(n)s other value", "%(n)s other values", rest) % {"n": number(rest)}
        n = sum(counts[value] for value in values[VALUES:])
        others = n if tag.is_multiple else max(measure.customers - held, 0)
        bars.append(ValueBar(name, others))
    return bars


def trend(tag: Tag, now: datetime, days: int = DAYS) -> Trend:
    """The last days of a tag; days that nobody counted are left open. One query."""
    today = day_of(now)
    begin = today - timedelta(days=days - 1)
    rows = list(TagDay.objects.filter(tag=tag, value=None, day__gte=begin).order_by("day"))
    if not rows:
        return Trend()
    most = max(row.customers for row in rows)
    begin = rows[0].day
    shown = (today - begin).days + 1
    step = 720 / max(shown, 10)
    bars = []
    for row in rows:
        height = 112 * row.customers / most if most else 0
        x = (row.day - begin).days * step
        bars.append(
            DayBar(
                round(x + step * 0.12, 1),
                round(120 - height, 1),
                round(step * 0.76, 1),
                round(height, 1),
                _("%(day)s: %(n)s customers, %(came)s came, %(went)s went")
                % {
                    "day": day(row.day),
                    "n": number(row.customers),
                    "came": number(row.came),
                    "went": number(row.went),
                },
            )
        )
    middle = begin + timedelta(days=(shown - 1) // 2)
    marks = [(0.0, day(begin), "start")]
    if shown > 8:
        marks.append((round(((middle - begin).days + 0.5) * step, 1), day(middle), "middle"))
    if shown > 1:
        marks.append((round(shown * step, 1), day(today), "end"))
    return Trend(
        bars,
        marks,
        rows[0].customers,
        rows[-1].customers,
        most,
        sum(row.came for row in rows),
        sum(row.went for row in rows),
        begin,
        rows,
    )


def uses(tag: Tag, scope: Scope) -> list[Use]:
    """What uses the tag in the brands in scope, what is active first."""
    found = uses_of_tags([tag.code]).get(tag.code, [])
    mine = set(scope.brand_ids)
    seen = [use for use in found if use.brand_id is None or use.brand_id in mine]
    return sorted(seen, key=lambda use: (not use.is_active, use.kind, use.name.casefold()))


def runs(tag: Tag) -> list[TagRun]:
    """The last refreshes, the newest first; one query."""
    return list(TagRun.objects.filter(tag=tag).order_by("-pk")[:RUNS])


# helpers


def _people(tag: Tag, value: str) -> str:
    """The list of customers who have this value; none for a value that the address can't tell."""
    if not value or value.startswith(SIGNS):
        return ""
    return f"{address('customers:list')}?tag={quote(f'{tag.code}:{value}')}"


def _range(tag: Tag, low: Any, high: Any, customers: int) -> ValueBar:
    """ "200 to below 400"."""
    places = 0 if all(x is None or float(x).is_integer() for x in (low, high)) else 2
    begin = number(low, places)
    if high is None:
        return ValueBar(_("%(low)s and more") % {"low": begin}, customers)
    end = number(high, places)
    return ValueBar(_("%(low)s to below %(high)s") % {"low": begin, "high": end}, customers)
