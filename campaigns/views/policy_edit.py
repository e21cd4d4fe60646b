"""Making, changing and removing policies: one way for all kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.actions.control import set_control_group
from campaigns.actions.policies import (
    remove_policy,
    save_cap,
    save_holiday,
    save_policy,
    set_ledger_days,
)
from campaigns.forms import policies as the_forms
from campaigns.models import (
    Arbitration,
    FrequencyCap,
    Holiday,
    LedgerPolicy,
    QuietHours,
    Quota,
    SendApproval,
)
from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may
from customers.scope import scope_of


@dataclass(frozen=True)
class Kind:
    """A kind of policy on its page."""

    model: type[models.Model]
    form: Callable[..., forms.ModelForm]
    title: Promise
    words: Promise
    save: Callable[[Actor, Any, dict[str, Any]], Any]
    template: str = "campaigns/policy_edit.html"


KINDS: dict[str, Kind] = {
    "caps": Kind(
        FrequencyCap,
        the_forms.CapForm,
        gettext_lazy("Frequency cap"),
        gettext_lazy("A cap holds from the next message on. What was sent before counts."),
        lambda actor, cap, values: save_cap(actor, values, cap=cap, now=utc_now()),
        "campaigns/policies_cap.html",
    ),
    "quiet-hours": Kind(
        QuietHours,
        the_forms.QuietHoursForm,
        gettext_lazy("Quiet hours"),
        gettext_lazy(
            "They follow the customer's own clock, else the brand's. They may span midnight."
        ),
        lambda actor, row, values: save_policy(actor, row, values, now=utc_now()),
    ),
    "holidays": Kind(
        Holiday,
        the_forms.HolidayForm,
        gettext_lazy("Holiday"),
        gettext_lazy(
            "Whole days of the customer's own calendar, the last one included. What waits goes "
            "out on the day after, when it is not quiet then."
        ),
        lambda actor, row, values: save_holiday(actor, values, holiday=row, now=utc_now()),
    ),
    "arbitration": Kind(
        Arbitration,
        the_forms.ArbitrationForm,
        gettext_lazy("Who goes first"),
        gettext_lazy(
            "Of the messages that want the same customer within this time one goes: that of the "
            "highest priority, then the kind she answers most, then what is worth more, then the "
            "one that has waited longer. The others wait or are dropped, as their content says."
        ),
        lambda actor, row, values: save_policy(actor, row, values, now=utc_now()),
    ),
    "approvals": Kind(
        SendApproval,
        the_forms.SendApprovalForm,
        gettext_lazy("Second confirmation"),
        gettext_lazy(
            "Whoever starts a send to so many people types the number, or the name of the "
            "campaign. A send to everybody is always confirmed twice."
        ),
        lambda actor, row, values: save_policy(actor, row, values, now=utc_now()),
    ),
    "quotas": Kind(
        Quota,
        the_forms.QuotaForm,
        gettext_lazy("Channel quota"),
        gettext_lazy(
            "Hours, days and months are those of the brand's clock. Transactional messages "
            "always go, and take a place."
        ),
        lambda actor, row, values: save_policy(actor, row, values, now=utc_now()),
    ),
}


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, kind: str, pk: int | None = None) -> HttpResponse:
    """The form of one policy, new or kept."""
    what, actor = _kind(kind), Actor.of_request(request)
    kept: Any = _kept(request, what, pk) if pk else None
    form = what.form(request.POST or None, instance=kept, **_choices(actor))
    if request.method == "POST" and form.is_valid():
        # The form has written into its own copy; the action compares with what is kept.
        held: Any = _kept(request, what, pk) if pk else what.model()
        try:
            what.save(actor, held, form.cleaned_data)
        except ValidationError as error:
            _tell(form, error)
        else:
            messages.success(request, _("It is saved and holds from the next message on."))
            return redirect("campaigns:policies")
    context = {"form": form, "policy": kept, "kind": kind, "title": what.title, "words": what.words}
    return render(request, what.template, context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def remove(request: HttpRequest, kind: str, pk: int) -> HttpResponseRedirect:
    """Remove one policy."""
    policy: Any = _kept(request, _kind(kind), pk)
    name = str(policy)
    remove_policy(Actor.of_request(request), policy, now=utc_now())
    messages.success(request, _("“%(name)s” is removed.") % {"name": name})
    return redirect("campaigns:policies")


@login_required
@require_http_methods(["GET", "POST"])
def control_group(request: HttpRequest) -> HttpResponse:
    """The share of customers who get no marketing at all."""
    actor = Actor.of_request(request)
    form = the_forms.ControlGroupForm(request.POST or None, **_choices(actor))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            set_control_group(actor, values["brand"], values["share"], now=utc_now())
        except ValidationError as error:
            _tell(form, error)
        else:
            messages.success(request, _("It is saved and holds from the next message on."))
            return redirect("campaigns:policies")
    context = {
        "form": form,
        "kind": "control-group",
        "title": _("Global control group"),
        "words": _(
            "So many of all customers get no marketing, always the same people. Reports compare "
            "the others with them. Service and transactional messages reach them as ever."
        ),
    }
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/policy_edit.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def ledger(request: HttpRequest) -> HttpResponse:
    """How long the gate's decisions are kept."""
    actor = Actor.of_request(request)
    kept = LedgerPolicy.objects.filter(pk=1).first() or LedgerPolicy(pk=1)
    form = the_forms.LedgerForm(request.POST or None, initial={"keep_days": kept.keep_days})
    if request.method == "POST" and form.is_valid():
        try:
            set_ledger_days(actor, form.cleaned_data["keep_days"], now=utc_now())
        except ValidationError as error:
            _tell(form, error)
        else:
            messages.success(request, _("It is saved; what is older goes within a day."))
            return redirect("campaigns:policies")
    context = {
        "form": form,
        "kind": "ledger",
        "title": _("Memory of the gate"),
        "words": _(
            "Why a message went or did not is kept for so long, by whole months. Messages "
            "themselves, and the last decision on each, stay."
        ),
    }
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/policy_edit.html", context, status=status)


# helpers


def _kind(kind: str) -> Kind:
    if kind not in KINDS:
        raise Http404(f"No kind of policy is called {kind}.")
    return KINDS[kind]


def _kept(request: HttpRequest, what: Kind, pk: int | None) -> models.Model:
    mine = Q(brand__isnull=True) | Q(brand__in=scope_of(request).brand_ids)
    rows = what.model._default_manager.filter(mine).select_related("brand")
    return get_object_or_404(rows, pk=pk)


def _choices(actor: Actor) -> dict[str, Any]:
    return {
        "brands": list(brands_of(actor, Right.SET_POLICY)),
        "whole_group": may(actor, Right.SET_POLICY, None),
    }


def _tell(form: forms.BaseForm, error: ValidationError) -> None:
    """Each problem at its field, or above the form when the form does not show that field."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields else None, problems)
