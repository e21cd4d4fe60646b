"""Making a campaign and changing its plan."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.actions.campaigns import change_campaign, create_campaign
from campaigns.forms.campaigns import CampaignForm
from campaigns.gate.periods import zone_of
from campaigns.models import Campaign
from campaigns.queries.campaigns import campaigns_of
from config.clock import utc_now
from customers.access import Actor, Right, brands_of, require
from customers.models import Brand
from customers.scope import scope_of


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    actor = Actor.of_request(request)
    brands = list(brands_of(actor, Right.EDIT))
    if not brands:
        require(actor, Right.EDIT, scope_of(request).chosen)
    first = {"brand": scope_of(request).chosen, "owner": request.user.pk}
    chosen = request.POST.get("brand", "")
    brand = next((each for each in brands if str(each.pk) == chosen), None)
    with on_clock_of(brand):
        form = CampaignForm(request.POST or None, brands=brands, initial=first)
        is_valid = request.method == "POST" and form.is_valid()
    if is_valid:
        values = dict(form.cleaned_data)
        brand, code = values.pop("brand"), values.pop("code")
        try:
            made = create_campaign(actor, brand, code=code, now=utc_now(), **values)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The campaign is made."))
            return redirect("campaigns:detail", made.pk)
    return _page(request, form, None)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    actor = Actor.of_request(request)
    campaign = get_object_or_404(campaigns_of(scope_of(request).brand_ids), pk=pk)
    require(actor, Right.EDIT, campaign.brand)
    # A bound form writes on its instance; what the page shows of the plan is what is saved.
    shown = Campaign.objects.select_related("brand").get(pk=pk)
    with on_clock_of(campaign.brand):
        form = CampaignForm(request.POST or None, instance=shown, brands=[campaign.brand])
        is_valid = request.method == "POST" and form.is_valid()
    if is_valid:
        try:
            change_campaign(actor, campaign, form.cleaned_data, now=utc_now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The campaign is saved."))
            return redirect("campaigns:detail", pk)
    return _page(request, form, campaign)


# helpers


def _page(request: HttpRequest, form: CampaignForm, campaign: Campaign | None) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context = {"form": form, "campaign": campaign}
    with on_clock_of(campaign.brand if campaign else None):
        return render(request, "campaigns/edit.html", context, status=status)


def on_clock_of(brand: Brand | None) -> AbstractContextManager[None]:
    """Moments are read and written on the clock of *brand*; without one, on the reader's."""
    return timezone.override(zone_of(brand.timezone)) if brand else nullcontext()
