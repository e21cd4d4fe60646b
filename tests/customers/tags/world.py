"""Random customers and events in the database, and the same in plain Python."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Brand, CustomerTag, Tag

NAMES = ("order_paid", "app_opened")
AMOUNTS: list[Any] = [0, 9.99, 10, 10.5, 100, -3.25, 812.4, "10", None, True]
SHOPS: list[Any] = ["Bund", "西湖", "", "Bund ", 7, 7.0, False, None, "2026-02-01", ["a"]]
HOURS = [0, 1, 5, 16, 17, 24, 48, 24 * 7, 24 * 29, 24 * 30, 24 * 31, 24 * 100]


@dataclass
class Happened:
    """One event as the oracle sees it; `order` is that of arrival."""

    name: str
    at: datetime
    properties: dict[str, Any]
    brand_id: int | None
    order: int


class World:
    """Customers by id with everything that happened to them."""

    def __init__(self, chance: random.Random, now: datetime) -> None:
        self.chance, self.now, self.arrived = chance, now, 0
        self.brands = {
            code: Brand.objects.create(code=code, name=code, timezone=zone)
            for code, zone in (("tea", "Asia/Shanghai"), ("walk", "America/New_York"))
        }
        self.events: dict[int, list[Happened]] = {}
        self.names: list[str] = []

    def add(self, people: int, events: int, *, since: timedelta | None = None) -> None:
        """New people, and events of anybody, told by the one door."""
        self.names += [f"p{len(self.names) + i}" for i in range(people)]
        for brand in [*self.brands.values(), None]:
            items = [self._item(name, events, since) for name in self.names]
            if brand is None:
                items = items[::3]
            facts = [Item(each[0], [("member_id", each[0])], events=each[1]) for each in items]
            done = ingest(Batch("test", facts, brand_id=brand.pk if brand else None), now=self.now)
            assert not done.refused, done.refused[:3]
            for id, (_name, told) in zip(done.customer_ids, items, strict=True):
                assert id is not None
                held = self.events.setdefault(id, [])
                for each in told:
                    assert each.occurred_at is not None
                    self.arrived += 1
                    held.append(Happened(each.name, each.occurred_at, dict(each.properties),
                                         brand.pk if brand else None, self.arrived))  # fmt: skip

    def _item(self, name: str, most: int, since: timedelta | None) -> tuple[str, list[EventFact]]:
        told = []
        for _ in range(self.chance.randrange(most + 1)):
            if since is None:
                at = self.now - timedelta(hours=self.chance.choice(HOURS))
            else:
                at = self.now - since * self.chance.random()
            properties = {}
            for key, values in (("amount", AMOUNTS), ("shop", SHOPS)):
                if self.chance.random() < 0.9:
                    properties[key] = self.chance.choice(values)
            told.append(EventFact(self.chance.choice(NAMES), at, properties))
        return name, told


def values_of(tag: Tag) -> dict[int, str]:
    """The values of a tag by customer."""
    return dict(CustomerTag.objects.filter(tag=tag).values_list("customer_id", "value"))
