"""Tiles of what a customer has bought, from the events that her brands call an order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from django.db import connection
from django.utils.translation import gettext as _

from customers.formats import ago, day, moment, money, number
from customers.models import Customer
from customers.profile.registry import Section
from customers.scope import Scope

ORDER = "order_paid"  # what a brand calls an order unless it says otherwise
ROUNDED_FROM = 100  # an average order above it is told without cents
# The index over (customer, event type, time) finds them. An amount that is no number counts as
# an order without one.
_ORDERS = """
FROM customers_brand b
JOIN customers_eventtype y ON y.code = b.order_event
JOIN customers_event e ON e.event_type_id = y.id AND e.brand_id = b.id
WHERE b.id = ANY(%s) AND e.customer_id = %s
"""
PAID = """sum((e.properties ->> b.order_amount)::numeric)
        FILTER (WHERE jsonb_typeof(e.properties -> b.order_amount) = 'number')"""
BOUGHT = f"""
SELECT b.id, date_trunc('month', e.occurred_at, 'UTC'), count(*), min(e.occurred_at),
       max(e.occurred_at), {PAID}
{_ORDERS} GROUP BY 1, 2
"""
MONTHS = 12
Months: TypeAlias = dict[int, Decimal]  # paid, by the number of the month since the year 0


def tiles(customer: Customer, *, scope: Scope, now: datetime, unmask: bool) -> list[Section]:
    """Orders, what was paid, and the last order, of the brands in scope; one query,
    which reads every order of hers once."""
    with connection.cursor() as cursor:
        cursor.execute(BOUGHT, [scope.brand_ids, customer.pk])
        rows = cursor.fetchall()
    if not rows:
        return []
    currencies = {brand.pk: brand.currency for brand in scope.brands}
    first, last = min(row[3] for row in rows), max(row[4] for row in rows)
    paid: dict[str, Decimal] = defaultdict(Decimal)
    times: dict[str, int] = defaultdict(int)
    by_month: dict[str, Months] = defaultdict(lambda: defaultdict(Decimal))
    for brand, month, count, _first, _last, amount in rows:
        currency = currencies[brand]
        paid[currency] += amount or 0
        times[currency] += count
        by_month[currency][month.year * 12 + month.month - 1] += amount or 0
    orders = sum(times.values())
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
            trend=_trend(by_month[main], now),
        ),
        _tile(
            _("Orders"),
            number(orders),
            note=_rhythm(orders, first, last, paid[main], main, times[main]),
        ),
        _tile(
            _("Last order"),
            ago(last, now),
            note=_("the first one %(when)s") % {"when": moment(first, now)}
            if orders > 1
            else moment(last, now),
        ),
    ]
    return found


def seen(customer: Customer, *, scope: Scope, now: datetime, unmask: bool) -> Section | None:
    """When she was last seen, and since when she is known."""
    if customer.last_seen_at is None:
        return None
    since = _("with us since %(day)s") % {"day": day(customer.created_at)}
    return _tile(_("Last seen"), ago(customer.last_seen_at, now), since)


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


def _trend(paid: Months, now: datetime) -> list[float]:
    """What she paid in each of the last twelve months, this one last."""
    number_now = now.year * 12 + now.month - 1
    return [float(paid.get(number_now - back, 0)) for back in reversed(range(MONTHS))]


def _tile(name: str, value: str, note: str = "", trend: Sequence[float] = ()) -> Section:
    return Section(name, context={"name": name, "value": value, "note": note, "trend": trend})
