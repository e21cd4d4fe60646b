"""Reports: what the journeys of a brand did in a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from campaigns.evaluation.breakdown import By
from campaigns.queries.funnel import Asked, sums_of
from campaigns.views.funnel import funnel_context, funnel_file
from config.clock import utc_now
from customers.formats import day, number, percent
from customers.models import Segment
from customers.scope import Scope, scope_of
from customers.sheets import FORMS, as_file
from journeys.canvas.breakdown import Choice
from journeys.canvas.breakdown import card_of as parts_card
from journeys.canvas.breakdown import sheet_of as parts_sheet
from journeys.canvas.breakpoints import losses_of
from journeys.canvas.brought import Asked as Touches
from journeys.canvas.brought import card_of
from journeys.canvas.brought import sheet_of as brought_sheet
from journeys.canvas.comparison import Choice as Against
from journeys.canvas.comparison import card_of as compared_card
from journeys.canvas.comparison import sheet_of as compared_sheet
from journeys.canvas.comparison import versions_of
from journeys.canvas.durations import card_of as times_card
from journeys.canvas.durations import sheet_of as times_sheet
from journeys.canvas.experiment import briefs_of
from journeys.models import Journey, JourneyState
from journeys.queries.durations import durations_of
from journeys.queries.home import rule_name
from journeys.queries.reports import last_days, report_of

PERIODS = ((7, _("7 days")), (30, _("30 days")), (90, _("90 days")))
USUAL = 30
WIDTH, HEIGHT, FOOT = 880, 190, 24
FIGURES = (
    ("entered", _("Entered")),
    ("goals", _("Goals")),
    ("allowed", _("Messages")),
    ("stopped", _("Stopped")),
)


@dataclass(frozen=True)
class Mark:
    """A bar of the chart, in the pixels of its box."""

    x: str
    y: str
    width: str
    height: str
    title: str


@dataclass(frozen=True)
class Chart:
    """Bars of one figure by day, with lines at round numbers."""

    marks: Sequence[Mark]
    lines: Sequence[tuple[str, str]]
    days: Sequence[tuple[str, str, str]]
    is_empty: bool


@login_required
@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """All journeys of the brands in scope, or one (`?journey=`), over `?days=`."""
    scope, now = scope_of(request), utc_now()
    wanted = request.GET.get("days", "")
    n = next((days for days, _label in PERIODS if str(days) == wanted), USUAL)
    journeys = Journey.objects.filter(brand__in=scope.brand_ids).exclude(state=JourneyState.DRAFT)
    every = list(
        journeys.select_related("brand", "current", "campaign").defer("draft").order_by("name")
    )
    one = request.GET.get("journey", "")
    chosen = [journey for journey in every if str(journey.pk) == one] or every
    period = last_days(n, now)
    alone = chosen[0] if one and len(chosen) == 1 else None
    asked = Asked(period.since, period.until, alone.pk) if alone else None
    form = request.GET.get("form", "")
    touches = Touches.read(request.GET.dict())
    segments = _segments(scope)
    choice = Choice.read(request.GET.dict(), segments, By.DAY if alone else None)
    parted = asked or Asked(
        period.since, period.until, journeys=tuple(sorted(journey.pk for journey in chosen))
    )
    kind, _dot, file_form = form.partition(".")
    if alone and kind == "brought" and file_form in FORMS:
        header, rows = brought_sheet(alone, period, touches, now)
        return as_file(f"{alone.code}-goals-{n}", header, rows, file_form)
    if alone and kind == "times" and file_form in FORMS:
        header, rows = times_sheet(alone, period.since, period.until, now)
        return as_file(f"{alone.code}-times-{n}", header, rows, file_form)
    versions = versions_of(alone) if alone else []
    against = Against.read(request.GET.dict(), versions, period)
    if alone and kind == "compared" and file_form in FORMS:
        header, rows = compared_sheet(alone, period, against, now)
        return as_file(f"{alone.code}-compared-{n}", header, rows, file_form)
    if kind == "parts" and file_form in FORMS:
        header, rows = parts_sheet(parted, period.days, choice, now)
        name = f"{alone.code if alone else 'journeys'}-{choice.by or 'sends'}-{n}"
        return as_file(name, header, rows, file_form)
    if asked and alone and form in FORMS:
        return funnel_file(asked, now, f"{alone.code}-{n}", form)
    report = report_of(chosen, period)
    figure = request.GET.get("figure", "")
    figure = figure if figure in dict(FIGURES) else "entered"
    counted = sums_of(asked, now) if asked else None
    times = durations_of(alone.pk, period.since, period.until, now) if alone else None
    parts = parts_card(parted, period.days, choice, segments, now, counted)
    context = {
        "report": report,
        "parts": parts,
        "parts_chart": chart_of(parts.drawn),
        "brought": card_of(alone, period, touches, now) if alone else None,
        "losses": losses_of(alone, period.since, period.until, times) if alone else (),
        "compared": compared_card(alone, period, against, versions, now) if alone else None,
        "times": times_card(alone, times) if alone else None,
        "briefs": briefs_of(alone, now) if alone else [],
        "rules": [
            {"name": rule_name(rule), "note": "", "value": count} for rule, count in report.rules
        ],
        "every": every,
        "chosen": alone,
        "days": n,
        "periods": PERIODS,
        "figure": figure,
        "figures": FIGURES,
        "chart": chart_of([(one.day, getattr(one, figure)) for one in report.days]),
        "share": percent(report.goal_share),
        "several": len(scope.brands) > 1,
        **(
            funnel_context(asked, now, file_url=f"?days={n}&journey={alone.pk}", counted=counted)
            if asked and alone
            else {}
        ),
    }
    return render(request, "journeys/reports.html", context)


# helpers


def _segments(scope: Scope) -> list[Segment]:
    """The segments that the reader may part by."""
    mine = Q(brand=None) | Q(brand__in=scope.brand_ids)
    return list(Segment.objects.filter(mine, archived_at=None).only("name").order_by("name"))


def chart_of(days: Sequence[tuple[date, int]]) -> Chart:
    """The chart of one figure by day, drawn by the server."""
    values = [value for _day, value in days]
    top = round_up(max(values, default=0))
    step = WIDTH / max(1, len(values))
    room = HEIGHT - FOOT - 12
    return Chart(
        marks=[
            mark_of(one, value, n * step, step, top, room)
            for n, (one, value) in enumerate(days)
            if value
        ],
        lines=[
            (f"{12 + room - room * part:.1f}", number(round(top * part))) for part in (0.5, 1.0)
        ] if top else [],
        days=[
            (f"{max(34.0, (n + 0.5) * step):.1f}", day(one), "middle")
            for n, (one, _value) in enumerate(days)
            if n % max(1, len(values) // 6) == len(values) % max(1, len(values) // 6) // 2
        ],
        is_empty=not any(values),
    )  # fmt: skip


def mark_of(one: date, value: int, left: float, step: float, top: int, room: float) -> Mark:
    height = max(1.5, room * value / top)
    gap = min(6.0, step * 0.24)
    return Mark(
        f"{left + gap / 2:.1f}",
        f"{12 + room - height:.1f}",
        f"{step - gap:.1f}",
        f"{height:.1f}",
        f"{day(one)}: {number(value)}",
    )


def round_up(value: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100 … so that half of it is round too."""
    size = 1
    while value > 10 * size:
        size *= 10
    return next((size * n for n in (2, 4, 6, 8, 10) if size * n >= value), 10 * size)
