"""What happened to a customer, as moments of her timeline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from customers.formats import money, number
from customers.models import Brand, Customer, EventType
from customers.profile.registry import Moment, timelines
from customers.profile.veil import Veil
from customers.scope import Scope

SHOWN_PROPERTIES: Final = 4
MONEY: Final = ("amount", "price", "discount")  # properties that are money, in the brand's currency
ICONS: Final = (
    (("order", "paid", "purchase", "transaction", "cart", "bought"), "cart"),
    (("view", "open", "looked", "page", "click"), "eye"),
    (("deliver", "sent", "message", "received", "bounce"), "send"),
    (("signed", "login", "register", "joined"), "person"),
)
# How far back the newest are looked for before it is gone further: a month is a partition, and a
# plan over all of them costs a new connection more than the page. Who has 100,000 events has thirty
# in the first of these spans.
SPANS: Final = (timedelta(days=60),)
# The index is over (customer, type, moment): the newest of each type are read from its ends, and
# the types that she has are found by jumping from one to the next. Sorting all she has would take
# as long as she has events.
NEWEST: Final = """
WITH RECURSIVE kinds AS (
    (SELECT event_type_id FROM customers_event
     WHERE customer_id = %(customer)s AND occurred_at < %(before)s AND occurred_at >= %(since)s
     ORDER BY event_type_id LIMIT 1)
    UNION ALL
    SELECT (SELECT e.event_type_id FROM customers_event e
            WHERE e.customer_id = %(customer)s AND e.event_type_id > k.event_type_id
              AND e.occurred_at < %(before)s AND e.occurred_at >= %(since)s
            ORDER BY e.event_type_id LIMIT 1)
    FROM kinds k WHERE k.event_type_id IS NOT NULL
), told AS (
    SELECT t.id, each.marked
    FROM unnest(%(told)s::text[], %(marked)s::text[]) AS each (code, marked)
    JOIN customers_eventtype t USING (code)
)
SELECT e.occurred_at, e.event_type_id, e.brand_id, e.properties::text
FROM kinds k
CROSS JOIN LATERAL (
    SELECT * FROM customers_event e
    WHERE e.customer_id = %(customer)s AND e.event_type_id = k.event_type_id
      AND e.occurred_at < %(before)s AND e.occurred_at >= %(since)s
      AND (e.brand_id IS NULL OR e.brand_id = ANY(%(brands)s))
      AND NOT EXISTS (SELECT 1 FROM told
                      WHERE told.id = k.event_type_id AND e.properties ? told.marked)
    ORDER BY e.occurred_at DESC, e.id DESC LIMIT %(limit)s
) e
WHERE k.event_type_id IS NOT NULL AND (%(only)s::int IS NULL OR k.event_type_id = %(only)s::int)
ORDER BY e.occurred_at DESC, e.id DESC LIMIT %(limit)s
"""
# The types that she has, as above, of which these brands know an event.
KINDS: Final = """
WITH RECURSIVE kinds AS (
    (SELECT event_type_id FROM customers_event WHERE customer_id = %(customer)s
     ORDER BY event_type_id LIMIT 1)
    UNION ALL
    SELECT (SELECT e.event_type_id FROM customers_event e
            WHERE e.customer_id = %(customer)s AND e.event_type_id > k.event_type_id
            ORDER BY e.event_type_id LIMIT 1)
    FROM kinds k WHERE k.event_type_id IS NOT NULL
)
SELECT k.event_type_id FROM kinds k
WHERE k.event_type_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM customers_event e
    WHERE e.customer_id = %(customer)s AND e.event_type_id = k.event_type_id
      AND (e.brand_id IS NULL OR e.brand_id = ANY(%(brands)s)))
"""


def events(
    customer: Customer,
    *,
    scope: Scope,
    before: datetime,
    limit: int,
    unmask: bool,
    veil: Veil | None = None,
    only: int | None = None,
) -> list[Moment]:
    """The customer's events of these brands, or of no brand, newest first; at most three queries.

    *veil* is hers when somebody has made it already; *only* the id of an event type.
    """
    veil = veil or Veil.of(customer, is_open=unmask)
    told = [(code, source.marked) for source in timelines() for code in sorted(source.tells)]
    values: dict[str, Any] = {
        "customer": customer.pk,
        "brands": scope.brand_ids,
        "told": [code for code, _marked in told],
        "marked": [marked for _code, marked in told],
        "only": only,
    }
    rows = _newest(values, before, limit)
    types = EventType.objects.in_bulk({row[1] for row in rows})
    several = len(scope.mine) > 1
    brands = {brand.pk: brand for brand in scope.mine}
    return [
        Moment(
            at,
            types[type_id].title,
            say_event(
                unveiled(json.loads(properties), types[type_id].personal, veil),
                brands.get(brand_id or 0),
                several=several,
            ),
            "",
            icon_of(types[type_id].code),
        )
        for at, type_id, brand_id, properties in rows
    ]


def types_of(customer: Customer, scope: Scope) -> list[EventType]:
    """The types of her events that the timeline tells as events, by name; one query."""
    values = {"customer": customer.pk, "brands": scope.brand_ids}
    hers = EventType.objects.raw(
        f"SELECT t.* FROM customers_eventtype t WHERE id IN ({KINDS})", values
    )
    told = {code for source in timelines() for code in source.tells}
    found = [each for each in hers if each.code not in told]
    return sorted(found, key=lambda each: each.title.casefold())


def unveiled(
    properties: Mapping[str, Any], marks: Mapping[str, bool], veil: Veil
) -> dict[str, Any]:
    """Properties as this reader may see them."""
    return {name: veil.value(name, value, marks) for name, value in properties.items()}


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


def _newest(values: Mapping[str, Any], before: datetime, limit: int) -> list[tuple[Any, ...]]:
    """The newest rows, span by span: where one has enough of them, the older ones are not asked."""
    rows: list[tuple[Any, ...]] = []
    begins: list[datetime | str] = [before - span for span in SPANS]
    until: datetime | str = before
    with connection.cursor() as cursor:
        for since in (*begins, "-infinity"):
            span = {"since": since, "before": until, "limit": limit - len(rows)}
            cursor.execute(NEWEST, {**values, **span})
            rows += cursor.fetchall()
            if len(rows) >= limit:
                break
            until = since
    return rows


def _plain(value: Any) -> str:
    if isinstance(value, bool | str):
        return str(value)[:80]
    return number(value, 0 if value == int(value) else 2)
