"""The policies page: how often and when a customer may be reached, and what that does today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.actions.policies import remove_cap, save_cap, save_quiet_hours
from campaigns.forms.policies import CapForm, QuietHoursForm
from campaigns.gate.rules import RULES
from campaigns.models import FrequencyCap, QuietHours
from campaigns.queries.policies import Today, caps_of, quiet_hours_of, today
from campaigns.usage import Use, names_of_journeys
from campaigns.words import say_cap, say_quiet_hours
from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may
from customers.models import Brand
from customers.scope import scope_of


@dataclass(frozen=True, slots=True)
class CapRow:
    """A cap in words, and whom it stopped today."""

    cap: FrequencyCap
    words: SafeString
    stopped: int
    may_edit: bool


@dataclass(frozen=True, slots=True)
class QuietRow:
    """Quiet hours in words."""

    hours: QuietHours
    words: SafeString
    may_edit: bool


@login_required
def page(request: HttpRequest) -> HttpResponse:
    actor, scope = Actor.of_request(request), scope_of(request)
    effect = today(scope.brand_ids, utc_now())
    caps = list(caps_of(scope.brand_ids))
    named = names_of_journeys([cap.journey_id for cap in caps if cap.journey_id])
    rows = [_cap_row(cap, effect, named, actor) for cap in caps]
    quiet = [
        QuietRow(each, say_quiet_hours(each), may(actor, Right.SET_POLICY, each.brand))
        for each in quiet_hours_of(scope.brand_ids)
    ]
    context = {
        "caps": rows,
        "active": sum(row.cap.is_active for row in rows),
        "quiet": quiet,
        "effect": effect,
        "rules": [
            {
                "name": rule.label,
                "code": rule.code,
                "stopped": effect.stopped.get(rule.code, 0),
                "deferred": effect.deferred.get(rule.code, 0),
            }
            for rule in RULES
        ],
        "most": max([1, *effect.stopped.values()]),
        "may_edit": bool(_brands(actor)),
    }
    return render(request, "campaigns/policies.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def edit_cap(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    actor = Actor.of_request(request)
    cap = get_object_or_404(caps_of(scope_of(request).brand_ids), pk=pk) if pk else None
    form = CapForm(
        request.POST or None,
        instance=cap,
        brands=_brands(actor),
        whole_group=may(actor, Right.SET_POLICY, None),
    )
    if request.method == "POST" and form.is_valid():
        held = FrequencyCap.objects.get(pk=pk) if pk else None
        try:
            save_cap(actor, form.cleaned_data, cap=held, now=utc_now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The cap is saved. It holds from the next message on."))
            return redirect("campaigns:policies")
    return _form(request, form, "campaigns/policies_cap.html", {"cap": cap})


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    cap = get_object_or_404(caps_of(scope_of(request).brand_ids), pk=pk)
    name = cap.name
    remove_cap(Actor.of_request(request), cap, now=utc_now())
    messages.success(request, _("The cap “%(name)s” is removed.") % {"name": name})
    return redirect("campaigns:policies")


@login_required
@require_http_methods(["GET", "POST"])
def edit_quiet_hours(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    actor = Actor.of_request(request)
    hours = get_object_or_404(quiet_hours_of(scope_of(request).brand_ids), pk=pk) if pk else None
    form = QuietHoursForm(
        request.POST or None,
        instance=hours,
        brands=_brands(actor),
        whole_group=may(actor, Right.SET_POLICY, None),
    )
    if request.method == "POST" and form.is_valid():
        held = QuietHours.objects.get(pk=pk) if pk else None
        try:
            save_quiet_hours(actor, form.cleaned_data, hours=held, now=utc_now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The quiet hours are saved."))
            return redirect("campaigns:policies")
    return _form(request, form, "campaigns/policies_quiet.html", {"hours": hours})


# helpers


def _brands(actor: Actor) -> Sequence[Brand]:
    return list(brands_of(actor, Right.SET_POLICY))


def _cap_row(cap: FrequencyCap, effect: Today, named: dict[int, Use], actor: Actor) -> CapRow:
    journey = named.get(cap.journey_id or 0)
    return CapRow(
        cap,
        say_cap(cap, journey.name if journey else ""),
        effect.by_cap.get(cap.pk, 0),
        may(actor, Right.SET_POLICY, cap.brand),
    )


def _form(
    request: HttpRequest, form: CapForm | QuietHoursForm, template: str, context: dict[str, object]
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form, **context}, status=status)
