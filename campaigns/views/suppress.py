"""Suppressing a customer from her page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.actions.suppressions import lift, suppress
from campaigns.models import Suppression
from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may
from customers.models import Brand, Channel
from customers.scope import scope_of
from customers.views.dialogs import ask, done, refuse, somebody


class SuppressForm(forms.Form):
    """For which brand and channel, and why."""

    brand = forms.ModelChoiceField(
        label=gettext_lazy("Brand"),
        queryset=Brand.objects.none(),
        required=False,
        empty_label=gettext_lazy("Every brand"),
    )
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=240,
        required=False,
        help_text=gettext_lazy("Such as “asked on the phone not to be written to”."),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        brand, channel = self.fields["brand"], self.fields["channel"]
        assert isinstance(brand, forms.ModelChoiceField)  # noqa: S101 - for the type
        assert isinstance(channel, forms.ChoiceField)  # noqa: S101 - for the type
        brand.queryset = brands_of(actor, Right.SUPPRESS)
        if not may(actor, Right.SUPPRESS, None):
            brand.required, brand.empty_label = True, None
        named = [(code, capfirst(label)) for code, label in Channel.choices]
        channel.choices = [("", _("Every channel")), *named]


@login_required
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Let nothing go out to her any more."""
    actor, customer = Actor.of_request(request), somebody(pk)
    if not brands_of(actor, Right.SUPPRESS).exists():
        raise PermissionDenied(_("Suppressing a customer needs the role “Manager” in a brand."))
    form = SuppressForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        try:
            suppress(actor, customer, **form.cleaned_data, now=utc_now())
        except ValidationError as error:
            refuse(form, error)
        else:
            return done(request, customer, _("Suppressed. Nothing goes out to her any more."))
    rows = Suppression.objects.filter(customer=customer).select_related("brand")
    return ask(
        request, customer, form,
        title=_("Suppress"),
        words=_("No message goes out to her, not even a transactional one."),
        verb=_("Suppress"),
        below="campaigns/suppressed.html",
        rows=[row for row in rows if row.brand is None or row.brand in scope_of(request).mine],
    )  # fmt: skip


@login_required
@require_POST
def remove(request: HttpRequest, pk: int, entry: int) -> HttpResponse:
    """Let messages go to her again."""
    customer = somebody(pk)
    found = get_object_or_404(Suppression.objects.select_related("brand", "customer"),
                              pk=entry, customer=customer)  # fmt: skip
    lift(Actor.of_request(request), found, now=utc_now())
    return done(request, customer, _("Messages may go to her again."))
