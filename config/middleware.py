"""Middleware of the shell: the reader's language and zone, and messages on HTMX answers."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils import timezone, translation

Answer = Callable[[HttpRequest], HttpResponse]
MOVES_ON = ("HX-Redirect", "HX-Refresh", "HX-Location")


class ReaderMiddleware:
    """Activates the language and the time zone of the signed-in user for the request.

    Stands after AuthenticationMiddleware and LocaleMiddleware, which has already taken the cookie
    or the browser's wish for everyone else.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        language = getattr(user, "language", "")
        if language in dict(settings.LANGUAGES):
            translation.activate(language)
            request.LANGUAGE_CODE = language
        with timezone.override(zone(getattr(user, "timezone", ""))):
            return self.get_response(request)


class FragmentMiddleware:
    """Makes answers to HTMX requests whole.

    - unread messages are added out of band, as toasts or notices, unless the page is left anyway;
    - a redirect to the sign-in page becomes a 401, so that the sign-in form is never swapped into
      a fragment and what was typed stays on the page.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not getattr(request, "htmx", False):
            return response
        if response.status_code == 302 and leads_to_sign_in(response):
            return HttpResponse(status=401, headers={"HX-Reswap": "none"})
        if carries_html(response) and messages.get_messages(request):
            spoken = {"messages": list(messages.get_messages(request)), "oob": True}
            for part in ("partials/toasts.html", "partials/notices.html"):
                response.write(render_to_string(part, spoken, request))
        return response


# helpers


def zone(name: str) -> zoneinfo.ZoneInfo | None:
    """The zone, or None (the default zone) when the name is unknown on this machine."""
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None


def leads_to_sign_in(response: HttpResponse) -> bool:
    return response.headers.get("Location", "").startswith(resolve_url(settings.LOGIN_URL))


def carries_html(response: HttpResponse) -> bool:
    return (
        response.status_code in (200, 201, 422)
        and not response.streaming
        and response.headers.get("Content-Type", "").startswith("text/html")
        and not any(name in response.headers for name in MOVES_ON)
    )
