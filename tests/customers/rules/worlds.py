"""Random customers in the database with the same facts in plain Python, and random rules."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from customers.ingest import Batch, ConsentFact, EventFact, Item, TagFact, ingest
from customers.models import Brand, Customer, Segment, SegmentMember, Sighting, Tag
from tests.customers.rules.oracle import Person

ZONE = "Asia/Shanghai"
CITIES = ["Shanghai", "Hangzhou", "", "上海", "O'Brien %s", "shang\nhai"]
POINTS: list[Any] = [0, 1, -5, 12.5, 1_000_000]
LISTS: list[Any] = [[], ["a"], ["a", "b", 3], [True], ["b"]]
NAMES = ["order paid", "app opened", "订单"]
AMOUNTS: list[Any] = [0, 9.99, 10, "10", None, True, ["a"], "2026-02-01", -3.5, 10.0]
HOURS = [0, 0.5, 5, 5, 12, 24, 30, 24 * 7, 24 * 7 + 1, 24 * 40, 24 * 400]
ZONES = ["", "", "Asia/Shanghai", "America/Los_Angeles", "Pacific/Auckland"]
KINDS = {
    "city": "text", "points": "number", "joined": "date", "vip": "boolean", "likes": "list",
    "tier": "text", "score": "number", "taste": "text",
}  # fmt: skip


class World:
    """`people` are aligned with `ids`; the brand's clock is eight hours ahead."""

    def __init__(self, chance: random.Random, now: datetime, size: int) -> None:
        self.now, self.chance = now, chance
        self.brand = Brand.objects.create(code="tea", name="Tea", timezone=ZONE)
        for code, kind, multiple in (
            ("tier", "text", False), ("score", "number", False), ("taste", "text", True),
        ):  # fmt: skip
            Tag.objects.create(code=code, name=code, data_type=kind, is_multiple=multiple)
        self.segment = Segment.objects.create(code="staff", name="Staff", kind="list")
        self.people = [self._person() for _ in range(size)]
        define = Item(
            "first",
            [("external_id", "definer")],
            attributes={
                "city": "x", "points": 1, "joined": "2026-01-01", "vip": True, "likes": ["x"],
            },
        )  # fmt: skip
        items = [self._item(i, who) for i, who in enumerate(self.people)]
        done = ingest(Batch("test", [define, *items], brand_id=self.brand.pk), now=now)
        assert not done.refused
        self.ids = [id for id in done.customer_ids[1:] if id is not None]
        for id, who in zip(self.ids, self.people, strict=True):
            who.id = id
            if "staff" in who.segments:
                since = who.segments["staff"]
                SegmentMember.objects.create(segment=self.segment, customer_id=id, since=since)
            Customer.objects.filter(pk=id).update(created_at=who.created, is_known=who.is_known)
            Sighting.objects.filter(pk=id).update(at=who.seen)
            for code, held in who.tags.items():
                for value, since in held.items():
                    Tag.objects.get(code=code).customers.filter(customer_id=id, value=value).update(
                        since=since
                    )

    def ago(self) -> datetime:
        return self.now - timedelta(hours=self.chance.choice(HOURS))

    def _person(self) -> Person:
        chance = self.chance
        born = (self.now + timedelta(days=chance.randrange(-400, 400))).date().isoformat()
        attributes = {
            code: chance.choice(values)
            for code, values in (
                ("city", CITIES), ("points", POINTS),
                ("joined", [born, "2024-02-29", f"1992{born[4:]}"]),
                ("vip", [True, False]), ("likes", LISTS),
            )
            if chance.random() < 0.7
        }  # fmt: skip
        events: list[Any] = []
        for _ in range(chance.randrange(7)):
            properties: dict[str, Any] = {}
            if chance.random() < 0.8:
                properties["amount"] = chance.choice(AMOUNTS)
            if chance.random() < 0.5:
                properties["order"] = chance.choice([1, 2, None])
            events.append((chance.choice(NAMES[:2]), self.ago(), properties))
        return Person(
            attributes=attributes,
            events=events,
            tags={
                code: {v: self.ago() for v in chance.sample(values, chance.randrange(most + 1))}
                for code, values, most in (
                    ("tier", ["gold", "silver", ""], 1),
                    ("score", ["5", "12.5", "none"], 1),
                    ("taste", ["tea", "coffee"], 2),
                )
            },
            consents={
                (channel, "marketing"): chance.choice(["granted", "denied", "pending"])
                for channel in ("sms", "email")
                if chance.random() < 0.6
            },
            segments={"staff": self.ago()} if chance.random() < 0.3 else {},
            created=self.ago(),
            seen=self.ago() if chance.random() < 0.6 else None,
            zone=chance.choice(ZONES),
            is_known=chance.random() < 0.5,
            spaces={"external_id"} | ({"email"} if chance.random() < 0.5 else set()),
        )

    def _item(self, i: int, who: Person) -> Item:
        zone = {"timezone": who.zone} if who.zone else {}
        email = [("email", f"p{i}@example.com")] if "email" in who.spaces else []
        return Item(
            str(i),
            [("external_id", f"p{i}"), *email],
            attributes=who.attributes | zone,
            tags=[TagFact(code, value) for code, held in who.tags.items() for value in held],
            consents=[
                ConsentFact(channel, purpose, state)
                for (channel, purpose), state in who.consents.items()
            ],
            events=[EventFact(*event) for event in who.events],
        )


class Rules:
    """Random rules about such a world."""

    def __init__(self, chance: random.Random, now: datetime) -> None:
        self.chance, self.now = chance, now

    def rule(self, depth: int = 0) -> dict[str, Any]:
        kinds = [
            self.attribute, self.attribute, self.tag, self.event, self.event, self.event,
            self.segment, self.consent, self.random, self.customer, self.identity,
        ]  # fmt: skip
        if depth < 3 and self.chance.random() < 0.35:
            parts = [self.rule(depth + 1) for _ in range(self.chance.randrange(1, 4))]
            return dict(self.pick([{"all": parts}, {"any": parts}, {"not": parts[0]}]))
        return dict(self.pick(kinds)())

    def pick(self, among: list[Any]) -> Any:
        return self.chance.choice(among)

    def attribute(self) -> dict[str, Any]:
        text = [
            "eq", "ne", "in", "not_in", "contains", "not_contains", "starts_with", "ends_with",
            "exists", "missing",
        ]  # fmt: skip
        ordered = ["eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "missing"]
        today = self.now.date().isoformat()
        day = self.pick([today, {"ago": "30d"}, {"ahead": "1d"}, {"ago": "0d"}, {"ago": "36h"}])
        choices: list[tuple[str, list[Any], list[str]]] = [
            ("city", [*CITIES, "HAI", "s", "海"], text),
            ("points", POINTS, ordered),
            ("joined", [day], ordered),
            ("vip", [True, False], ["eq", "ne", "exists"]),
            ("likes", ["a", "b", 3],
             ["contains", "not_contains", "contains_any", "contains_all", "contains_none",
              "exists", "missing"]),
        ]  # fmt: skip
        code, values, ops = self.pick(choices)
        special: list[dict[str, Any]] = [
            {"attribute": "points", "op": "between", "value": [-1, self.pick([0, 12.5, 50])]},
            {"attribute": "joined", "op": "between", "value": [{"ago": "200d"}, {"ahead": "30d"}]},
            {"attribute": "joined", "op": "anniversary", "value": {"days": self.days()}},
            {"attribute": "city", "op": "matches", "value": self.pick(
                ["[SH].*", "(Shang|Hang)[a-z]+", ".*", "上.", "[a-z'O ]*%s", "(a|b)?", "\\d*"]
            )},
        ]  # fmt: skip
        if self.chance.random() < 0.35:
            return dict(self.pick(special))
        return self.with_value({"attribute": code, "op": self.pick(ops)}, values)

    def days(self) -> list[int]:
        low = self.chance.randrange(-300, 300)
        return [low, min(300, low + self.pick([0, 0, 7, 90, 300]))]

    def tag(self) -> dict[str, Any]:
        text = ["eq", "ne", "in", "not_in", "contains", "starts_with", "exists", "missing"]
        choices: list[tuple[str, list[Any], list[str]]] = [
            ("tier", ["gold", "silver", ""], text),
            ("score", [5, 12.5, 6], ["eq", "ne", "gt", "lte", "in", "exists"]),
            ("taste", ["tea", "coffee"], text),
        ]
        code, values, ops = self.pick(choices)
        rule = self.with_value({"tag": code, "op": self.pick(ops)}, values)
        if rule["op"] not in ("ne", "not_in", "missing") and self.chance.random() < 0.3:
            rule["since"] = self.moment_test()
        return rule

    def segment(self) -> dict[str, Any]:
        since = {"since": self.moment_test()} if self.chance.random() < 0.5 else {}
        return {"segment": "staff", **since}

    def consent(self) -> dict[str, Any]:
        states = ["granted", "denied", "pending", "unknown"]
        asked = {"channel": self.pick(["sms", "email", "push"]), "purpose": "marketing"}
        return {"consent": asked | {"is": self.pick(states)}}

    def random(self) -> dict[str, Any]:
        low = self.pick([0, 0, 0.2])
        share = {"salt": self.pick(["a", "b", "c"]), "below": self.pick([0.2, 0.5, 1])}
        return {"random": share | ({"from": low} if low else {})}

    def customer(self) -> dict[str, Any]:
        if self.chance.random() < 0.7:
            return {"customer": self.pick(["created", "last_seen"]), **self.moment_test()}
        if self.chance.random() < 0.5:
            return {"customer": "known", "op": "eq", "value": self.pick([True, False])}
        return self.with_value(
            {"customer": "timezone", "op": self.pick(["eq", "ne", "exists", "missing"])}, ZONES[2:]
        )

    def identity(self) -> dict[str, Any]:
        return {"identity": self.pick(["email", "phone"]), "op": self.pick(["exists", "missing"])}

    def event(self) -> dict[str, Any]:
        rule: dict[str, Any] = {"event": self.pick(NAMES), **self.window()}
        if self.chance.random() < 0.4:
            rule["where"] = self.where()
        if self.chance.random() < 0.35:
            rule["then"] = self.then()
            if self.chance.random() < 0.5:
                return rule | {"which": self.pick(["first", "last"])}
        op, amount = self.pick(["gte", "gt", "lt", "lte", "eq"]), {"property": "amount"}
        picked: dict[str, Any] = self.pick(
            [
                {},
                {"count": {op: self.chance.randrange(4)}},
                {"sum": amount | {op: self.pick([0, 9.99, 19.99, 20, -3.5])}},
                {"average": amount | {op: self.pick([0, 9.99, 10, 5])}},
                {"least": amount | {op: self.pick([0, 9.99, 10])}},
                {"most": amount | {op: self.pick([0, 9.99, 10])}},
                {"distinct": amount | {op: self.chance.randrange(4)}},
                {"distinct": {"days": True, op: self.chance.randrange(4)}},
                {self.pick(["first", "last"]): self.moment_test()},
                {self.pick(["first", "last"]): self.where_leaf()},
            ]
        )
        return rule | picked

    def window(self) -> dict[str, Any]:
        day = (self.now - timedelta(days=self.pick([0, 1, 7, 40]))).date().isoformat()
        return dict(
            self.pick(
                [
                    {},
                    {"within": self.pick(["1d", "7d", "30d", "5h"])},
                    {"from": day},
                    {"to": day},
                    {"from": {"ago": "40d"}, "to": {"ago": self.pick(["5h", "1d", "7d"])}},
                    {"from": "2026-01-01T08:00:00+08:00", "to": day},
                ]
            )
        )

    def then(self, depth: int = 0) -> dict[str, Any]:
        then: dict[str, Any] = {"event": self.pick(NAMES[:2])}
        if self.chance.random() < 0.6:
            then["within"] = self.pick(["5h", "1d", "7d", "400d"])
        if self.chance.random() < 0.3:
            then["is"] = False
        if self.chance.random() < 0.2:
            then["later"] = "day"
        if self.chance.random() < 0.2:
            then["same"] = ["order"]
        if self.chance.random() < 0.2:
            then["where"] = self.where()
        if depth < 2 and self.chance.random() < 0.2:
            then["then"] = self.then(depth + 1)
        return then

    def where(self) -> dict[str, Any]:
        if self.chance.random() < 0.3:
            parts = [self.where() for _ in range(2)]
            return dict(self.pick([{"all": parts}, {"any": parts}, {"not": parts[0]}]))
        return self.where_leaf()

    def where_leaf(self) -> dict[str, Any]:
        op = self.pick([
            "eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "between", "contains",
            "contains_any", "starts_with", "exists", "missing",
        ])  # fmt: skip
        condition: dict[str, Any] = {"property": "amount", "op": op}
        if op == "between":
            pair: Any = self.pick([[0, 10], ["2026-01-01", "2026-03-01"], [-5, 0]])
            return condition | {"value": pair}
        if op in ("gt", "gte", "lt", "lte"):
            choice: list[Any] = [9.99, 10, "2026-02-01", {"ago": "30d"}]
        elif op in ("contains", "starts_with"):
            choice = ["10", "a", "2026"]
        else:
            choice = ["a", 3] if op == "contains_any" else [10, 9.99, "10", True]
        if op in ("in", "not_in"):
            return condition | {"value": [self.pick([10, 9.99, 0])]}
        return self.with_value(condition, choice)

    def moment_test(self) -> dict[str, Any]:
        day = (self.now - timedelta(days=self.pick([0, 1, 7, 40]))).date().isoformat()
        moment = (self.now - timedelta(hours=self.pick([0, 5, 24]))).isoformat()
        values = [day, moment, {"ago": self.pick(["5h", "7d", "30d"])}]
        op = self.pick(["gt", "gte", "lt", "lte", "between", "exists", "missing"])
        if op in ("exists", "missing"):
            return {"op": op}
        if op == "between":
            return {"op": op, "value": [{"ago": "40d"}, self.pick([day, {"ago": "5h"}])]}
        return {"op": op, "value": self.pick(values)}

    def with_value(self, condition: dict[str, Any], values: list[Any]) -> dict[str, Any]:
        if condition["op"] in ("exists", "missing"):
            return condition
        if condition["op"] in ("in", "not_in", "contains_any", "contains_all", "contains_none"):
            most = self.chance.randrange(1, len(values) + 1)
            return condition | {"value": self.chance.sample(values, most)}
        return condition | {"value": self.pick(values)}
