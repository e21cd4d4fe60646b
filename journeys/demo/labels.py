"""What a model outside the product says of the demo's customers, from what they did. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from customers.ingest import TagFact
from journeys.demo.rhythms import Happening


def labels_of(life: Iterable[Happening], now: datetime) -> list[TagFact]:
    """The predicted tags of a person who did *life*, as of *now*."""
    orders = 0
    last: datetime | None = None
    for each in life:
        last = each.at
        orders += each.name == "order_paid"
    gap = now - last if last else timedelta(days=999)
    return [TagFact("churn_risk", _risk(gap, orders))]


# helpers


def _risk(gap: timedelta, orders: int) -> str:
    patience = 20 + 10 * min(orders, 4)
    if gap.days < patience:
        return "low"
    return "medium" if gap.days < 2 * patience else "high"
