"""The timeline of one customer: events here, and what other floors add, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from customers.formats import clock, day, number
from customers.models import Customer, Event
from customers.profile.registry import Moment, timelines
from customers.scope import Scope

PAGE = 30
SHOWN_PROPERTIES = 4
ICONS = (
    (("order", "paid", "purchase", "transaction", "cart", "bought"), "cart"),
    (("view", "open", "looked", "page", "click"), "eye"),
    (("deliver", "sent", "message", "received", "bounce"), "send"),
    (("signed", "login", "register", "joined"), "person"),
)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Days in words with their rows, as partials/timeline.html takes them; `after` is a cursor."""

    days: list[tuple[str, list[dict[str, Any]]]]
    after: str
    is_empty: bool


def timeline(customer: Customer, *, scope: Scope, before: datetime, kind: str = "") -> Timeline:
    """One page of what happened before a moment; `kind` keeps only that kind."""
    found = [
        moment
        for find in (events, *timelines())
        for moment in find(customer, scope=scope, before=before, limit=PAGE + 1)
        if not kind or moment.kind == kind
    ]
    found.sort(key=lambda moment: moment.at, reverse=True)
    page = found[:PAGE]
    if len(found) > PAGE:
        # Everything of one instant stands on one page, since the cursor is that instant.
        page += [moment for moment in found[PAGE:] if moment.at == page[-1].at]
    more = len(found) > len(page)
    days: list[tuple[str, list[dict[str, Any]]]] = []
    for moment in page:
        name = day(timezone.localtime(moment.at))
        if not days or days[-1][0] != name:
            days.append((name, []))
        days[-1][1].append(_row(moment))
    return Timeline(days, page[-1].at.isoformat() if more else "", not page)


def events(customer: Customer, *, scope: Scope, before: datetime, limit: int) -> list[Moment]:
    """The customer's events of these brands, or of no brand, newest first."""
    rows = (
        Event.objects.filter(
            Q(brand__isnull=True) | Q(brand__in=scope.brand_ids),
            customer=customer,
            occurred_at__lt=before,
        )
        .select_related("event_type")
        .order_by("-occurred_at", "-id")[:limit]
    )
    return [
        Moment(row.occurred_at, row.event_type.title, say_properties(row.properties), "",
               icon_of(row.event_type.code))
        for row in rows
    ]  # fmt: skip


def say_properties(properties: Mapping[str, Any]) -> SafeString:
    """The first few properties of an event: "amount <em>188</em> · sku <em>Oolong</em>"."""
    shown = [
        (name, _plain(value))
        for name, value in properties.items()
        if isinstance(value, str | int | float) and value != ""
    ]
    return format_html_join(SafeString(" · "), "{} <em>{}</em>", shown[:SHOWN_PROPERTIES])


def icon_of(code: str) -> str:
    """An icon that fits the name of an event."""
    lowered = code.lower()
    return next((icon for words, icon in ICONS if any(w in lowered for w in words)), "bolt")


# helpers


def _row(moment: Moment) -> dict[str, Any]:
    return {
        "title": capfirst(moment.title),
        "words": format_html("{}", moment.words) if moment.words else "",
        "family": moment.family,
        "icon": moment.icon,
        "time": clock(moment.at),
    }


def _plain(value: Any) -> str:
    if isinstance(value, bool | str):
        return str(value)[:80]
    return number(value, 0 if value == int(value) else 2)
