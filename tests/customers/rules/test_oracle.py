"""Random rules over random customers: the SQL and a plain reading in Python agree."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from customers.ingest import Batch, ConsentFact, EventFact, Item, TagFact, ingest
from customers.models import Brand, Segment, SegmentMember, Tag
from customers.rules import evaluate, fraction, read_rule
from customers.rules.chance import STEPS, threshold
from customers.rules.nodes import (
    Attribute,
    Consent,
    Event,
    Group,
    Node,
    Random,
    Rule,
)
from customers.rules.nodes import Segment as SegmentNode
from customers.rules.nodes import Tag as TagNode
from customers.rules.properties import matches
from customers.rules.testing import holds

pytestmark = pytest.mark.django_db

CITIES = ["Shanghai", "Hangzhou", "", "上海", "O'Brien %s"]
POINTS: list[Any] = [0, 1, -5, 12.5, 1_000_000]
DAYS = ["2026-01-31", "2026-03-01", "2025-12-31"]
LISTS: list[Any] = [[], ["a"], ["a", "b", 3], [True]]
NAMES = ["order paid", "app opened", "订单"]
AMOUNTS: list[Any] = [0, 9.99, 10, "10", None, True, ["a"], "2026-02-01"]


class World:
    """Some customers in the database, and the same facts in plain Python."""

    def __init__(self, chance: random.Random, now: datetime, size: int) -> None:
        self.now = now
        self.brand = Brand.objects.create(code="tea", name="Tea")
        self.tags = {
            code: Tag.objects.create(code=code, name=code, data_type=kind, is_multiple=multiple)
            for code, kind, multiple in (
                ("tier", "text", False),
                ("score", "number", False),
                ("likes", "text", True),
            )
        }
        self.segment = Segment.objects.create(code="staff", name="Staff", kind="list")
        self.facts = [self._facts(chance) for _ in range(size)]
        define = Item(
            "first",
            [("external_id", "definer")],
            attributes={
                "city": "x",
                "points": 1,
                "joined": "2026-01-01",
                "vip": True,
                "likes": ["x"],
            },
        )
        items = [self._item(i, fact) for i, fact in enumerate(self.facts)]
        done = ingest(Batch("test", [define, *items], brand_id=self.brand.pk), now=now)
        assert not done.refused
        self.ids = [id for id in done.customer_ids[1:] if id is not None]
        for id, fact in zip(self.ids, self.facts, strict=True):
            if fact["staff"]:
                SegmentMember.objects.create(segment=self.segment, customer_id=id, since=now)

    def _facts(self, chance: random.Random) -> dict[str, Any]:
        attributes = {
            code: chance.choice(values)
            for code, values in (
                ("city", CITIES), ("points", POINTS), ("joined", DAYS),
                ("vip", [True, False]), ("likes", LISTS),
            )
            if chance.random() < 0.7
        }  # fmt: skip
        events = [
            (
                chance.choice(NAMES[:2]),
                self.now - timedelta(hours=chance.choice([0, 5, 24, 24 * 7, 24 * 40])),
                {"amount": chance.choice(AMOUNTS)} if chance.random() < 0.8 else {},
            )
            for _ in range(chance.randrange(5))
        ]
        return {
            "attributes": attributes,
            "events": events,
            "tags": {
                code: set(chance.sample(values, chance.randrange(most + 1)))
                for code, values, most in (
                    ("tier", ["gold", "silver", ""], 1),
                    ("score", ["5", "12.5", "none"], 1),
                    ("likes", ["tea", "coffee"], 2),
                )
            },
            "consents": {
                channel: chance.choice(["granted", "denied", "pending"])
                for channel in ("sms", "email")
                if chance.random() < 0.6
            },
            "staff": chance.random() < 0.3,
        }

    def _item(self, i: int, fact: dict[str, Any]) -> Item:
        return Item(
            str(i),
            [("external_id", f"p{i}")],
            attributes=fact["attributes"],
            tags=[TagFact(code, value) for code, held in fact["tags"].items() for value in held],
            consents=[
                ConsentFact(channel, "marketing", state)
                for channel, state in fact["consents"].items()
            ],
            events=[EventFact(*event) for event in fact["events"]],
        )

    def expected(self, rule: Rule) -> set[int]:
        return {
            id
            for id, fact in zip(self.ids, self.facts, strict=True)
            if self.says(rule.root, id, fact)
        }

    def says(self, node: Node, id: int, fact: dict[str, Any]) -> bool:
        match node:
            case Group(join="all"):
                return all(self.says(part, id, fact) for part in node.parts)
            case Group(join="any"):
                return any(self.says(part, id, fact) for part in node.parts)
            case Group():
                return not self.says(node.parts[0], id, fact)
            case Attribute():
                return holds(node.test, fact["attributes"].get(node.code), self.now)
            case TagNode():
                return self.tag(node, fact["tags"][node.code])
            case Event():
                return self.event(node, fact["events"])
            case SegmentNode():
                return bool(fact["staff"])
            case Consent():
                return bool(fact["consents"].get(node.channel, "unknown") == node.state)
            case Random():
                return fraction(node.salt, id) * STEPS < threshold(node.below)
        raise AssertionError(node)

    def tag(self, node: TagNode, held: set[str]) -> bool:
        values = [float(v) if v.replace(".", "").isdigit() else v for v in held]
        values = list(held) if node.test.kind == "text" else values
        op = node.test.op
        if op in ("exists", "missing"):
            return bool(held) == (op == "exists")
        if op in ("ne", "not_in"):
            return all(holds(node.test, value, self.now) for value in values)
        return any(holds(node.test, value, self.now) for value in values)

    def event(self, node: Event, events: list[Any]) -> bool:
        start = self.now - node.within if node.within else None
        n = sum(
            1
            for name, at, properties in events
            if name == node.name
            and at <= self.now
            and (start is None or at >= start)
            and (node.where is None or matches(node.where, properties, now=self.now))
        )
        return {
            "gte": n >= node.number, "gt": n > node.number, "lt": n < node.number,
            "lte": n <= node.number, "eq": n == node.number,
        }[node.op]  # fmt: skip


def random_rule(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    kind = chance.randrange(10 if depth < 3 else 7)
    if kind >= 7:
        parts = [random_rule(chance, depth + 1) for _ in range(chance.randrange(1, 4))]
        return chance.choice([{"all": parts}, {"any": parts}, {"not": parts[0]}])
    if kind <= 1:
        return random_attribute(chance)
    if kind == 2:
        return random_tag(chance)
    if kind == 3:
        return {"segment": "staff"}
    if kind == 4:
        states = ["granted", "denied", "pending", "unknown"]
        channel = chance.choice(["sms", "email", "push"])
        return {
            "consent": {"channel": channel, "purpose": "marketing", "is": chance.choice(states)}
        }
    if kind == 5:
        return {"random": {"salt": chance.choice("abc"), "below": chance.choice([0, 0.3, 1])}}
    rule: dict[str, Any] = {"event": chance.choice(NAMES)}
    if chance.random() < 0.7:
        op = chance.choice(["gte", "gt", "lt", "lte", "eq"])
        rule["count"] = {op: chance.randrange(4)}
    if chance.random() < 0.5:
        rule["within"] = chance.choice(["1d", "7d", "30d", "5h"])
    if chance.random() < 0.6:
        rule["where"] = random_where(chance)
    return rule


def random_attribute(chance: random.Random) -> dict[str, Any]:
    choices: list[tuple[str, list[Any], list[str]]] = [
        ("city", CITIES, ["eq", "ne", "in", "not_in", "contains", "exists", "missing"]),
        ("points", POINTS, ["eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "missing"]),
        ("joined", [*DAYS, {"ago": "30d"}, {"ahead": "1d"}],
         ["eq", "ne", "in", "gt", "gte", "lt", "lte"]),
        ("vip", [True, False], ["eq", "ne", "exists"]),
        ("likes", ["a", "b", 3], ["contains", "exists", "missing"]),
    ]  # fmt: skip
    code, values, ops = chance.choice(choices)
    return with_value(chance, {"attribute": code, "op": chance.choice(ops)}, values)


def random_tag(chance: random.Random) -> dict[str, Any]:
    text = ["eq", "ne", "in", "not_in", "contains", "exists", "missing"]
    choices: list[tuple[str, list[Any], list[str]]] = [
        ("tier", ["gold", "silver", ""], text),
        ("score", [5, 12.5, 6], ["eq", "ne", "gt", "lte", "in", "exists"]),
        ("likes", ["tea", "coffee"], text),
    ]  # fmt: skip
    code, values, ops = chance.choice(choices)
    return with_value(chance, {"tag": code, "op": chance.choice(ops)}, values)


def random_where(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.3:
        parts = [random_where(chance) for _ in range(2)]
        return chance.choice([{"all": parts}, {"any": parts}, {"not": parts[0]}])
    op = chance.choice([
        "eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "contains", "exists", "missing",
    ])  # fmt: skip
    if op in ("gt", "gte", "lt", "lte"):
        choice: list[Any] = [9.99, 10, "2026-02-01", {"ago": "30d"}]
    else:
        choice = ["10", "a"] if op == "contains" else [10, 9.99, "10", True]
    condition = {"property": "amount", "op": op}
    if op in ("in", "not_in"):
        return condition | {"value": [chance.choice([10, 9.99, 0])]}
    return with_value(chance, condition, choice)


def with_value(
    chance: random.Random, condition: dict[str, Any], values: list[Any]
) -> dict[str, Any]:
    if condition["op"] in ("exists", "missing"):
        return condition
    if condition["op"] in ("in", "not_in"):
        return condition | {"value": chance.sample(values, chance.randrange(1, len(values) + 1))}
    return condition | {"value": chance.choice(values)}


@pytest.mark.parametrize("seed", range(3))
def test_sql_and_python_agree(seed: int, now: datetime) -> None:
    chance = random.Random(seed)
    world = World(chance, now, 60)
    told_apart = 0
    for _ in range(80):
        data = random_rule(chance)
        rule, problems = read_rule(data)
        assert rule is not None, (data, problems)
        expected = world.expected(rule)
        assert evaluate(rule, world.ids, now=now) == expected, data
        assert whole(rule, world, now) == expected, data
        again, _problems = read_rule(rule.to_json())
        assert again == rule
        told_apart += 0 < len(expected) < len(world.ids)
    assert told_apart > 30


def whole(rule: Rule, world: World, now: datetime) -> set[int]:
    from django.db import connection

    from customers.rules import audience

    sql, params = audience(rule, now=now)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {row[0] for row in cursor.fetchall()} & set(world.ids)
