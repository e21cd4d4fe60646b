"""Messages that always come in the quiet hours: a window that these swallow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from campaigns.models import QuietAction, QuietHours
from journeys.graph.linter.around import Around
from journeys.graph.linter.ways import at_once_after
from journeys.graph.schema import Graph
from journeys.nodes.base import Node, Problem
from journeys.nodes.crontab import parse
from journeys.nodes.trigger_date import TriggerDate
from journeys.nodes.trigger_schedule import TriggerSchedule
from journeys.nodes.wait_date import WaitDate
from journeys.nodes.wait_until import CUSTOMER, WaitUntil
from journeys.nodes.wait_window import WaitWindow

DAY = 24 * 60  # minutes


class Span(NamedTuple):
    """Minutes of the customer's day, from the first up to the last; over midnight: beyond DAY."""

    first: int
    last: int


def swallowed_by_quiet_hours(graph: Graph, around: Around) -> Iterator[Problem]:
    """A message that follows at once on a step which everybody leaves in the quiet hours."""
    quiet = around.quiet
    if quiet is None:
        return
    hours = quiet_span(quiet)
    for key, node in graph.nodes.items():
        spans = spans_of(node)
        if not spans or not all(inside(span, hours) for span in spans):
            continue
        for other in sorted(at_once_after(graph, key)):
            send = around.sends.get(other)
            purpose = around.contents.get(send.settings.content, ("", ""))[1] if send else ""
            action = getattr(quiet, purpose, QuietAction.PASS) if purpose else QuietAction.PASS
            if send is None or action == QuietAction.PASS:
                continue
            lateness = send.settings.lateness or graph.lateness
            waits = timedelta(minutes=min(hours.last - around_clock(s.last, hours) for s in spans))
            if action == QuietAction.SKIP or (lateness is not None and lateness < waits):
                text = _("Whoever comes here comes in the quiet hours (%(hours)s): nobody gets it.")
            else:
                text = _(
                    "Whoever comes here comes in the quiet hours (%(hours)s), so every message "
                    "waits until they are over."
                )
            words = {"hours": f"{quiet.starts:%H:%M}–{quiet.ends:%H:%M}"}
            yield Problem(f"nodes.{other}", text % words, is_warning=True)


# helpers


def spans_of(node: Node) -> list[Span]:
    """When of her own day a customer leaves this step; nothing where that is not said by it."""
    match node:
        case WaitWindow():
            own = node.settings
            first, last = minutes(own.opens), minutes(own.closes)
            return [Span(first, last if last > first else last + DAY)]
        case TriggerDate():
            return [at(node.settings.at)]
        case WaitDate() if node.settings.at is not None:
            return [at(node.settings.at)]
        case WaitUntil() if node.settings.clock == CUSTOMER:
            return [at(node.settings.moment.time())]
        case TriggerSchedule() if node.settings.clock == CUSTOMER:
            if node.settings.at is not None:
                return [at(node.settings.at.time())]
            cron = parse(node.settings.crontab)
            return [Span(h * 60 + m, h * 60 + m) for h in cron.hour for m in cron.minute]
    return []


def quiet_span(quiet: QuietHours) -> Span:
    first, last = minutes(quiet.starts), minutes(quiet.ends)
    return Span(first, last if last > first else last + DAY)


def inside(span: Span, hours: Span) -> bool:
    """Whether a span lies within the hours whole; their last minute is out of them."""
    first = around_clock(span.first, hours)
    last = first + span.last - span.first
    return hours.first <= first < hours.last and last <= hours.last


def around_clock(minute: int, hours: Span) -> int:
    """The same minute of a day, on the day in which the hours begin or on the next."""
    return minute % DAY + (DAY if minute % DAY < hours.first else 0)


def at(moment: time) -> Span:
    return Span(minutes(moment), minutes(moment))


def minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
