"""The list of suppressions: who gets nothing and why, adding by hand or from a file, lifting."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.actions.suppression_list import Listed, suppress_all
from campaigns.actions.suppressions import lift
from campaigns.models import Suppression, SuppressionReason, SuppressionScope
from campaigns.queries.messages import number
from campaigns.queries.suppressions import PER_PAGE, Asked, suppressions_of
from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may, require
from customers.formats import number as figure
from customers.models import Brand, Channel
from customers.scope import scope_of

MOST_BYTES: Final = 16 * 1024 * 1024


class ListForm(forms.Form):
    """Whom to put on the list, for which brand and channel."""

    typed = forms.CharField(
        label=gettext_lazy("Who"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea({"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One a line: name@example.com, +86 138 1234 6021, example.com for a whole domain, or "
            "C-123 for a customer."
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file"),
        required=False,
        help_text=gettext_lazy("UTF-8 text, one a line as above, at most 16 MB and 500,000 lines."),
    )
    brand = forms.ModelChoiceField(
        label=gettext_lazy("Brand"),
        queryset=Brand.objects.none(),
        required=False,
        empty_label=gettext_lazy("Every brand"),
    )
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=240, required=False)

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

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        file = values.get("file")
        if file and file.size > MOST_BYTES:
            self.add_error("file", _("Expected at most 16 MB. Split the file."))
        if not file and not values.get("typed", "").strip() and not self.errors:
            self.add_error("typed", _("Name somebody, or choose a file."))
        return values

    @property
    def lines(self) -> Iterable[str]:
        """What was typed or uploaded, line by line. May raise UnicodeDecodeError."""
        file = self.cleaned_data.get("file")
        if file:
            return io.TextIOWrapper(file.file, encoding="utf-8")
        return str(self.cleaned_data["typed"]).splitlines()


@login_required
@require_http_methods(["GET", "POST"])
def suppression_list(request: HttpRequest) -> HttpResponse:
    """The list, and for those who may a form that adds to it."""
    actor = Actor.of_request(request)
    asked = Asked.read(request.GET.dict())
    may_add = brands_of(actor, Right.SUPPRESS).exists()
    if request.method == "POST" and not may_add:
        require(actor, Right.SUPPRESS, scope_of(request).chosen)
    form = ListForm(request.POST or None, request.FILES or None, actor=actor) if may_add else None
    done: Listed | None = None
    if request.method == "POST" and form is not None and form.is_valid():
        done = _add(actor, form)
        if done is not None and not done.bad:
            messages.success(request, _said(done))
            return redirect("campaigns:suppressions")
    rows = suppressions_of(scope_of(request).mine, asked)
    after = number(request.GET.get("after"))
    found = list((rows.filter(pk__lt=after) if after else rows)[: PER_PAGE + 1])
    context = {
        "rows": [(row, _may_lift(actor, row)) for row in found[:PER_PAGE]],
        "after": str(found[PER_PAGE - 1].pk) if len(found) > PER_PAGE else "",
        "asked": asked,
        "scopes": SuppressionScope.choices,
        "reasons": SuppressionReason.choices,
        "form": form,
        "done": done,
        "said": _said(done) if done else "",
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "campaigns/suppressions.html", context, status=status)


@login_required
@require_POST
def lift_entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one entry off the list."""
    mine = [brand.pk for brand in scope_of(request).mine]
    rows = Suppression.objects.filter(Q(brand=None) | Q(brand__in=mine))
    entry = get_object_or_404(rows.select_related("brand", "customer"), pk=pk)
    lift(Actor.of_request(request), entry, now=utc_now())
    messages.success(request, _("It is off the list. Messages may go there again."))
    return redirect("campaigns:suppressions")


# helpers


def _add(actor: Actor, form: ListForm) -> Listed | None:
    values = form.cleaned_data
    reason = SuppressionReason.IMPORT if values.get("file") else SuppressionReason.MANUAL
    try:
        return suppress_all(
            actor,
            form.lines,
            brand=values["brand"],
            channel=values["channel"],
            reason=reason,
            note=values["note"],
            now=utc_now(),
        )
    except UnicodeDecodeError:
        form.add_error("file", _("The file is not UTF-8 text. Save it as UTF-8."))
    except ValidationError as error:
        form.add_error(None, error.messages)
    return None


def _may_lift(actor: Actor, row: Suppression) -> bool:
    return may(actor, Right.SUPPRESS, row.brand)


def _said(done: Listed) -> str:
    words = _("%(new)s are new on the list, %(known)s were on it already.")
    return words % {"new": figure(done.new), "known": figure(done.known)}
