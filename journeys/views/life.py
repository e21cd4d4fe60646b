"""Dialogs of a journey's life: resuming with what is late, its time, and what needs attention."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.clock import utc_now
from customers.access import Right, may, require
from customers.formats import duration, number
from journeys.actions import JourneyRefused, decide_late, repair, resume, set_window
from journeys.canvas.ills import ill_rows
from journeys.engine.late import ASK, SEND, SKIP, Late, asked_of, late_of, rule_of
from journeys.models import AtEnd, Journey, JourneyState
from journeys.queries.counts import inside_by_version
from journeys.views.access import actor_of, journey_of
from journeys.views.dialogs import ask, done


class WindowForm(forms.Form):
    """From when until when customers may enter, on the clock of the reader."""

    starts_at = forms.DateTimeField(
        label=gettext_lazy("Customers enter from"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Empty: at once."),
    )
    ends_at = forms.DateTimeField(
        label=gettext_lazy("Until"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Empty: without an end."),
    )
    at_end = forms.ChoiceField(
        label=gettext_lazy("At the end"),
        choices=AtEnd.choices,
        widget=forms.RadioSelect,
        initial=AtEnd.DRAIN,
    )


@login_required
@require_http_methods(["GET", "POST"])
def resuming(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what happens to what is too late by now, then resume; or decide it afterwards."""
    journey, actor, now = journey_of(request, pk), actor_of(request), utc_now()
    require(actor, Right.PUBLISH, journey.brand)
    is_later = journey.state != JourneyState.PAUSED and asked_of(journey.pk).people > 0
    if request.method == "GET":
        return asked(request, journey, now, is_later)
    rule = request.POST.get("late", "")
    try:
        if is_later:
            people = decide_late(actor, journey, rule, now)
            text = ngettext("%(n)s person goes on.", "%(n)s people go on.", people)
            words = text % {"n": number(people)}
        else:
            resume(actor, journey, now, late=rule)
            words = _("“%s” goes on.") % journey
    except JourneyRefused as refusal:
        return asked(request, journey, now, is_later, str(refusal))
    return done(request, journey, words)


@login_required
@require_http_methods(["GET", "POST"])
def window(request: HttpRequest, pk: int) -> HttpResponse:
    """From when until when customers enter, and what happens then."""
    journey, actor, now = journey_of(request, pk), actor_of(request), utc_now()
    require(actor, Right.PUBLISH, journey.brand)
    initial = {
        "starts_at": local(journey.starts_at),
        "ends_at": local(journey.ends_at),
        "at_end": journey.at_end,
    }
    form = WindowForm(request.POST or None, initial=initial)
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            set_window(actor, journey, now, **form.cleaned_data)
        except JourneyRefused as refusal:
            error = str(refusal)
        else:
            return done(request, journey, _("The time of “%s” is set.") % journey)
    elif request.method == "POST":
        error = _("A moment could not be read. Expected a day and a time.")
    return ask(
        request, journey, "window", title=_("When customers may enter"), verb=_("Save"),
        error=error, form=form, zone=timezone.get_current_timezone_name(),
    )  # fmt: skip


@login_required
@require_GET
def attention(request: HttpRequest, pk: int) -> HttpResponse:
    """What keeps people from going on: each cause with its people and what mends it."""
    journey, now = journey_of(request, pk), utc_now()
    rows = ill_rows(journey, now)
    context = {
        "journey": journey,
        "rows": rows,
        "people": sum(row.ill.people for row in rows),
        "may_mend": may(actor_of(request), Right.MOVE_CUSTOMER, journey.brand),
        "now": now,
    }
    return render(request, "journeys/attention.html", context)


@login_required
@require_POST
def mend(request: HttpRequest, pk: int) -> HttpResponse:
    """One click that mends one cause."""
    journey = journey_of(request, pk)
    given = request.POST
    try:
        n = repair(
            actor_of(request), journey, given.get("kind", ""), given.get("how", ""), utc_now(),
            node=given.get("node", ""),
        )  # fmt: skip
    except JourneyRefused as refusal:
        messages.error(request, str(refusal))
    else:
        text = ngettext("Done for %(n)s person.", "Done for %(n)s people.", n)
        messages.success(request, text % {"n": number(n)})
    return redirect("journeys:attention", pk)


# helpers


def asked(
    request: HttpRequest, journey: Journey, now: datetime, is_later: bool, error: str = ""
) -> HttpResponse:
    late: Late = asked_of(journey.pk) if is_later else late_of(journey, now)
    rule = rule_of(journey)
    people = ngettext("%(n)s person", "%(n)s people", late.people)
    context: dict[str, Any] = {
        "late": late,
        "late_people": people % {"n": number(late.people)},
        "span": duration(now - late.oldest) if late.oldest else "",
        "here": max(sum(inside_by_version(journey.pk).values()), 0),
        "rule": SKIP if is_later else rule,
        "rules": [name for name in (SEND, SKIP, ASK) if not (is_later and name == ASK)],
        "is_later": is_later,
    }
    title = _("What happens to what is late?") if is_later else _("Resume “%(journey)s”?")
    verb = _("Decide") if is_later else _("Resume")
    return ask(
        request, journey, "resume", title=title % {"journey": journey.name}, verb=verb,
        error=error, **context,
    )  # fmt: skip


def local(moment: datetime | None) -> datetime | None:
    return timezone.localtime(moment) if moment else None
