"""Switches of the shell: language and theme. A visitor's choice is kept on the device alone."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from config.appearance import THEMES, keep_language, keep_theme
from config.clock import utc_now
from config.views import back
from customers.access import Actor
from customers.actions.account import change_account


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Use `language` from now on: kept on the user, and on the device for the sign-in page."""
    language = request.POST.get("language", "")
    response = back(request)
    if language in dict(settings.LANGUAGES):
        remember(request, language=language)
        keep_language(response, language)
    return response


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Use `theme` (system, light, dark) from now on."""
    theme = request.POST.get("theme", "")
    response = back(request)
    if theme in THEMES:
        remember(request, theme=theme)
        keep_theme(response, theme)
    return response


# helpers


def remember(request: HttpRequest, **values: str) -> None:
    if request.user.is_authenticated:
        change_account(Actor.of_request(request), values, now=utc_now())
