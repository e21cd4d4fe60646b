"""What was seen in the data lately, to be offered where a rule is written: values, properties.

Everything is bounded: the newest rows only, and a fraction of a second at most; what takes longer
offers nothing. Personal values are offered to nobody, and of events only those of brands that the
reader may see.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.cache import cache
from django.db.models import Max

from config.database.limit import TookTooLongError, time_limit
from customers.models import Attribute, DataType, EventType, Tag, TagDay
from customers.personal import is_personal_name
from customers.tags.labels import value_label, value_order

OFFERED: Final = 30
CUSTOMERS_READ: Final = 20_000
EVENTS_READ: Final = 2_000
LATELY: Final = timedelta(days=120)
MOST_MS: Final = 400
KEPT_SECONDS: Final = 300

Seen = list[tuple[str, str]]

_ATTRIBUTE = f"""
SELECT v FROM (
    SELECT c.attributes -> %s::text AS held FROM customers_customer c
    WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL AND (%s OR c.brand_ids && %s::bigint[])
    ORDER BY c.id DESC LIMIT {CUSTOMERS_READ}
) s CROSS JOIN LATERAL (
    SELECT s.held #>> '{{}}' AS v WHERE jsonb_typeof(s.held) IN ('string', 'number')
    UNION ALL
    SELECT jsonb_array_elements_text(s.held) WHERE jsonb_typeof(s.held) = 'array'
) x WHERE v <> '' AND v ILIKE %s GROUP BY v ORDER BY count(*) DESC, v LIMIT {OFFERED}
"""
_COLUMN = f"""
SELECT v FROM (
    SELECT c.{{}} AS v FROM customers_customer c ORDER BY c.id DESC LIMIT {CUSTOMERS_READ}
) s WHERE v <> '' AND v ILIKE %s GROUP BY v ORDER BY count(*) DESC, v LIMIT {OFFERED}
"""
_EVENTS = f"""
SELECT e.properties FROM customers_event e
WHERE e.event_type_id = %s AND e.occurred_at > %s
  AND (%s OR e.brand_id IS NULL OR e.brand_id = ANY(%s))
LIMIT {EVENTS_READ}
"""
_VALUES = f"""
SELECT v FROM (
    SELECT s.properties ->> %s::text AS v FROM ({_EVENTS}) s
) x WHERE v <> '' AND v ILIKE %s GROUP BY v ORDER BY count(*) DESC, v LIMIT {OFFERED}
"""


def attribute_values(code: str, q: str, brand_ids: Sequence[int], *, whole: bool) -> Seen:
    """Values of an attribute among the newest customers, the most frequent first."""
    found = Attribute.objects.filter(code=code).first()
    if found is None or found.is_personal or is_personal_name(code):
        return []
    rows = _rows(_ATTRIBUTE, [code, whole, list(brand_ids), _like(q)])
    return [(value, value) for (value,) in rows]


def field_values(code: str, q: str) -> Seen:
    """Languages or time zones of customers."""
    if code not in ("language", "timezone"):
        return []
    return [(value, value) for (value,) in _rows(_COLUMN.format(code), [_like(q)])]


def tag_values(tag: Tag, q: str) -> Seen:
    """Values of a tag: those that its definition names, then the most frequent of its last count,
    with their names."""
    days = TagDay.objects.filter(tag=tag, value__isnull=False).exclude(value="")
    last = days.aggregate(day=Max("day"))["day"]
    counted = days.filter(day=last).order_by("-customers").values_list("value", flat=True)
    values = dict.fromkeys([*value_order(tag), *(value for value in counted[:200] if value)])
    if not values:
        held = tag.customers.values_list("value", flat=True)[:CUSTOMERS_READ]
        values = dict.fromkeys(sorted({value for value in held if value})[:200])
    named = [(value, value_label(tag, value)) for value in values]
    asked = q.casefold()
    return [
        (value, name)
        for value, name in named
        if asked in value.casefold() or asked in name.casefold()
    ][:OFFERED]


def properties(
    kind: EventType, now: datetime, brand_ids: Sequence[int], *, whole: bool
) -> dict[str, str]:
    """The properties of the newest events of a type with the type of their values, by name."""
    key = f"rules.seen:{kind.pk}:{'all' if whole else '-'.join(map(str, sorted(brand_ids)))}"
    known: dict[str, str] | None = cache.get(key)
    if known is None:
        known = {}
        rows = _rows(_EVENTS, [kind.pk, now - LATELY, whole, list(brand_ids)])
        for (text,) in rows:
            held = json.loads(text) if isinstance(text, str) else text
            for name, value in held.items():
                if name not in known and value is not None and len(name) <= 120:
                    known[name] = _type(value)
        cache.set(key, known, KEPT_SECONDS)
    return dict(sorted(known.items()))


def property_values(
    kind: EventType, name: str, q: str, now: datetime, brand_ids: Sequence[int], *, whole: bool
) -> Seen:
    """Values of a property among the newest events of a type, the most frequent first."""
    if kind.personal.get(name, is_personal_name(name)):
        return []
    params = [name, kind.pk, now - LATELY, whole, list(brand_ids), _like(q)]
    return [(value[:200], value[:200]) for (value,) in _rows(_VALUES, params)]


# helpers


def _rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    """The rows, or none when they take too long."""
    try:
        with time_limit(MOST_MS / 1000) as cursor:
            cursor.execute(sql, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
    except TookTooLongError:
        return []
    return rows


def _like(q: str) -> str:
    """The words as a pattern of LIKE; blanks and signs of patterns are themselves."""
    plain = q.strip().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{plain}%"


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return DataType.BOOLEAN
    if isinstance(value, int | float):
        return DataType.NUMBER
    if isinstance(value, list):
        return DataType.LIST
    if isinstance(value, str) and len(value) >= 10 and value[4:5] == "-" and value[7:8] == "-":
        return DataType.DATE if value[:4].isdigit() else DataType.TEXT
    return DataType.TEXT
