"""What the shell of every page needs to know of the reader's brands, as `scope`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from customers.scope import scope_of


def scope(request: HttpRequest) -> dict[str, Any]:
    """Context processor; asks the database only when the template looks at it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"scope": SimpleLazyObject(lambda: scope_of(request))}
