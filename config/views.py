"""The pages for errors, and the way back to the page that a small form stands on."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.defaults import server_error as server_error_page

API: Final = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return problem(400, _("The request can't be read"), _("Its address or a header is wrong."))
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The exception's text is shown when it is a sentence for the reader."""
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        words = _("Nothing has this address. The OpenAPI document at /api/v1/schema lists them.")
        return problem(404, _("Not found"), words)
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Whoever calls the API gets words that a program can show too."""
    if request.path.startswith(API):
        words = _("That is our fault and stands in the log. Nothing of this call was kept.")
        return problem(500, _("Something broke here"), words)
    return server_error_page(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was sent without a valid CSRF token; reason is for developers and is not shown."""
    return render(request, "403_csrf.html", status=403)


# helpers


def problem(status: int, title: str, detail: str) -> HttpResponse:
    """An error of the API before or after its views, in the form of theirs (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def back(request: HttpRequest) -> HttpResponse:
    """To the page that the switch stands on, never to another host."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(target if safe else resolve_url(settings.LOGIN_REDIRECT_URL))
