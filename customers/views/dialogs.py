"""Small forms on the page of a customer: in a dialog, or a page of their own without scripts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

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
        "back": reverse("customers:detail", args=[customer.pk]),
    }
    name = "box" if is_fragment else "page"
    status = 422 if form.is_bound and form.errors else 200
    return render(request, f"customers/dialogs/{name}.html", context, status=status)


def done(request: HttpRequest, customer: Customer, said: str) -> HttpResponse:
    """Back to her page, which says what was done."""
    if said:
        messages.success(request, said)
    url = reverse("customers:detail", args=[customer.pk])
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=200, headers={"HX-Redirect": url})
    return redirect(url)


def refuse(form: Form, error: ValidationError) -> None:
    """Put the errors of an action where they belong: at their field, else above the form."""
    if hasattr(error, "error_dict"):
        for name, errors in error.error_dict.items():
            form.add_error(name if name in form.fields else None, errors)
    else:
        form.add_error(None, error)
