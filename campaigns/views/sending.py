"""What a brand wants done to the links of its messages, and whether it asks for confirmations."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.actions.sending import FIELDS, set_sending
from campaigns.models import BrandSending
from campaigns.outbox.following import sending_of
from campaigns.views.content_kit import tell
from config.clock import utc_now
from customers.access import Actor, Right, require
from customers.models import Brand
from customers.scope import scope_of


class SendingForm(forms.ModelForm):
    """The settings of one brand."""

    class Meta:
        model = BrandSending
        fields = FIELDS


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The settings of a brand; one without a row shows the defaults."""
    rows = Brand.objects.filter(pk__in=scope_of(request).brand_ids).select_related("sending")
    brand = get_object_or_404(rows, pk=pk)
    actor = Actor.of_request(request)
    require(actor, Right.SET_CHANNEL, brand)
    form = SendingForm(request.POST or None, instance=sending_of(brand))
    if request.method == "POST" and form.is_valid():
        try:
            set_sending(actor, brand, form.cleaned_data, now=utc_now())
        except ValidationError as error:
            tell(form, error)
        else:
            messages.success(request, _("It is saved and holds from the next message on."))
            return redirect("campaigns:policies")
    context = {
        "form": form,
        "title": _("Links and confirmations of %(brand)s") % {"brand": brand},
        "words": _(
            "What happens to the links of e-mails and SMS, and whether whoever asks for marketing "
            "has to confirm it. It holds from the next message on."
        ),
    }
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/policy_edit.html", context, status=status)
