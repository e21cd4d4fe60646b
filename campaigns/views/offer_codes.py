"""Filling the pool of an offer from a file, from its page in the admin."""

from __future__ import annotations

import io
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from campaigns.actions.offers import import_codes
from campaigns.models import Offer, OfferKind
from campaigns.offers import pool_of
from config.clock import utc_now
from customers.access import Actor
from customers.formats import money, percent
from customers.scope import scope_of

MOST_BYTES = 16 * 1024 * 1024


class CodesForm(forms.Form):
    """A file with one code a line."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("UTF-8 text, one code a line, at most 16 MB."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("Expected at most 16 MB. Split the file."))
        return file


@login_required
@require_http_methods(["GET", "POST"])
def codes(request: HttpRequest, pk: int) -> HttpResponse:
    """How full the pool is, and a form that fills it."""
    rows = Offer.objects.filter(brand_id__in=scope_of(request).brand_ids).select_related("brand")
    offer = rows.filter(pk=pk).first()
    if offer is None:
        raise Http404
    form = CodesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        text = io.TextIOWrapper(form.cleaned_data["file"].file, encoding="utf-8")
        try:
            done = import_codes(Actor.of_request(request), offer, text, now=utc_now())
        except UnicodeDecodeError:
            form.add_error("file", _("The file is not UTF-8 text. Save it as UTF-8."))
        except ValidationError as error:
            form.add_error("file", error)
        else:
            words = _("%(new)s new codes; %(known)s were known already.")
            messages.success(request, words % {"new": done.new, "known": done.known})
            return redirect("campaigns:offer_codes", pk=offer.pk)
    pool = pool_of(offer)
    context = {
        "offer": offer,
        "form": form,
        "pool": pool,
        "bars": [
            {"name": _("Free"), "note": "", "value": pool.free},
            {"name": _("Given away"), "note": "", "value": pool.issued},
            {"name": _("Redeemed"), "note": "", "value": pool.redeemed},
        ],
        "value": _value(offer),
        "minimum": money(offer.minimum, offer.brand.currency),
        "several": len(scope_of(request).brands) > 1,
    }
    status = 422 if form.errors else 200
    return render(request, "campaigns/offer_codes.html", context, status=status)


# helpers


def _value(offer: Offer) -> str:
    if offer.kind == OfferKind.PERCENT:
        return percent(float(offer.value) / 100)
    return money(offer.value, offer.brand.currency) if offer.kind == OfferKind.AMOUNT else ""
