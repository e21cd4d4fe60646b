"""What stands in the address of a page, read with care."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest


def identifier(request: HttpRequest, name: str) -> int | None:
    """A positive id of the database, or None for anything else."""
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        return None
    return int(text) or None


def moment(request: HttpRequest, name: str) -> datetime | None:
    """An aware moment, or None for anything else."""
    try:
        found = datetime.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
    if found.tzinfo is None or not 1900 < found.year < 2200:
        return None
    return found.astimezone(UTC)
