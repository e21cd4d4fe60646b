"""The addresses that a message's text and headers may carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings

from campaigns.tokens import Kind, sign

# What a template may write out, and where it leads.
PLACES: Final = {
    "unsubscribe_url": (Kind.UNSUBSCRIBE, "u"),
    "preferences_url": (Kind.PREFERENCES, "p"),
    "confirm_url": (Kind.CONFIRM, "c"),
}
SAMPLE: Final = "sample"


def pages_of(message_id: int, context: Mapping[str, Any]) -> dict[str, str]:
    """By the name in a template the address for this message; the one to confirm only where
    something is to be confirmed."""
    return {
        name: f"{settings.PUBLIC_URL}/{place}/{sign(kind, message_id)}"
        for name, (kind, place) in PLACES.items()
        if kind != Kind.CONFIRM or "confirm" in context
    }


def sample_pages() -> dict[str, str]:
    """The same for previews and tests; they lead to a page that says so."""
    return {
        name: f"{settings.PUBLIC_URL}/{place}/{SAMPLE}" for name, (_kind, place) in PLACES.items()
    }
