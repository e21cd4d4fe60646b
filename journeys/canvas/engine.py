"""Words and bars of the engine's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.formats import clock, duration, number

TABLE_WORDS: dict[str, str | Promise] = {
    "journeys_stretch": gettext_lazy("Steps of walks (raw history)"),
    "journeys_enrollment": gettext_lazy("Walks"),
    "journeys_timer": gettext_lazy("Timers"),
    "journeys_heldtimer": gettext_lazy("Timers that are held"),
    "journeys_listener": gettext_lazy("Waits for events"),
    "journeys_nodecount": gettext_lazy("Sums per step and hour"),
    "campaigns_candidate": gettext_lazy("Messages wanted"),
    "campaigns_message": gettext_lazy("Messages sent"),
    "campaigns_decision": gettext_lazy("Decisions of the gate"),
}
HOURS = 24
HEIGHT = 120


class Bar(NamedTuple):
    """One hour: how many steps were done, and the words of its tooltip."""

    x: int
    top: int
    height: int
    title: str
    label: str


def seconds_words(seconds: float | None) -> str:
    """ "8 ms", "0.3 s" or a longer span; "–" when nothing was measured."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return _("%(n)s ms") % {"n": number(round(seconds * 1000))}
    return _("%(n)s s") % {"n": number(seconds, 1)} if seconds < 60 else duration(seconds)


def hour_bars(rows: Sequence[tuple[datetime, int, float | None]], now: datetime) -> list[Bar]:
    """A bar for each of the last 24 hours; empty when nothing was done."""
    by_hour = {hour: (n, p99) for hour, n, p99 in rows}
    most = max((n for n, _p99 in by_hour.values()), default=0)
    if not most:
        return []
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    bars = []
    for place in range(HOURS):
        hour = first + timedelta(hours=place)
        n, p99 = by_hour.get(hour, (0, None))
        title = _("%(hour)s: %(n)s steps, 99 %% within %(span)s") % {
            "hour": clock(hour),
            "n": number(n),
            "span": seconds_words(p99),
        }
        label = clock(hour) if place % 6 == 0 else ""
        height = round(n / most * HEIGHT)
        bars.append(Bar(place * 36, HEIGHT + 6 - height, height, title, label))
    return bars
