"""Showing the personal data of one customer, and hiding them again."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config.clock import utc_now
from customers.access import Actor, Right
from customers.access.people import may_with, require_with, shown
from customers.actions import personal
from customers.forms.personal import ReasonForm
from customers.models import Customer
from customers.views.dialogs import ask, done, refuse, somebody


def sight_of_her(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """What a page needs that shows one customer to this reader: whether hers is shown (`unmask`)
    and by which disclosure (`open`), whether she may ask for it, and where to come back to."""
    actor, now = Actor.of_request(request), utc_now()
    unmask = customer.pk in shown(actor, [customer], now)
    return {
        "customer": customer,
        "unmask": unmask,
        "open": personal.open_one(actor, customer, now) if unmask else None,
        "may_show": may_with(actor, Right.SEE_PERSONAL, customer),
        "back_here": urlencode({"back": request.get_full_path()}),
    }


@login_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what for, then show them for a quarter of an hour."""
    actor, customer = Actor.of_request(request), somebody(pk)
    require_with(actor, Right.SEE_PERSONAL, customer)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            personal.show(actor, customer, **form.cleaned_data, now=utc_now())
        except ValidationError as error:
            refuse(form, error)
        else:
            return done(request, customer, _("Shown for 15 minutes. It stands in the audit log."))
    return ask(
        request,
        customer,
        form,
        title=_("Show personal data"),
        words=_("You see her name, numbers and addresses for 15 minutes, and only you do."),
        verb=_("Show"),
    )


@login_required
@require_POST
def hide(request: HttpRequest, pk: int) -> HttpResponse:
    """Mask them again at once."""
    customer = somebody(pk)
    personal.hide(Actor.of_request(request), customer, now=utc_now())
    return done(request, customer, _("Masked again."))
