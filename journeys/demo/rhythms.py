"""What people do, hour by hour. Pure: the same person does the same things for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from journeys.demo.people import HOURS, LARKFELL, SPAN, YUNZHU, Person
from journeys.demo.words import GOODS, Product

WEEKEND = 1.45
FESTIVALS = {YUNZHU: ((11, 9, 11, 12), (6, 16, 6, 19)), LARKFELL: ((11, 23, 11, 30),)}
RUSH = 2.2
CURRENCY = {YUNZHU: "CNY", LARKFELL: "GBP"}


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that a brand's systems report of a person."""

    at: datetime
    number: int  # of the person
    brand: str
    name: str
    properties: dict[str, Any] = field(default_factory=dict)
    key: str = ""


def life_of(person: Person, seed: int, now: datetime) -> list[Happening]:
    """Everything the person did in the demo's span up to *now*, in order of time."""
    draw = Random(f"{seed}:life:{person.number}")
    found: list[Happening] = []
    start = now - SPAN
    if person.joined_at >= start:
        for place, brand in enumerate(person.brands):
            at = person.joined_at + timedelta(days=place * draw.uniform(0, 20))
            if at <= now:
                way = draw.choice(("shop", "app", "website", "mini program"))
                joined = {"brand": brand, "channel": way}
                found.append(
                    Happening(at, person.number, brand, "member_joined", joined,
                              f"join-{brand}-{person.number}")
                )  # fmt: skip
    until = min(now, person.leaves_at or now)
    for n, at in enumerate(_sessions(draw, person, max(start, person.joined_at), until)):
        brand = person.home if len(person.brands) == 1 or draw.random() < 0.7 else person.brands[1]
        found += [each for each in session(draw, person, brand, at, n) if each.at <= now]
    found.sort(key=lambda each: each.at)
    return found


def session(
    draw: Random, person: Person, brand: str, at: datetime, n: int, *, buys: float | None = None
) -> Iterator[Happening]:
    """One look into the shop: views, perhaps a cart, perhaps an order."""
    number = person.number

    def happens(name: str, after: float, key: str = "", **properties: Any) -> Happening:
        nonlocal at
        at += timedelta(seconds=after)
        return Happening(at, number, brand, name, {"brand": brand, **properties}, key)

    if person.device:
        yield happens("app_opened", 0, platform=draw.choice(("iOS", "Android")))
    seen: list[Product] = []
    for _ in range(min(9, 1 + int(draw.expovariate(0.55)))):
        product = _choose(draw, person, brand)
        seen.append(product)
        yield happens(
            "product_viewed", draw.uniform(12, 160),
            product=product.name, category=product.category, price=product.price,
        )  # fmt: skip
    chance = person.buys if buys is None else buys
    wants = draw.random()
    if wants > chance * 2.1:
        return
    chosen = draw.sample(seen, min(len(seen), draw.choices((1, 2, 3), (70, 22, 8))[0]))
    amount = sum(product.price * draw.choices((1, 2), (85, 15))[0] for product in chosen)
    reference = f"{brand[:1].upper()}{number}-{n}"
    basket = {
        "amount": amount,
        "currency": CURRENCY[brand],
        "product": chosen[0].name,
        "category": chosen[0].category,
        "items": len(chosen),
    }
    if wants > chance:
        cart = f"C{reference}"
        yield happens("cart_abandoned", draw.uniform(600, 2400), cart, cart_id=cart, **basket)
        return
    order = f"O{reference}"
    if draw.random() < 0.22:
        discount = round(amount * draw.choice((0.1, 0.15, 0.2)), 2)
        basket["amount"] = round(amount - discount, 2)
        yield happens(
            "coupon_used", draw.uniform(60, 400), f"K{reference}",
            coupon=draw.choice(("WELCOME10", "SPRING15", "TEA20")), order_id=order,
            discount=discount,
        )  # fmt: skip
    yield happens("order_paid", draw.uniform(20, 420), order, order_id=order, **basket)


# helpers


def _sessions(draw: Random, person: Person, start: datetime, until: datetime) -> Iterator[datetime]:
    """Moments at which she looks in: as often as is her habit, at hours when people are awake."""
    zone = ZoneInfo(person.zone)
    most = max(HOURS) * WEEKEND * RUSH
    # Candidates come evenly at the highest rate, and each is kept by how lively its hour is.
    mean = sum(HOURS) / len(HOURS) * (5 + 2 * WEEKEND) / 7
    per_second = person.sessions / (30 * 86400) * most / mean
    at = start
    while True:
        at += timedelta(seconds=draw.expovariate(per_second))
        if at >= until:
            return
        local = at.astimezone(zone)
        lively = HOURS[local.hour] * (WEEKEND if local.weekday() >= 5 else 1)
        if _is_festival(person.home, local.date()):
            lively *= RUSH
        if draw.random() * most < lively:
            yield at


def _is_festival(brand: str, day: date) -> bool:
    return any(
        (first_month, first) <= (day.month, day.day) <= (last_month, last)
        for first_month, first, last_month, last in FESTIVALS[brand]
    )


def _choose(draw: Random, person: Person, brand: str) -> Product:
    goods = GOODS[brand]
    if brand == person.home and draw.random() < 0.6:
        liked = [product for product in goods if product.category == person.favourite]
        return draw.choice(liked)
    return draw.choice(goods)
