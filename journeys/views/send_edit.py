"""Filling in a send: what goes to whom and when."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.models import Campaign
from campaigns.queries.campaigns import campaigns_of
from config.clock import utc_now
from customers.access import Actor, Right, require
from customers.models import Segment
from customers.queries.segments import visible
from customers.scope import scope_of
from journeys.actions import JourneyRefused
from journeys.actions.sends import save_send
from journeys.forms.sends import SendForm
from journeys.models import Send
from journeys.sends.state import states_of
from journeys.views.access import actor_of
from journeys.views.sends import can_start, send_of

MOST_OFFERED = 500


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """A new send of a campaign."""
    campaign = get_object_or_404(campaigns_of(scope_of(request).brand_ids), pk=pk)
    require(actor_of(request), Right.EDIT, campaign.brand)
    return _form(request, campaign, None)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan of a send; what runs goes on until it is started anew."""
    send = send_of(request, pk)
    require(actor_of(request), Right.EDIT, send.campaign.brand)
    return _form(request, send.campaign, send)


# helpers


def _form(request: HttpRequest, campaign: Campaign, send: Send | None) -> HttpResponse:
    actor, now = Actor.of_request(request), utc_now()
    plan = None
    if send is not None:
        [status] = states_of([send], now)
        plan = status.plan
        if plan is None or not can_start(status, changing=True):
            messages.error(request, _("“%s” can't be changed here any more.") % send)
            return redirect("journeys:send", send.pk)
    form = SendForm(
        request.POST or None, campaign=campaign, segments=_segments(request, campaign),
        zone=timezone.get_current_timezone_name(), plan=plan,
        initial=_first(request, campaign) if send is None else None,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_send(actor, campaign, form.plan(), now=now, send=send)
        except ValidationError as error:
            for name, problems in error.message_dict.items():
                form.add_error(name if name in form.fields else None, problems)
        except JourneyRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("journeys:send", saved.pk)
    context = {"form": form, "campaign": campaign, "send": send}
    status_code = 422 if form.is_bound else 200
    return render(request, "journeys/sends/edit.html", context, status=status_code)


def _first(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    return {
        "day": timezone.localdate(),
        "segment": request.GET.get("segment", ""),
        "goal": campaign.brand.order_event,
    }


def _segments(request: HttpRequest, campaign: Campaign) -> list[Segment]:
    rows = visible(scope_of(request)).filter(archived_at=None)
    fits = [each for each in rows if each.brand_id in (None, campaign.brand_id)]
    return sorted(fits, key=lambda each: each.title.casefold())[:MOST_OFFERED]
