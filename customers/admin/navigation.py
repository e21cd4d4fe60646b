"""The admin's sidebar and first page: one group for each floor of the house, and for the rest."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Shelf

GROUPS = {
    "journeys": gettext_lazy("Journeys"),
    "campaigns": gettext_lazy("Campaigns"),
    "customers": gettext_lazy("Customers"),
    "people": gettext_lazy("People and rights"),
    "system": gettext_lazy("System"),
}
# What a newcomer reads below the heading on the first page.
WORDS = {
    "journeys": gettext_lazy("The ways customers take, who is on one, and what happened there."),
    "campaigns": gettext_lazy(
        "Plans, what is said and offered, over which channels, how often, and every message."
    ),
    "customers": gettext_lazy(
        "Who the customers are, what is known of them, and what they have agreed to."
    ),
    "people": gettext_lazy("The brands, who works for them and may do what, and who did what."),
    "system": gettext_lazy("What runs by itself, and when."),
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups and pages that the reader may open, in the order of the house from the top."""
    shelves: dict[str, list[tuple[int, str, dict[str, Any]]]] = {name: [] for name in GROUPS}
    for model, page in admin.site._registry.items():
        if not isinstance(page, Shelf) or not page.has_module_permission(request):
            continue
        title = str(model._meta.verbose_name_plural)
        link = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        item = {"title": title[:1].upper() + title[1:], "icon": page.icon, "link": link}
        shelves[page.group or model._meta.app_label].append((page.position, title, item))
    back = {
        "title": _("Back to Waypost"),
        "icon": "arrow_back",
        "link": reverse("home"),
        "active": False,
    }
    groups: list[dict[str, Any]] = [{"items": [back]}]
    for name, heading in GROUPS.items():
        items = [item for _position, _title, item in sorted(shelves[name], key=lambda s: s[:2])]
        if items:
            group = {"title": heading, "words": WORDS[name], "items": items}
            groups.append({**group, "separator": True, "collapsible": False})
    return groups
