"""How the product looks to this reader: theme and language, by user, else cookie, else browser."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

THEME_COOKIE = "waypost_theme"
THEMES = ("system", "light", "dark")
A_YEAR = 365 * 24 * 3600


def chosen_theme(request: HttpRequest) -> str:
    """ "light" or "dark"; empty when the device decides."""
    user = getattr(request, "user", None)
    theme = getattr(user, "theme", "") if user and user.is_authenticated else ""
    if not theme or theme == "system":
        cookie = request.COOKIES.get(THEME_COOKIE, "")
        theme = cookie if not (user and user.is_authenticated) else ""
    return theme if theme in ("light", "dark") else ""


def keep_theme(response: HttpResponse, theme: str) -> None:
    """Remember the theme on this device, for the pages before sign-in."""
    if theme == "system":
        response.delete_cookie(THEME_COOKIE)
    else:
        keep(response, THEME_COOKIE, theme)


def keep_language(response: HttpResponse, language: str) -> None:
    """Remember the language on this device; empty means that the browser decides again."""
    if language:
        keep(response, settings.LANGUAGE_COOKIE_NAME, language)
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)


# helpers


def keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=A_YEAR,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )
