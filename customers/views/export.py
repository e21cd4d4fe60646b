"""Downloading everything that is known of a customer."""

from __future__ import annotations

import tempfile

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from config.clock import utc_now
from customers.access import Actor, Right
from customers.access.people import require_with
from customers.actions.export import export
from customers.views.dialogs import ask, somebody

IN_MEMORY = 5 * 1024 * 1024
TYPES = {"json": "application/json", "zip": "application/zip"}


class ExportForm(forms.Form):
    """In which form."""

    form = forms.ChoiceField(
        label=gettext_lazy("As"),
        widget=forms.RadioSelect,
        initial="zip",
        choices=[
            ("zip", gettext_lazy("Tables to read (CSV in a ZIP)")),
            ("json", gettext_lazy("Data for a machine (JSON)")),
        ],
    )


@login_required
@require_http_methods(["GET", "POST"])
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask in which form, then hand it out."""
    actor, customer = Actor.of_request(request), somebody(pk)
    require_with(actor, Right.EXPORT, customer)
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        kind = form.cleaned_data["form"]
        file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the answer's
        export(actor, customer, file, form=kind, now=utc_now())
        file.seek(0)
        name = f"customer-{customer.pk}.{kind}"
        return FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[kind])
    words = _(
        "All that your brands know of her, unmasked: identities, attributes, consents, tags, "
        "events, messages and journeys. It is written to the audit log."
    )
    return ask(request, customer, form, title=_("Export"), words=words, verb=_("Download"),
               is_plain=True)  # fmt: skip
