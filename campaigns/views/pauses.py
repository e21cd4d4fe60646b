"""Pausing what goes out and letting it go on, from the policies page and a campaign's page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.actions.pauses import pause_sending, resume_sending
from campaigns.forms.policies import PauseForm
from campaigns.models import SendingPause
from campaigns.queries.campaigns import campaigns_of
from campaigns.queries.policies import pauses_of
from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may
from customers.scope import scope_of


@login_required
@require_http_methods(["GET", "POST"])
def pause(request: HttpRequest) -> HttpResponse:
    """Pause a brand, a channel, or everything."""
    actor = Actor.of_request(request)
    form = PauseForm(
        request.POST or None,
        brands=list(brands_of(actor, Right.SET_POLICY)),
        whole_group=may(actor, Right.SET_POLICY, None),
    )
    if request.method == "POST" and form.is_valid():
        try:
            pause_sending(actor, now=utc_now(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Paused. What was handed over before is not called back."))
            return redirect("campaigns:policies")
    context = {
        "form": form,
        "kind": "pause",
        "title": _("Pause sending"),
        "words": _(
            "Nothing that it covers goes out until somebody resumes it. It waits, and the gate "
            "looks at it afresh then."
        ),
        "verb": _("Pause"),
    }
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/policy_edit.html", context, status=status)


@login_required
@require_POST
def pause_campaign(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Pause everything that a campaign sends."""
    campaign = get_object_or_404(campaigns_of(scope_of(request).brand_ids), pk=pk)
    try:
        pause_sending(Actor.of_request(request), campaign=campaign, now=utc_now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Paused. What was handed over before is not called back."))
    return redirect("campaigns:detail", pk)


@login_required
@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """End a pause."""
    held: SendingPause = get_object_or_404(pauses_of(scope_of(request).brand_ids), pk=pk)
    back = reverse("campaigns:policies")
    if held.campaign_id:
        back = reverse("campaigns:detail", args=[held.campaign_id])
    resume_sending(Actor.of_request(request), held, now=utc_now())
    messages.success(request, _("Resumed. What waited is due now."))
    return redirect(back)
