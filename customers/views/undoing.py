"""What worked is told in a toast; where it can be undone at once, the toast has a button for it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

MARK = "undo:"


def tell(request: HttpRequest, words: str, *, undo: str = "") -> None:
    """Tell what worked; `undo` is the address to which the toast's button posts."""
    messages.success(request, words, extra_tags=f"{MARK}{undo}" if undo else "")
