"""Columns of a customer that repeat an attribute, since lists and clocks read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.identity.zones import known_zone


def columns_of(attributes: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Name, sort key, language and time zone, each as long as its column."""
    name = str(attributes.get("name") or "")[:120]
    return (
        name,
        name.casefold()[:160],
        str(attributes.get("language") or "")[:12],
        known_zone(attributes.get("timezone")),
    )
