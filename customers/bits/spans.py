"""Sets of several days: which are kept, and how a window is put together from the fewest of them.

Each day has a set of its own for each level; days are summed up in blocks of 4 and of 16, so that
a window of any length is at most a dozen sets; and each window that is asked for is kept whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from customers.bits.primitives import LEVELS, Primitive, day_set, span_set

# Sets of days are made for so many days at once, so that the next length of time is there already.
DAYS_MADE = 93
DAYS_AHEAD = 2
BLOCKS = (4, 16)

# The ids of the sets by the days that they hold, each by its level.
Kept = Mapping[tuple[date, date], Mapping[int, int]]


def family(event_type_id: int, today: date) -> Iterable[Primitive]:
    """All levels of all days and blocks that rules of today and of the next days may ask about."""
    first, last = today - timedelta(days=DAYS_MADE), today + timedelta(days=DAYS_AHEAD)
    spans = [(day, day) for day in _days(first, last)]
    for size in BLOCKS:
        for day in _days(first, last - timedelta(days=size - 1)):
            if day.toordinal() % size == 0:
                spans.append((day, day + timedelta(days=size - 1)))
    for start, end in spans:
        for level in range(1, LEVELS + 1):
            yield span_set(event_type_id, start, end, level)


def window(event_type_id: int, first: date, last: date) -> Iterable[Primitive]:
    """All levels of one window."""
    for level in range(1, LEVELS + 1):
        yield span_set(event_type_id, first, last, level)


def cover(
    kept: Kept,
    first: date,
    last: date,
    levels: int,
    *,
    but: tuple[date, date] | None = None,
) -> list[list[int]] | None:
    """The fewest sets that hold the days from *first* to *last*, each once; None: some are missing.

    The ids of each by level, in order of the days. `but` names days whose own set is left out.
    """
    starts: dict[date, list[tuple[date, Sequence[int]]]] = {}
    for (start, end), ids in kept.items():
        if (start, end) == but or start < first or end > last:
            continue
        if all(j in ids for j in range(1, levels + 1)):
            starts.setdefault(start, []).append((end, [ids[j] for j in range(1, levels + 1)]))
    # The best way to the day before each day; days are gone through in order.
    best: dict[date, list[list[int]]] = {first: []}
    for day in _days(first, last):
        way = best.get(day)
        if way is None:
            continue
        for end, found in starts.get(day, ()):
            after = end + timedelta(days=1)
            if after not in best or len(best[after]) > len(way) + 1:
                best[after] = [*way, list(found)]
    return best.get(last + timedelta(days=1))


def days_missing(kept: Kept, first: date, last: date) -> bool:
    """Whether a day has no set of its own: then changes of that day are not written down."""
    return any((day, day) not in kept for day in _days(first, last))


def sets_of_days(event_type_id: int, first: date, last: date) -> list[Primitive]:
    """The sets of the single days, the first level."""
    return [day_set(event_type_id, day, 1) for day in _days(first, last)]


# helpers


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
