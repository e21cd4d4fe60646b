"""Tags of the home page: the greeting, what needs somebody in words, the chart of today's hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.formats import clock, number

if TYPE_CHECKING:
    from journeys.queries.home import Hour, Today

register = template.Library()

WIDTH, FLOOR, TOP = 800.0, 128.0, 24.0
SLOT = WIDTH / 24


@dataclass(frozen=True)
class Bar:
    """A rectangle of the chart."""

    x: float
    y: float
    width: float
    height: float


@register.simple_tag
def greeting(now: datetime, user: Any) -> str:
    """A greeting by the hour of the reader's own clock."""
    hour = timezone.localtime(now).hour
    name = called(user)
    if 5 <= hour < 12:
        return _("Good morning, %(name)s") % {"name": name}
    if 12 <= hour < 18:
        return _("Good afternoon, %(name)s") % {"name": name}
    return _("Good evening, %(name)s") % {"name": name}


@register.simple_tag
def today_in_words(today: Today) -> SafeString:
    """ "4 journeys are running and 310 messages went out since midnight. Nothing needs you." """
    running, sent = today.running, today.sent
    walks = ngettext(
        "<b>%(n)s journey</b> is running", "<b>%(n)s journeys</b> are running", running
    ) % {"n": number(running)}
    went = ngettext("<b>%(n)s message</b> went out", "<b>%(n)s messages</b> went out", sent) % {
        "n": number(sent)
    }
    # Only our own markup and figures, nothing that a user typed.
    return mark_safe(  # noqa: S308
        _("%(running)s and %(sent)s since midnight. <b>%(needs)s</b>")
        % {"running": walks, "sent": went, "needs": needs_in_words(today.tally)}
    )


def needs_in_words(tally: Mapping[str, int]) -> str:
    """ "One thing is broken, two need watching." from the number of needs of each tone."""
    parts = []
    if n := tally.get("bad", 0):
        parts.append(ngettext("%(n)s thing is broken", "%(n)s things are broken", n) % {"n": n})
    if n := tally.get("warn", 0):
        parts.append(ngettext("%(n)s needs watching", "%(n)s need watching", n) % {"n": n})
    if n := tally.get("info", 0):
        parts.append(
            ngettext("%(n)s asks for a decision", "%(n)s ask for a decision", n) % {"n": n}
        )
    if not parts:
        return _("Nothing needs you.")
    return _("%(parts)s.") % {"parts": _(", ").join(parts)}


@register.inclusion_tag("home/hour_chart.html")
def hour_chart(hours: Sequence[Hour], now: datetime) -> dict[str, Any]:
    """Bars of what was sent and what waits, hour by hour, with a line at now."""
    most = max((hour.sent + hour.due for hour in hours), default=0)
    step = round_step(most)
    top = max(step * 2, -(-most // step) * step)
    scale = (FLOOR - TOP) / top
    local = timezone.localtime(now)
    at = (local.hour + local.minute / 60) * SLOT
    sent = sum(hour.sent for hour in hours)
    due = sum(hour.due for hour in hours)
    return {
        "sent": [box(h.hour, 0, h.sent, scale) for h in hours if h.sent],
        "due": [box(h.hour, h.sent, h.due, scale) for h in hours if h.due],
        "lines": [
            (FLOOR - value * scale, number(value)) for value in range(step, int(top) + 1, step)
        ][:4],
        "marks": [(hour * SLOT, f"{hour}:00", anchor(hour)) for hour in range(0, 25, 4)],
        "at": at,
        "at_end": local.hour >= 20,
        "now": _("now, %(time)s") % {"time": clock(now)},
        "label": _("Messages by hour: %(sent)s sent so far, %(due)s waiting for a later hour")
        % {"sent": number(sent), "due": number(due)},
    }


# helpers


def box(hour: int, below: int, value: int, scale: float) -> Bar:
    height = max(value * scale, 1.5)
    return Bar(hour * SLOT + 4, FLOOR - below * scale - height, SLOT - 8, height)


def round_step(most: int) -> int:
    """A round distance of lines, two or three of them under the highest bar: 1, 2, 5, 10, 20 …"""
    step = 1
    while most / step > 4:
        for factor in (2, 5, 10):
            if most / (step * factor) <= 4:
                return step * factor
        step *= 10
    return step


def anchor(hour: int) -> str:
    return {0: "start", 24: "end"}.get(hour, "middle")


def called(user: Any) -> str:
    """The whole name: which part of it is the given one can't be told from outside."""
    return str(user.display_name or user.email.partition("@")[0])
