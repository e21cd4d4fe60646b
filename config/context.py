"""What the shell of every page needs: navigation, theme and language, as `shell`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import get_language, gettext_lazy

from config.appearance import chosen_theme

LANGUAGE_NAMES = {"en": "English", "zh-hans": "中文"}


@dataclass(frozen=True)
class Place:
    """An entry of the navigation: the name of its address, its words, its icon."""

    key: str
    route: str
    words: str | Promise
    icon: str
    far: bool = False  # on a phone it is reached through "More"


PLACES = (
    Place("home", "home", gettext_lazy("Home"), "home"),
    Place("journeys", "journeys:list", gettext_lazy("Journeys"), "journey"),
    Place("campaigns", "campaigns:list", gettext_lazy("Campaigns"), "campaign"),
    Place("segments", "customers:segments", gettext_lazy("Segments"), "segment", far=True),
    Place("customers", "customers:list", gettext_lazy("Customers"), "customers"),
)
BLOCKS = (
    Place("content", "campaigns:contents", gettext_lazy("Content"), "content"),
    Place("tags", "customers:tags", gettext_lazy("Tags"), "tag"),
    Place("reports", "journeys:reports", gettext_lazy("Reports"), "report"),
    Place("tasks", "campaigns:tasks", gettext_lazy("Tasks"), "check"),
    Place("policies", "campaigns:policies", gettext_lazy("Policies"), "shield"),
    Place("suppressions", "campaigns:suppressions", gettext_lazy("Suppressions"), "stop"),
    Place("developers", "customers:developers", gettext_lazy("Developers"), "code"),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor; everything is made on first use, so fragments cost nothing."""
    return {"shell": SimpleLazyObject(lambda: make_shell(request))}


def make_shell(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    language = get_language() or "en"
    places = links(PLACES, request.path) if signed_in else []
    blocks = links(BLOCKS, request.path) if signed_in else []
    name = user_name(user) if signed_in else ""
    return {
        "lang": html_lang(language),
        "theme": chosen_theme(request),
        "other_language": other_language(language),
        "places": places,
        "blocks": blocks,
        "in_more": any(p["current"] and (p["far"] or p in blocks) for p in [*places, *blocks]),
        "user_name": name,
        "initials": initials(name),
    }


# helpers


def links(places: tuple[Place, ...], path: str) -> list[dict[str, Any]]:
    """Places whose page exists, the one with the longest address that holds `path` as current."""
    found = []
    for place in places:
        try:
            url = reverse(place.route)
        except NoReverseMatch:
            continue
        inside = path == url if place.key == "home" else path.startswith(url)
        found.append(
            {
                "key": place.key,
                "url": url,
                "name": place.words,
                "icon": place.icon,
                "far": place.far,
                "current": inside,
            }
        )
    return found


def html_lang(language: str) -> str:
    """zh-hans as the tag zh-Hans that browsers choose fonts by."""
    return "zh-Hans" if language.startswith("zh") else language


def other_language(language: str) -> dict[str, str]:
    code = "en" if language.startswith("zh") else "zh-hans"
    return {"code": code, "lang": html_lang(code), "name": LANGUAGE_NAMES[code]}


def user_name(user: Any) -> str:
    return getattr(user, "display_name", "") or user.get_username()


def initials(name: str) -> str:
    """Two letters of a Latin name, the last character of a Chinese one."""
    if not name:
        return ""
    if name[0] > "\u2e7f":
        return name[-1]
    words = name.replace("@", " ").replace(".", " ").split()
    return "".join(word[0] for word in words[:2]).upper()
