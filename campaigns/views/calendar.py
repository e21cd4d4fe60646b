"""The calendar of campaigns, journeys and sends: a month or a week."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from campaigns.models import CampaignKind
from campaigns.queries.calendar import Wanted, found_in, weeks_of
from config.clock import utc_now
from customers.formats import day as day_words
from customers.formats import month_name, weekday
from customers.models import Channel
from customers.scope import scope_of

MONTH, WEEK = "month", "week"
# So many bars stand under each other, so many sends in one day of a month.
LANES = {MONTH: 5, WEEK: 40}
POINTS = {MONTH: 3, WEEK: 40}


@login_required
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """?view=month or week, ?day= any day of it; what can't be read is today's month."""
    scope, now = scope_of(request), utc_now()
    today = timezone.localtime(now).date()
    view = WEEK if request.GET.get("view") == WEEK else MONTH
    chosen = _day(request.GET.get("day", ""), today)
    kind = _one_of(request.GET.get("kind", ""), CampaignKind.values)
    channel = _one_of(request.GET.get("channel", ""), Channel.values)
    first, weeks = _page(view, chosen)
    spans, points = found_in(scope.brands, first, 7 * weeks, Wanted(kind, channel), now)
    month = chosen.month if view == MONTH else None
    rows = weeks_of(first, weeks, spans, points, today=today, month=month, lanes=LANES[view])
    keep = {name: value for name, value in (("kind", kind), ("channel", channel)) if value}
    before, after = _around(view, chosen)

    def link(day: date, other: str = view) -> str:
        return f"?{urlencode({'view': other, 'day': day.isoformat(), **keep})}"

    listed = [
        day for week in rows for day in week.days if day.is_inside and (day.points or day.is_today)
    ]
    context: dict[str, Any] = {
        "weeks": rows,
        "listed": listed,
        "spans": spans,
        "view": view,
        "title": _title(view, chosen, first),
        "weekdays": [weekday(first + timedelta(days=n)) for n in range(7)],
        "most": POINTS[view],
        "before": link(before),
        "after": link(after),
        "now_link": link(today),
        "month_link": link(chosen, MONTH),
        "week_link": link(chosen, WEEK),
        "chosen": chosen.isoformat(),
        "keep": urlencode(keep),
        "kind": kind,
        "channel": channel,
        "kinds": CampaignKind.choices,
        "channels": Channel.choices,
        "n_points": len(points),
        "n_spans": len(spans),
        "zone": timezone.get_current_timezone_name(),
        "several": len(scope.brands) > 1,
    }
    return render(request, "campaigns/calendar.html", context)


# helpers


def _day(text: str, today: date) -> date:
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return today
    return found if 1990 <= found.year <= 2200 else today


def _one_of(text: str, values: list[str]) -> str:
    return text if text in values else ""


def _page(view: str, chosen: date) -> tuple[date, int]:
    """The first Monday of the page, and how many weeks it has."""
    if view == WEEK:
        return chosen - timedelta(days=chosen.weekday()), 1
    begins = chosen.replace(day=1)
    first = begins - timedelta(days=begins.weekday())
    after = (begins + timedelta(days=32)).replace(day=1)
    return first, -(-(after - first).days // 7)


def _around(view: str, chosen: date) -> tuple[date, date]:
    """A day of the page before, and of the one after."""
    if view == WEEK:
        return chosen - timedelta(days=7), chosen + timedelta(days=7)
    begins = chosen.replace(day=1)
    return begins - timedelta(days=1), (begins + timedelta(days=32)).replace(day=1)


def _title(view: str, chosen: date, first: date) -> str:
    if view == WEEK:
        last = first + timedelta(days=6)
        return _("%(first)s to %(last)s") % {"first": day_words(first), "last": day_words(last)}
    month = {"month": month_name(chosen.month), "year": chosen.year}
    return pgettext("title of a calendar", "%(month)s %(year)s") % month
