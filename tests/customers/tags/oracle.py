"""Facts in plain Python: the same answers by another way."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.customers.tags.world import Happened


def fact_of(
    fact: dict[str, Any], events: list[Happened], now: datetime, zone: str, brand_id: int | None
) -> str | None:
    """The value of a customer with these events, None when she has none."""
    here = ZoneInfo(zone)
    window = timedelta(days=int(fact["window"][:-1])) if "window" in fact else None
    least = fact["where"]["value"] if "where" in fact else None
    mine = [
        each
        for each in events
        if each.name == fact["event"]
        and each.at <= now
        and (window is None or each.at >= now - window)
        and (brand_id is None or each.brand_id in (None, brand_id))
        and (least is None or (number(each.properties.get("amount")) or Decimal(-99)) > least)
    ]
    mine.sort(key=lambda each: (each.at, each.order))
    if not mine:
        return None
    name = fact.get("property", "")
    held = [each.properties.get(name) for each in mine]
    match fact["of"]:
        case "count":
            return str(len(mine))
        case "sum" | "average":
            numbers = [each for each in map(number, held) if each is not None]
            if not numbers:
                return None
            total = sum(numbers, Decimal(0))
            if fact["of"] == "sum":
                return plain(total)
            return plain((total / len(numbers)).quantize(Decimal("0.0001"), "ROUND_HALF_UP"))
        case "days_since":
            last = mine[-1].at.astimezone(here).date()
            return str((now.astimezone(here).date() - last).days)
        case "distinct":
            return str(len(set(texts(held)))) if texts(held) else None
        case "first" | "last" if not name:
            each = mine[0] if fact["of"] == "first" else mine[-1]
            return each.at.astimezone(here).date().isoformat()
        case "first" | "last":
            known = typed(held, fact)
            if not known:
                return None
            return known[0] if fact["of"] == "first" else known[-1]
        case "favourite":
            known = typed(held, fact)
            counts = Counter(known)
            last_at = {}
            for each, value in zip(mine, [text(h, fact.get("as")) for h in held], strict=True):
                if value is not None:
                    last_at[value] = each.at
            best = sorted(counts, key=lambda v: v.encode())
            best.sort(key=lambda v: (counts[v], last_at[v]), reverse=True)
            return best[0] if best else None
    raise AssertionError(fact)


def number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Decimal(repr(value))


def plain(value: Decimal) -> str:
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def text(value: Any, kind: str | None = None) -> str | None:
    if kind == "number":
        found = number(value)
        return None if found is None else plain(found)
    if kind == "date":
        return value[:10] if isinstance(value, str) and value[:4].isdigit() else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return plain(Decimal(repr(value)))
    return value or None if isinstance(value, str) else None


def texts(values: list[Any]) -> list[str]:
    return [each for each in map(text, values) if each is not None]


def typed(values: list[Any], fact: dict[str, Any]) -> list[str]:
    return [each for each in (text(v, fact.get("as")) for v in values) if each is not None]
