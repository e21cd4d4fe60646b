"""Small forms on the page of a customer: in a dialog, or a page of their own without scripts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from customers.models import Customer


def somebody(pk: int) -> Customer:
    """The customer as she is now; 404 for one who was merged or erased."""
    return get_object_or_404(Customer, pk=pk, merged_into__isnull=True, erased_at__isnull=True)


def ask(
    request: HttpRequest,
    customer: Customer,
    form: Form,
    *,
    title: str,
    verb: str,
    words: str = "",
    inside: str = "customers/dialogs/fields.html",
    **context: Any,
) -> HttpResponse:
    """Show *form*: as the inside of the dialog when HTMX asks. One with errors is a 422."""
    is_fragment = bool(request.htmx)  # type: ignore[attr-defined]
    context |= {
        "customer": customer,
        "form": form,
        "title": title,
        "words": words,
        "verb": verb,
        "inside": inside,
        "back": back_of(request, customer),
    }
    name = "box" if is_fragment else "page"
    status = 422 if form.is_bound and form.errors else 200
    return render(request, f"customers/dialogs/{name}.html", context, status=status)


def done(request: HttpRequest, customer: Customer, said: str) -> HttpResponse:
    """Back to where it was asked for, which says what was done."""
    if said:
        messages.success(request, said)
    url = back_of(request, customer)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=200, headers={"HX-Redirect": url})
    return redirect(url)


def back_of(request: HttpRequest, customer: Customer) -> str:
    """The page of ours that asked (`?back=`), else hers."""
    back = request.GET.get("back", "")
    if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return back
    return reverse("customers:detail", args=[customer.pk])


def refuse(form: Form, error: ValidationError) -> None:
    """Put the errors of an action where they belong: at their field, else above the form."""
    if hasattr(error, "error_dict"):
        for name, errors in error.error_dict.items():
            form.add_error(name if name in form.fields else None, errors)
    else:
        form.add_error(None, error)
