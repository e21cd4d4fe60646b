"""Addresses of pages by name, for rows that may stand on a floor below the page."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse


def address(route: str, *args: object) -> str:
    """The address of a page, or an empty string when there is no such page."""
    try:
        return reverse(route, args=args)
    except NoReverseMatch:
        return ""
