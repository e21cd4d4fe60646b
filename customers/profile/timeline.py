"""The timeline of one customer: events here, and what other floors add, newest first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from customers.formats import clock, day, money, number, weekday
from customers.models import Brand, Customer, Event
from customers.profile.registry import Moment, Source, timelines
from customers.scope import Scope

PAGE = 30
SHOWN_PROPERTIES = 4
MONEY = ("amount", "price", "discount")  # properties that are money, in the brand's currency
ICONS = (
    (("order", "paid", "purchase", "transaction", "cart", "bought"), "cart"),
    (("view", "open", "looked", "page", "click"), "eye"),
    (("deliver", "sent", "message", "received", "bounce"), "send"),
    (("signed", "login", "register", "joined"), "person"),
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: behind `seen` moments of the instant `at`.

    A bulk import writes many facts of one instant, so the instant alone would lose some.
    """

    at: datetime
    seen: int = 0

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """Read the parameter of an address; None for anything else."""
        instant, _comma, seen = text.partition(",")
        try:
            at = datetime.fromisoformat(instant)
        except ValueError:
            return None
        if at.tzinfo is None or not 1900 < at.year < 2200 or not re.fullmatch("[0-9]{1,4}", seen):
            return None
        return cls(at.astimezone(UTC), int(seen))

    def __str__(self) -> str:
        return f"{self.at.isoformat()},{self.seen}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """Days in words with their rows, as partials/timeline.html takes them; `after` is a cursor."""

    days: list[tuple[str, list[dict[str, Any]]]]
    after: str
    is_empty: bool


def timeline(
    customer: Customer, *, scope: Scope, cursor: Cursor, kind: str = "", unmask: bool = False
) -> Timeline:
    """One page of what happened, newest first, from all sources or from those of one kind.

    Every source answers with its newest `limit` moments, so that the newest of all of them are
    the newest there are.
    """
    before = cursor.at + timedelta(microseconds=1)
    limit = cursor.seen + PAGE + 1
    sources = [Source(events, "events"), *timelines()]
    found = [
        moment
        for source in sources
        if kind in ("", source.kind)
        for moment in source.find(customer, scope=scope, before=before, limit=limit, unmask=unmask)
    ]
    # Sorting keeps the order of the sources within an instant, so that `seen` counts the same ones.
    found.sort(key=lambda moment: moment.at, reverse=True)
    page = found[cursor.seen : cursor.seen + PAGE]
    after = ""
    if len(found) > cursor.seen + PAGE:
        last = page[-1].at
        shown = found[: cursor.seen + PAGE]
        after = str(Cursor(last, sum(moment.at == last for moment in shown)))
    days: list[tuple[str, list[dict[str, Any]]]] = []
    for moment in page:
        name = day_in_words(moment.at)
        if not days or days[-1][0] != name:
            days.append((name, []))
        days[-1][1].append(_row(moment))
    return Timeline(days, after, not page)


def events(
    customer: Customer, *, scope: Scope, before: datetime, limit: int, unmask: bool
) -> list[Moment]:
    """The customer's events of these brands, or of no brand, newest first; one query."""
    told = Q(pk__in=[])
    for source in timelines():
        if source.tells:
            told |= Q(event_type__code__in=source.tells, properties__has_key=source.marked)
    rows = (
        Event.objects.filter(
            Q(brand__isnull=True) | Q(brand__in=scope.brand_ids),
            customer=customer,
            occurred_at__lt=before,
        )
        .exclude(told)
        .select_related("event_type")
        .order_by("-occurred_at", "-id")[:limit]
    )
    several = len(scope.mine) > 1
    brands = {brand.pk: brand for brand in scope.mine}
    return [
        Moment(
            row.occurred_at,
            row.event_type.title,
            say_event(row.properties, brands.get(row.brand_id or 0), several=several),
            "",
            icon_of(row.event_type.code),
        )
        for row in rows
    ]


def say_event(
    properties: Mapping[str, Any], brand: Brand | None, *, several: bool = False
) -> SafeString:
    """What an event says of itself: its amount first, as money, then its other properties, and
    the brand when there are several."""
    left = dict(properties)
    if brand is not None and left.get("brand") == brand.code:
        del left["brand"]
    parts = []
    for name in MONEY:
        if isinstance(left.get(name), int | float):
            currency = str(left.pop("currency", "") or (brand.currency if brand else ""))
            value = money(left.pop(name), currency) if currency else number(left.pop(name))
            parts.append(format_html("<em>{}</em>", value))
    if words := say_properties(left):
        parts.append(words)
    if several and brand is not None:
        parts.append(format_html("{}", brand.title))
    return format_html_join(SafeString(" · "), "{}", ((part,) for part in parts))


def day_in_words(at: datetime) -> str:
    """The day of a moment: "Today, 21 Nov", "Yesterday, 20 Nov", "Thursday, 19 Nov", "18 Oct"."""
    local, today = timezone.localtime(at).date(), timezone.localdate()
    named = {0: _("Today"), 1: _("Yesterday")}
    back = (today - local).days
    if not 0 <= back < 7:
        return day(local)
    words = {"name": named.get(back) or weekday(local), "day": day(local)}
    return _("%(name)s, %(day)s") % words


def say_properties(properties: Mapping[str, Any]) -> SafeString:
    """The first few properties of an event: "amount <em>188</em> · sku <em>Oolong</em>"."""
    shown = [
        (name.replace("_", " "), _plain(value))
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
        "url": moment.url,
    }


def _plain(value: Any) -> str:
    if isinstance(value, bool | str):
        return str(value)[:80]
    return number(value, 0 if value == int(value) else 2)
