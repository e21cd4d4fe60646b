"""What a rule means: its JSON read in plain Python over plain facts, without SQL or shared code."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

LENGTHS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
REVERSED = {
    "ne": "eq", "not_in": "in", "missing": "exists", "not_contains": "contains",
    "contains_none": "contains_any",
}  # fmt: skip


@dataclass
class Person:
    """The facts about one customer; events are (name, moment, properties) in their order."""

    id: int = 0
    attributes: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, dict[str, datetime]] = field(default_factory=dict)
    events: list[tuple[str, datetime, dict[str, Any]]] = field(default_factory=list)
    consents: dict[tuple[str, str], str] = field(default_factory=dict)
    segments: dict[str, datetime] = field(default_factory=dict)
    created: datetime | None = None
    seen: datetime | None = None
    zone: str = ""
    is_known: bool = False
    spaces: set[str] = field(default_factory=set)


@dataclass
class Oracle:
    """Answers for one moment, one brand's clock, and the types of attributes and tags."""

    now: datetime
    zone: str
    kinds: dict[str, str]

    def holds(self, rule: dict[str, Any], who: Person) -> bool:
        key = next(key for key in rule if hasattr(self, f"on_{key}"))
        return bool(getattr(self, f"on_{key}")(rule, who))

    # groups

    def on_all(self, rule: Any, who: Person) -> bool:
        return all(self.holds(part, who) for part in rule["all"])

    def on_any(self, rule: Any, who: Person) -> bool:
        return any(self.holds(part, who) for part in rule["any"])

    def on_not(self, rule: Any, who: Person) -> bool:
        return not self.holds(rule["not"], who)

    # conditions

    def on_attribute(self, rule: Any, who: Person) -> bool:
        code = rule["attribute"]
        zone = who.zone or self.zone
        return self.test(rule, who.attributes.get(code), self.kinds[code], zone)

    def on_tag(self, rule: Any, who: Person) -> bool:
        held = who.tags.get(rule["tag"], {})
        op = rule.get("op", "eq" if "value" in rule else "exists")
        if op in REVERSED:
            return not self.on_tag(rule | {"op": REVERSED[op]}, who)
        kind = self.kinds[rule["tag"]]
        for value, since in held.items():
            if "since" in rule and not self.moment(rule["since"], since):
                continue
            typed: Any = value
            if kind == "number":
                typed = float(value) if re.fullmatch(r"-?\d+(\.\d+)?", value) else None
            if op == "exists" or self.test(rule | {"op": op}, typed, kind, who.zone or self.zone):
                return True
        return False

    def on_segment(self, rule: Any, who: Person) -> bool:
        since = who.segments.get(rule["segment"])
        return since is not None and ("since" not in rule or self.moment(rule["since"], since))

    def on_consent(self, rule: Any, who: Person) -> bool:
        asked = rule["consent"]
        return bool(
            who.consents.get((asked["channel"], asked["purpose"]), "unknown") == asked["is"]
        )

    def on_customer(self, rule: Any, who: Person) -> bool:
        name = rule["customer"]
        if name in ("created", "last_seen"):
            return self.moment(rule, who.created if name == "created" else who.seen)
        if name == "known":
            return self.test(rule, who.is_known, "boolean", "UTC")
        return self.test(rule, (who.zone or None) if name == "timezone" else None, "text", "UTC")

    def on_identity(self, rule: Any, who: Person) -> bool:
        return bool((rule["identity"] in who.spaces) == (rule.get("op", "exists") == "exists"))

    def on_random(self, rule: Any, who: Person) -> bool:
        share = rule["random"]
        digest = hashlib.md5(f"{share['salt']}:{who.id}".encode(), usedforsecurity=False)
        at = int(digest.hexdigest()[:8], 16)
        return bool(round(share.get("from", 0) * 2**32) <= at < round(share["below"] * 2**32))

    def on_event(self, rule: Any, who: Person) -> bool:
        found = sorted(
            (
                (at, place, properties)
                for place, (name, at, properties) in enumerate(who.events)
                if name == rule["event"]
                and at <= self.now
                and self.in_window(rule, at)
                and ("where" not in rule or self.property(rule["where"], properties))
            ),
            key=lambda event: event[:2],
        )
        if rule.get("which", "any") != "any":
            found = found[:1] if rule["which"] == "first" else found[-1:]
        if "then" in rule:
            found = [each for each in found if self.followed(rule["then"], each, who)]
        return self.measured(rule, found)

    # what a condition over events is made of

    def in_window(self, rule: Any, at: datetime) -> bool:
        if "within" in rule and at < self.now - span(rule["within"]):
            return False
        if "from" in rule and not self.moment({"op": "gte", "value": rule["from"]}, at):
            return False
        return "to" not in rule or self.moment({"op": "lte", "value": rule["to"]}, at)

    def followed(self, then: Any, first: Any, who: Person) -> bool:
        came = False
        for place, (name, at, properties) in enumerate(who.events):
            if name != then["event"] or at > self.now or at <= first[0]:
                continue
            if "within" in then and at > first[0] + span(then["within"]):
                continue
            if "later" in then and self.day(at) <= self.day(first[0]):
                continue
            if "where" in then and not self.property(then["where"], properties):
                continue
            if any(
                first[2].get(same) is None or not alike(first[2].get(same), properties.get(same))
                for same in then.get("same", ())
            ):
                continue
            if "then" in then and not self.followed(then["then"], (at, place, properties), who):
                continue
            came = True
        if then.get("is", True):
            return came
        over = "within" not in then or first[0] + span(then["within"]) < self.now
        return over and not came

    def measured(self, rule: Any, found: list[Any]) -> bool:
        for how in ("sum", "average", "least", "most", "distinct"):
            if how in rule:
                break
        else:
            if "first" in rule or "last" in rule:
                end = "first" if "first" in rule else "last"
                one = (found[0] if end == "first" else found[-1]) if found else None
                test = rule[end]
                if "property" in test:
                    return self.untyped(test, one[2].get(test["property"]) if one else None)
                return self.moment(test, one[0] if one else None)
            return compared(rule.get("count", {"gte": 1}), Decimal(len(found)))
        asked = rule[how]
        if how == "distinct":
            if asked.get("days"):
                return compared(asked, Decimal(len({self.day(each[0]) for each in found})))
            values: list[Any] = []
            for _at, _place, properties in found:
                value = properties.get(asked["property"])
                if value is not None and not any(alike(value, other) for other in values):
                    values.append(value)
            return compared(asked, Decimal(len(values)))
        numbers = [
            Decimal(str(properties[asked["property"]]))
            for _at, _place, properties in found
            if type(properties.get(asked["property"])) in (int, float)
        ]
        if how == "sum":
            return compared(asked, sum(numbers, Decimal(0)))
        if not numbers:
            return False
        if how == "average":
            # Fractions of counts don't end in decimals: compare before dividing.
            op, number = next((op, n) for op, n in asked.items() if op != "property")
            return compared({op: 0}, sum(numbers, Decimal(0)) - Decimal(str(number)) * len(numbers))
        return compared(asked, min(numbers) if how == "least" else max(numbers))

    def property(self, condition: Any, properties: dict[str, Any]) -> bool:
        if "all" in condition:
            return all(self.property(part, properties) for part in condition["all"])
        if "any" in condition:
            return any(self.property(part, properties) for part in condition["any"])
        if "not" in condition:
            return not self.property(condition["not"], properties)
        return self.untyped(condition, properties.get(condition["property"]))

    def untyped(self, condition: Any, value: Any) -> bool:
        wanted = condition.get("value")
        one = wanted[0] if isinstance(wanted, list) and wanted else wanted
        kind = "text"
        if condition["op"].startswith("contains_"):
            kind = "list"
        elif isinstance(one, bool):
            kind = "boolean"
        elif isinstance(one, int | float):
            kind = "number"
        elif isinstance(one, dict) or condition["op"] in ("gt", "gte", "lt", "lte", "between"):
            kind = "date"
        return self.test(condition, value, kind, self.zone)

    # moments and values

    def moment(self, test: Any, at: datetime | None) -> bool:
        op = test["op"]
        if op in ("exists", "missing"):
            return bool((at is not None) == (op == "exists"))
        if at is None:
            return False
        if op == "between":
            low, high = test["value"]
            return self.moment({"op": "gte", "value": low}, at) and self.moment(
                {"op": "lte", "value": high}, at
            )
        wanted = test["value"]
        if isinstance(wanted, str) and len(wanted) == 10:
            left: Any = self.day(at)
            right: Any = date.fromisoformat(wanted)
        elif isinstance(wanted, dict):
            left, right = at, self.now + shift(wanted)
        else:
            left, right = at, datetime.fromisoformat(wanted)
        return order(op, left, right)

    def day(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.zone)).date()

    def test(self, test: Any, value: Any, kind: str, zone: str) -> bool:
        op = test["op"]
        if op in REVERSED:
            return not self.test(test | {"op": REVERSED[op]}, value, kind, zone)
        if value is None:
            return False
        if op == "exists":
            return True
        wanted = test["value"]
        if op == "between":
            return all(
                self.test({"op": side, "value": end}, value, kind, zone)
                for side, end in (("gte", wanted[0]), ("lte", wanted[1]))
            )
        if op == "anniversary":
            return self.comes_round(value, wanted["days"], zone)
        if op in ("in", "contains_any", "contains_all"):
            single = {"in": "eq"}.get(op, "contains")
            found = [self.test({"op": single, "value": w}, value, kind, zone) for w in wanted]
            return all(found) if op == "contains_all" else any(found)
        if op == "contains" and kind == "list":
            return isinstance(value, list) and any(alike(each, wanted) for each in value)
        if op in ("contains", "starts_with", "ends_with", "matches"):
            return isinstance(value, str) and part(op, value, wanted)
        return self.one(op, value, wanted, kind, zone)

    def one(self, op: str, value: Any, wanted: Any, kind: str, zone: str) -> bool:
        if isinstance(wanted, dict):
            if kind == "date":
                offset = shift(wanted)
                rest = offset - timedelta(days=offset.days)
                local = (self.now + rest).astimezone(ZoneInfo(zone)).date()
                wanted = str(local + timedelta(days=offset.days))
            else:
                wanted = (
                    (self.now + shift(wanted)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
                )
        if op == "eq":
            return alike(value, wanted)
        if kind == "number":
            return type(value) in (int, float) and order(
                op, Decimal(str(value)), Decimal(str(wanted))
            )
        if not isinstance(value, str) or not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return False
        return order(op, value[:10] if kind == "date" else value, wanted)

    def comes_round(self, value: Any, days: list[int], zone: str) -> bool:
        """Walk through the days one by one and look whether one of them is hers."""
        if not isinstance(value, str) or not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return False
        born = value[:10]
        today = self.now.astimezone(ZoneInfo(zone)).date()
        for n in range(days[0], days[1] + 1):
            day = today + timedelta(days=n)
            leap = (day + timedelta(days=1)).day == 29
            mine = {str(day)[4:]}
            if (day.month, day.day) == (2, 28) and not leap:
                mine.add("-02-29")
            if born[4:] in mine and str(day)[:4] > born[:4]:
                return True
        return False


def span(text: str) -> timedelta:
    return timedelta(seconds=sum(int(n) * LENGTHS[u] for n, u in re.findall(r"(\d+)(\w)", text)))


def shift(value: dict[str, str]) -> timedelta:
    return -span(value["ago"]) if "ago" in value else span(value["ahead"])


def alike(one: Any, two: Any) -> bool:
    if type(one) is bool or type(two) is bool:
        return one is two
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(alike(a, b) for a, b in zip(one, two, strict=True))
    if isinstance(one, int | float) and isinstance(two, int | float):
        return bool(one == two)
    return type(one) is type(two) and bool(one == two)


def part(op: str, value: str, wanted: str) -> bool:
    if op == "matches":
        return re.fullmatch(wanted, value, re.DOTALL | re.ASCII) is not None

    def small(text: str) -> str:
        return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)

    value, wanted = small(value), small(wanted)
    if op == "contains":
        return wanted in value
    return value.startswith(wanted) if op == "starts_with" else value.endswith(wanted)


def compared(asked: dict[str, Any], number: Decimal) -> bool:
    op, wanted = next((op, n) for op, n in asked.items() if op not in ("property", "days"))
    return order(op, number, Decimal(str(wanted)))


def order(op: str, left: Any, right: Any) -> bool:
    return bool(
        {"eq": left == right, "gt": left > right, "gte": left >= right, "lt": left < right}[op]
        if op != "lte"
        else left <= right
    )
