"""A little random world of customers, and the counts of an insight in plain Python."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from customers.ingest import Batch, ConsentFact, EventFact, Item, TagFact, ingest
from customers.models import Attribute, Brand, Customer, CustomerTag, Segment, SegmentMember, Tag
from customers.rules import evaluate, read_rule
from customers.segments.insight.facets import CHANNELS, DATE_CUTS

CITIES = ["Hangzhou", "上海", "Suzhou", "a % city", ""]
HOBBIES = ["tea", "tents", "maps"]


@dataclass
class Somebody:
    """What is known of one customer."""

    attributes: dict[str, Any]
    tags: dict[str, set[str]]
    events: list[tuple[str, datetime, int | None]]
    brand_id: int
    is_there: bool = True
    segments: set[int] = field(default_factory=set)


class World:
    """Customers of two brands with everything; two lists that overlap."""

    def __init__(self, chance: random.Random, now: datetime, people: int = 60) -> None:
        self.chance, self.now = chance, now
        self.brands = [Brand.objects.create(code=code, name=code) for code in ("tea", "walk")]
        for code, kind, personal in (
            ("city", "text", False), ("news", "boolean", False), ("visits", "number", False),
            ("spent", "number", False), ("hobbies", "list", False), ("joined", "date", False),
            ("seen", "datetime", False), ("email_own", "text", True),
        ):  # fmt: skip
            Attribute.objects.update_or_create(
                code=code, defaults={"name": code, "data_type": kind, "is_personal": personal}
            )
        for code, values in (
            ("tier", {}), ("vip", {}), ("score", {"data_type": "number"}),
            ("likes", {"is_multiple": True}), ("walkers", {"brand": self.brands[1]}),
        ):  # fmt: skip
            Tag.objects.create(code=code, name=code, **values)
        self.people: dict[int, Somebody] = {}
        for n in range(people):
            self._bring(n, self.brands[n % 2])
        self.lists = [
            Segment.objects.create(code=code, name=code, kind="list") for code in ("one", "two")
        ]
        for id, who in self.people.items():
            for segment, share in zip(self.lists, (0.4, 0.5), strict=True):
                if chance.random() < share:
                    SegmentMember.objects.create(segment=segment, customer_id=id, since=now)
                    who.segments.add(segment.pk)
        gone, merged, into = chance.sample(sorted(self.people), 3)
        Customer.objects.filter(pk=gone).update(erased_at=now)
        Customer.objects.filter(pk=merged).update(merged_into=into)
        self.people[gone].is_there = self.people[merged].is_there = False

    def _bring(self, n: int, brand: Brand) -> None:
        chance, now = self.chance, self.now
        able: dict[str, Any] = {
            "city": chance.choice(CITIES), "news": chance.random() < 0.5,
            "visits": chance.randrange(5), "spent": round(chance.lognormvariate(4, 1), 2),
            "hobbies": chance.sample(HOBBIES, chance.randrange(3)),
            "joined": (now.date() - timedelta(days=chance.randrange(-3, 4000))).isoformat(),
            "seen": (now - timedelta(hours=chance.randrange(9000))).strftime(
                "%Y-%m-%dT%H:%M:%S.%fZ"
            ),
            "email_own": f"p{n}@example.com",
        }  # fmt: skip
        attributes = {code: value for code, value in able.items() if chance.random() < 0.8}
        tags: dict[str, set[str]] = {}
        for code, values in (
            ("tier", ["gold", "silver"]), ("vip", [""]), ("score", ["1.5", "20", "300", "x"]),
            ("likes", ["packs", "tents"]), ("walkers", ["far"]),
        ):  # fmt: skip
            if chance.random() < 0.6:
                tags[code] = set(chance.sample(values, chance.choice([1, len(values)])
                                               if code == "likes" else 1))  # fmt: skip
        events = [
            (
                chance.choice(["paid", "viewed"]),
                now - timedelta(days=chance.randrange(120), hours=1),
            )
            for _ in range(chance.randrange(4))
        ]
        consents = [
            ConsentFact(channel, "marketing", chance.choice(["granted", "denied"]))
            for channel in ("email", "sms")
        ]
        item = Item(
            str(n),
            [("member_id", f"m{n}"), ("email", f"p{n}@example.com")],
            attributes=attributes,
            tags=[TagFact(code, value) for code, values in tags.items() for value in values],
            events=[EventFact(name, at, {}) for name, at in events],
            consents=consents,
        )
        done = ingest(Batch("test", [item], brand_id=brand.pk), now=now)
        assert not done.refused, done.refused
        [id] = done.customer_ids
        assert id is not None
        if chance.random() < 0.2 and "tier" in tags:
            CustomerTag.objects.filter(customer=id, tag__code="tier").update(expires_at=now)
            del tags["tier"]
        self.people[id] = Somebody(
            attributes, tags, [(*event, brand.pk) for event in events], brand.pk
        )


Counts = dict[tuple[str, str, Any], tuple[int, int, int]]


def counts(
    world: World, one: int, two: int | None, brand_ids: list[int], cuts: dict[tuple[str, str], Any]
) -> tuple[tuple[int, int, int], Counts]:
    """(people by cell, hits by (kind, code, what)) as the insight must tell them. *cuts* are the
    edges that it chose for figures."""
    cell_of = {}
    for id, who in world.people.items():
        if not who.is_there or (brand_ids and who.brand_id not in brand_ids):
            continue
        in_one, in_two = one in who.segments, two is None or two in who.segments
        if in_one or in_two:
            cell_of[id] = 1 if in_one and in_two else 0 if in_one else 2
    found: dict[tuple[str, str, Any], Counter[int]] = {}
    for id, cell in cell_of.items():
        for key in {*things(world, world.people[id], brand_ids, cuts)}:
            found.setdefault(key, Counter())[cell] += 1
    for channel in (*CHANNELS, None):
        rules = [{"reachable": {"channel": each.value}} for each in CHANNELS]
        if channel is not None:
            rules = [{"reachable": {"channel": channel.value}}]
        rule, _problems = read_rule({"any": rules})
        assert rule is not None
        reached: set[int] = set()
        mine: list[int | None] = [*brand_ids] or [None]
        for brand in mine:
            reached |= evaluate(rule, list(cell_of), now=world.now, brand_id=brand)
        key = ("channel", channel.value if channel else "", True)
        found[key] = Counter(cell_of[id] for id in reached)
    people = Counter(cell_of.values())
    return (people[0], people[1], people[2]), {key: (n[0], n[1], n[2]) for key, n in found.items()}


def things(
    world: World, who: Somebody, brand_ids: list[int], cuts: dict[tuple[str, str], Any]
) -> list[tuple[str, str, Any]]:
    """Everything that one customer has."""
    found: list[tuple[str, str, Any]] = []
    held = who.attributes
    for code in ("city", "news", "joined", "seen", "visits", "spent"):
        if code not in held:
            found.append(("attribute", code, None))
            continue
        value = held[code]
        if code in ("joined", "seen"):
            day = date.fromisoformat(value[:10])
            value = sum(day >= (world.now - timedelta(days=d)).date() for d in DATE_CUTS)
        elif code == "news":
            value = "true" if value else "false"
        elif code in ("visits", "spent"):
            value = bisect_right(cuts["attribute", code], value)
        found.append(("attribute", code, value))
    found += [("attribute", "hobbies", each) for each in held.get("hobbies", [])]
    for code, values in who.tags.items():
        if code == "walkers" and brand_ids and world.brands[1].pk not in brand_ids:
            continue
        if code == "score":
            figures = [float(v) for v in values if v != "x"]
            found += [("tag", code, bisect_right(cuts["tag", code], v)) for v in figures]
            continue
        found += [("tag", code, value or True) for value in values]
        if code == "tier":
            found.append(("tag", code, True))
    if not who.tags.get("score", set()) - {"x"}:
        found.append(("tag", "score", None))
    for name, at, brand_id in who.events:
        if brand_ids and brand_id not in brand_ids:
            continue
        found += [
            ("event", name, days) for days in (30, 90) if at > world.now - timedelta(days=days)
        ]
    return found
