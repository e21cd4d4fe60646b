"""Tiles of what a customer has bought, from the events named `order_paid` and their amount."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from customers.formats import ago, moment, money, number
from customers.models import Customer
from customers.profile.registry import Section
from customers.scope import Scope

ORDER = "order_paid"
ROUNDED_FROM = 100  # an average order above it is told without cents
# The index over (customer, event type, time) finds them. An amount that is no number counts as
# an order without one.
BOUGHT = """
SELECT brand_id, count(*), min(occurred_at), max(occurred_at),
    sum((properties ->> 'amount')::numeric)
        FILTER (WHERE jsonb_typeof(properties -> 'amount') = 'number')
FROM customers_event
WHERE customer_id = %s AND brand_id = ANY(%s)
    AND event_type_id = (SELECT id FROM customers_eventtype WHERE code = %s)
GROUP BY brand_id
"""


def tiles(customer: Customer, *, scope: Scope, now: datetime, unmask: bool) -> list[Section]:
    """Orders, what was paid, and the last order, of the brands in scope; one query."""
    with connection.cursor() as cursor:
        cursor.execute(BOUGHT, [customer.pk, scope.brand_ids, ORDER])
        rows = cursor.fetchall()
    if not rows:
        return []
    currencies = {brand.pk: brand.currency for brand in scope.brands}
    orders = sum(count for _brand, count, _first, _last, _sum in rows)
    first, last = min(row[2] for row in rows), max(row[3] for row in rows)
    paid: dict[str, Decimal] = defaultdict(Decimal)
    times: dict[str, int] = defaultdict(int)
    for brand, count, _first, _last, amount in rows:
        paid[currencies[brand]] += amount or 0
        times[currencies[brand]] += count
    # Two currencies are two figures: nobody knows here at which rate they would be one.
    by_orders = sorted(paid, key=lambda currency: (-times[currency], currency))
    main, others = by_orders[0], by_orders[1:]
    found = [
        _tile(
            _("Lifetime value"),
            money(paid[main], main),
            note=" ".join(
                _("and %(amount)s") % {"amount": money(paid[each], each)} for each in others
            )
            or _("all paid orders"),
        ),
        _tile(
            _("Orders"),
            number(orders),
            note=_rhythm(orders, first, last, paid[main], main, times[main]),
        ),
        _tile(_("Last order"), ago(last, now), note=moment(last, now)),
    ]
    return found


# helpers


def _rhythm(
    orders: int, first: datetime, last: datetime, paid: Decimal, currency: str, times: int
) -> str:
    each = paid / times
    words = _("%(amount)s each") % {
        "amount": money(each.quantize(Decimal(1 if each >= ROUNDED_FROM else "0.01")), currency)
    }
    gap = (last - first) / (orders - 1) if orders > 1 else timedelta(0)
    if gap < timedelta(days=2):
        return words
    return _("%(each)s, every %(n)s days") % {"each": words, "n": number(gap.days)}


def _tile(name: str, value: str, note: str = "") -> Section:
    return Section(name, context={"name": name, "value": value, "note": note})
