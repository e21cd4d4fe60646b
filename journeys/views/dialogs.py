"""Questions about a journey that need more than yes or no: in a dialog, or a page of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from journeys.models import Journey


def ask(
    request: HttpRequest, journey: Journey, inside: str, *, title: str, verb: str, **context: Any
) -> HttpResponse:
    """Show the template *inside* with a button that says *verb* (none: nothing can be done). With
    `error` in *context* it is a 422."""
    context |= {
        "journey": journey,
        "title": title,
        "verb": verb,
        "inside": f"journeys/dialogs/{inside}.html",
        "back": back_of(request, journey),
    }
    is_fragment = bool(getattr(request, "htmx", False))
    name = "box" if is_fragment else "page"
    status = 422 if context.get("error") else 200
    return render(request, f"journeys/dialogs/{name}.html", context, status=status)


def done(request: HttpRequest, journey: Journey, said: str) -> HttpResponse:
    """Back to where it was asked, which says what was done."""
    messages.success(request, said)
    url = back_of(request, journey)
    if getattr(request, "htmx", False):
        return HttpResponse(status=200, headers={"HX-Redirect": url})
    return redirect(url)


def back_of(request: HttpRequest, journey: Journey) -> str:
    """The page of ours that asked (`?back=`), else the journey's."""
    back = request.GET.get("back", "")
    if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return back
    return reverse("journeys:detail", args=[journey.pk])
