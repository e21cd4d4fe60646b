"""Erasing a customer, and the certificate that is left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.clock import utc_now
from customers.access import Actor, Right
from customers.access.people import may_over_all
from customers.actions import erasure as actions
from customers.erasure.registry import registered
from customers.forms.erasure import EraseForm
from customers.models import Erasure
from customers.queries.people import name_of
from customers.views.dialogs import refuse, somebody


@login_required
@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """What goes and what stays, then a second question: her number typed by hand."""
    actor, customer, now = Actor.of_request(request), somebody(pk), utc_now()
    counts = actions.preview(actor, customer, now=now)
    form = EraseForm(request.POST or None, customer=customer)
    if request.method == "POST" and form.is_valid():
        reason, bar = form.cleaned_data["reason"], form.cleaned_data["bar"]
        try:
            made = actions.erase(actor, customer, reason=reason, bar=bar, now=now)
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _("Erased. This is the certificate."))
            return redirect("customers:certificate", made.pk)
    context = {
        "customer": customer,
        "name": name_of(customer, unmask=False),
        "form": form,
        "gone": [count for count in counts if count.gone and count.rows],
        "emptied": [count for count in counts if not count.gone and count.rows],
        "merged": customer.merged_customers.count(),
    }
    return render(request, "customers/erase.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """The certificate as a page, as a file to keep (?as=html) or as data (?as=json)."""
    found = get_object_or_404(Erasure.objects.select_related("customer", "by"), pk=pk)
    context = {"erasure": found, "customer": found.customer, **_rows(found)}
    name = f"erasure-{found.pk:06}"
    match request.GET.get("as"):
        case "html":
            text = render_to_string("customers/certificate_file.html", context, request)
            answer = HttpResponse(text)
            answer["Content-Disposition"] = f'attachment; filename="{name}.html"'
        case "json":
            answer = JsonResponse(_data(found), json_dumps_params={"ensure_ascii": False})
            answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
        case _other:
            actor = Actor.of_request(request)
            context["may_lift"] = may_over_all(actor, Right.ERASE, found.customer)
            answer = render(request, "customers/certificate.html", context)
    return answer


@login_required
@require_POST
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Let her in again."""
    found = get_object_or_404(Erasure.objects.select_related("customer"), pk=pk)
    actions.lift(Actor.of_request(request), found, now=utc_now())
    messages.success(request, _("Facts about her come in again."))
    return redirect("customers:certificate", found.pk)


# helpers


def _rows(found: Erasure) -> dict[str, Any]:
    """The counts in the reader's language: names are looked up, tables of old ones are kept."""
    names = {rows.table: str(rows.name) for rows in registered()}
    rows = [
        {**row, "name": names.get(row["table"], row["name"])} for row in found.counts if row["rows"]
    ]
    return {
        "gone": [row for row in rows if row["gone"]],
        "emptied": [row for row in rows if not row["gone"]],
        "unread": [
            {**each, "until": datetime.fromisoformat(each["until"]) if each["until"] else None}
            for each in found.unread_files
        ],
    }


def _data(found: Erasure) -> dict[str, Any]:
    return {
        "certificate": f"E-{found.pk:06}",
        "customer": found.customer_id,
        "merged_customers": found.merged,
        "at": found.at.isoformat(),
        "by": found.by_label,
        "reason": found.reason,
        "not_taken_in_again": found.is_barred and found.lifted_at is None,
        "rows": [
            {"table": row["table"], "rows": row["rows"], "removed": row["gone"]}
            for row in found.counts
        ],
        "files_not_read": found.unread_files,
    }
