"""The size of a segment by day: who came and who went, and the drawing of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.formats import day as say_day
from customers.formats import number
from customers.models import Segment, SegmentKind, SegmentSize
from customers.segments.refresh import next_at

DAYS: Final = 90
TOP, FOOT = 16, 172
LEFT, RIGHT = 52, 872  # the figures of the grid stand left of the line
_BUILDS: Final = """
SELECT (s.at AT TIME ZONE %s)::date AS day, (array_agg(s.size ORDER BY s.at DESC))[1],
       sum(s.entered), sum(s."left"), count(*)
FROM customers_segmentsize s WHERE s.segment_id = %s AND s.at > %s GROUP BY 1 ORDER BY 1
"""
# A list knows when each of its people was added; who was taken out is not kept.
_ADDED: Final = """
SELECT day, sum(n) OVER (ORDER BY day), n, NULL::bigint, 0
FROM (SELECT (m.since AT TIME ZONE %s)::date AS day, count(*) AS n
      FROM customers_segmentmember m WHERE m.segment_id = %s GROUP BY 1) d
ORDER BY day DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the reader's clock: the size after its last build, and who came and went on it
    (None when that was not kept)."""

    day: date
    size: int
    entered: int | None
    left: int | None
    builds: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A line in a box of 880 by 200: the points of the line and of the area below it, dots with
    their words, lines of the grid with their figures, and days along the foot."""

    line: str
    area: str
    dots: Sequence[tuple[float, float, str]]
    grid: Sequence[tuple[float, str]]
    marks: Sequence[tuple[float, str, str]]


@dataclass(frozen=True, slots=True)
class Change:
    """What happened in the last 24 hours: by how much it grew, who came and who went. None where
    it is not known."""

    size: int | None
    entered: int | None
    left: int | None


def days(segment: Segment, now: datetime, most: int = DAYS) -> list[Day]:
    """The last days on which it was built, oldest first; one query."""
    zone = timezone.get_current_timezone_name()
    with connection.cursor() as cursor:
        if segment.kind == SegmentKind.LIST:
            cursor.execute(_ADDED, [zone, segment.pk, most])
            rows = cursor.fetchall()[::-1]
        else:
            cursor.execute(_BUILDS, [zone, segment.pk, now - timedelta(days=most)])
            rows = cursor.fetchall()
    return [
        Day(
            on,
            int(size),
            None if entered is None else int(entered),
            None if left is None else int(left),
            builds,
        )
        for on, size, entered, left, builds in rows
    ]


def since_yesterday(segment: Segment, now: datetime) -> Change:
    """The last 24 hours; two queries."""
    begin = now - timedelta(days=1)
    sizes = SegmentSize.objects.filter(segment=segment)
    before = sizes.filter(at__lte=begin).order_by("-at").values_list("size", flat=True).first()
    if before is None:
        return Change(None, None, None)
    moved = list(sizes.filter(at__gt=begin).values_list("entered", "left"))
    entered, left = ([row[side] for row in moved] for side in range(2))
    return Change(
        segment.size - before,
        None if None in entered else sum(n or 0 for n in entered),
        None if None in left else sum(n or 0 for n in left),
    )


def next_build(segment: Segment, now: datetime) -> datetime | None:
    """When it is built again, not before *now*; None for what is only built by hand."""
    found = next_at(segment, now)
    return None if found is None else max(now, found)


def draw(rows: Sequence[Day]) -> Drawing | None:
    """The sizes as a line, days that nobody built bridged; None for fewer than two days."""
    if len(rows) < 2:
        return None
    low, high = _span([row.size for row in rows])
    first, span = rows[0].day, max((rows[-1].day - rows[0].day).days, 1)

    def x(row: Day) -> float:
        return round(LEFT + (RIGHT - LEFT) * (row.day - first).days / span, 1)

    def y(size: float) -> float:
        return round(FOOT - (FOOT - TOP) * (size - low) / (high - low), 1)

    points = [(x(row), y(row.size)) for row in rows]
    line = " ".join(f"{a},{b}" for a, b in points)
    area = f"{points[0][0]},{FOOT} {line} {points[-1][0]},{FOOT}"
    dots = [(a, b, _words(row)) for (a, b), row in zip(points, rows, strict=True)]
    grid = [(y(size), number(size)) for size in (low, (low + high) // 2, high)]
    middle = first + timedelta(days=span // 2)
    marks = [(float(LEFT), say_day(first), "start"), (float(RIGHT), say_day(rows[-1].day), "end")]
    if span > 6:
        at = LEFT + (RIGHT - LEFT) * (span // 2) / span
        marks.append((round(at, 1), say_day(middle), "middle"))
    return Drawing(line, area, dots, grid, marks)


# helpers


def _span(sizes: Sequence[int]) -> tuple[int, int]:
    """Round ends of the scale. It begins at nobody unless the line would then be flat."""
    low, high = min(sizes), max(sizes)
    if low * 2 < high or high - low < 1:
        low = 0
    step = 10 ** max(0, len(str(max(high - low, 1))) - 1)
    step = step // 2 if step > 1 and (high - low) // step < 3 else step
    low, high = low // step * step, -(-high // step) * step
    high = high if high > low else low + step
    # The line in the middle has a whole figure too.
    return low, high + (step if (high - low) % 2 else 0)


def _words(row: Day) -> str:
    said = _("%(day)s: %(n)s customers") % {"day": say_day(row.day), "n": number(row.size)}
    if row.entered is None or row.left is None:
        return said
    moved = _("%(came)s came, %(went)s went")
    return f"{said}; {moved % {'came': number(row.entered), 'went': number(row.left)}}"
