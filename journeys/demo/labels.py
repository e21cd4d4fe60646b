"""The tags that the demo's customers carry, worked out from what they did. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from customers.ingest import TagFact
from journeys.demo.people import YUNZHU, Person
from journeys.demo.rhythms import Happening

POUNDS = 9  # yuan in one pound, about
GOLD, SILVER, BRONZE = 3600, 1200, 300


def labels_of(person: Person, life: Iterable[Happening], now: datetime) -> list[TagFact]:
    """The tags of a person who did *life*, as of *now*."""
    spent, orders, coupons = 0.0, 0, 0
    looked: Counter[str] = Counter()
    last: datetime | None = None
    for each in life:
        last = each.at
        if each.name == "order_paid":
            orders += 1
            spent += each.properties["amount"] * (1 if each.brand == YUNZHU else POUNDS)
        elif each.name == "coupon_used":
            coupons += 1
        elif each.name == "product_viewed":
            looked[each.properties["category"]] += 1
    gap = now - last if last else timedelta(days=999)
    found = {"lifecycle": _lifecycle(person, orders, gap, now), "churn_risk": _risk(gap, orders)}
    if tier := _tier(spent):
        found["tier"] = tier
    if looked:
        # Ties go to the first by name, so that the same life gives the same tag.
        found["favourite_category"] = min(looked, key=lambda name: (-looked[name], name))
    if orders:
        found["orders_count"] = str(orders)
    if person.says_yes:
        found["channel_preference"] = person.says_yes[person.number % len(person.says_yes)]
    if orders >= 2 and coupons * 3 >= orders:
        found["coupon_lover"] = "yes"
    return [TagFact(code, value) for code, value in found.items()]


# helpers


def _tier(spent: float) -> str:
    for name, least in (("gold", GOLD), ("silver", SILVER), ("bronze", BRONZE)):
        if spent >= least:
            return name
    return ""


def _lifecycle(person: Person, orders: int, gap: timedelta, now: datetime) -> str:
    if now - person.joined_at < timedelta(days=30) and orders < 2:
        return "new"
    if gap < timedelta(days=30):
        return "active"
    return "sleeping" if gap < timedelta(days=90) else "lost"


def _risk(gap: timedelta, orders: int) -> str:
    patience = 20 + 10 * min(orders, 4)
    if gap.days < patience:
        return "low"
    return "medium" if gap.days < 2 * patience else "high"
