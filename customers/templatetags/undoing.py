"""The address behind the Undo of a toast, see customers.views.undoing."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.http import url_has_allowed_host_and_scheme

from customers.views.undoing import MARK

register = template.Library()


@register.filter
def undo_of(message: Any) -> str:
    """Where the Undo of a message posts to, an address of ours; empty when it has none."""
    tags = str(getattr(message, "extra_tags", "") or "")
    url = tags.removeprefix(MARK) if tags.startswith(MARK) else ""
    return url if url_has_allowed_host_and_scheme(url, allowed_hosts=None) else ""
