"""The catalogue of events of a brand: what comes, what is expected, what came otherwise."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Max, Sum

from config.database.limit import TookTooLongError, time_limit
from customers.ingest.expected import TESTS
from customers.models import (
    Brand,
    EventBreach,
    EventSchema,
    EventType,
    PropertyType,
    QuarantinedItem,
    RefusedFact,
    SchemaMode,
)
from customers.personal import is_personal_name

DAY: Final = timedelta(days=1)
COUNTED: Final = 200_000  # events of a day; of more is said "more than"
LOOKED_AT: Final = 500  # events whose properties are looked at
WINDOWS: Final = (timedelta(hours=1), DAY, timedelta(days=30))
SECONDS: Final = 2.0
EXAMPLES: Final = 3
LATEST: Final = 20
# In the order in which a value is tried.
ORDER: Final = (
    PropertyType.BOOLEAN, PropertyType.WHOLE, PropertyType.NUMBER, PropertyType.MOMENT,
    PropertyType.TEXT, PropertyType.LIST, PropertyType.OBJECT,
)  # fmt: skip


@dataclass(slots=True)
class Row:
    """An event in the list. `volume` is that of the last day, None when it can't be told."""

    event: str
    kind: EventType | None = None
    schema: EventSchema | None = None
    volume: int | None = 0
    wrong: int = 0
    aside: int = 0

    @property
    def title(self) -> str:
        """What it is called."""
        return str((self.kind or EventType(code=self.event)).title)

    @property
    def mode(self) -> str:
        """What happens to one that is otherwise."""
        return self.schema.mode if self.schema else SchemaMode.OFF.value


@dataclass(slots=True)
class Found:
    """A property as it comes: how many events have it, of which types, and examples."""

    name: str
    count: int = 0
    types: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def usual(self) -> str:
        """The type that all its values have, "" when they differ."""
        kinds = set(self.types)
        if kinds == {PropertyType.WHOLE.value, PropertyType.NUMBER.value}:
            return PropertyType.NUMBER.value
        return kinds.pop() if len(kinds) == 1 else ""


@dataclass(slots=True)
class Sample:
    """What was found in so many of the latest events."""

    events: int = 0
    properties: dict[str, Found] = field(default_factory=dict)


def rows(brand: Brand, now: datetime, q: str = "") -> tuple[list[Row], bool]:
    """Events that are known or expected, by name; and whether the day's counts are whole."""
    schemas = {each.event: each for each in EventSchema.objects.filter(brand=brand)}
    kinds = {each.code: each for each in EventType.objects.all()}
    asides = dict(
        QuarantinedItem.objects.filter(brand=brand)
        .values_list("event").annotate(n=Count("pk")).order_by()
    )  # fmt: skip
    wrongs = dict(
        EventBreach.objects.filter(brand=brand, last_at__gt=now - timedelta(days=30))
        .values_list("event").annotate(n=Sum("count")).order_by()
    )  # fmt: skip
    volumes, is_whole = _volumes(brand, now)
    found = [
        Row(
            name,
            kinds.get(name),
            schemas.get(name),
            None if volumes is None else volumes.get(kinds[name].pk, 0) if name in kinds else 0,
            wrongs.get(name, 0),
            asides.get(name, 0),
        )
        for name in sorted({*schemas, *kinds, *asides})
        if q.casefold() in name.casefold() or q.casefold() in _title(kinds.get(name)).casefold()
    ]
    return found, is_whole


def sample(brand: Brand, kind: EventType | None, now: datetime) -> Sample:
    """The properties of the latest events of a kind, as they came."""
    if kind is None:
        return Sample()
    for window in WINDOWS:
        try:
            with time_limit(SECONDS) as cursor:
                cursor.execute(
                    "SELECT properties::text FROM customers_event WHERE event_type_id = %s"
                    " AND received_at > %s AND (brand_id IS NULL OR brand_id = %s) LIMIT %s",
                    [kind.pk, now - window, brand.pk, LOOKED_AT],
                )
                got = [json.loads(row[0]) for row in cursor.fetchall()]
        except TookTooLongError:
            break
        if len(got) >= LOOKED_AT // 5 or window == WINDOWS[-1]:
            return _sampled(got, kind.personal)
    return Sample()


def breaches(brand: Brand, event: str) -> list[EventBreach]:
    """What was wrong with an event, the most frequent first."""
    return list(EventBreach.objects.filter(brand=brand, event=event).order_by("-count")[:50])


def set_aside(brand: Brand, event: str) -> dict[str, Any]:
    """How many of an event are set aside, and the latest of them."""
    held = QuarantinedItem.objects.filter(brand=brand, event=event)
    told = held.aggregate(n=Count("pk"), last=Max("received_at"))
    return {"count": told["n"], "last_at": told["last"], "latest": list(held[:5])}


def latest_refused(brand_ids: Sequence[int]) -> list[RefusedFact]:
    """What was refused last, for the live view."""
    held = RefusedFact.objects.filter(brand__in=brand_ids).select_related("brand")
    return list(held.order_by("-id")[:LATEST])


def lately_aside(brand_ids: Sequence[int], now: datetime) -> list[dict[str, Any]]:
    """Which events were set aside in the last hour, and how many of each, for the live view."""
    held = QuarantinedItem.objects.filter(brand__in=brand_ids, received_at__gt=now - WINDOWS[0])
    found = held.values("brand__code", "event").annotate(n=Count("pk"), last=Max("received_at"))
    return [dict(row) for row in found.order_by("-last")[:LATEST]]


# helpers


def _title(kind: EventType | None) -> str:
    return str(kind.title) if kind else ""


def _volumes(brand: Brand, now: datetime) -> tuple[dict[int, int] | None, bool]:
    """Events of the last day by the id of their type; None when counting took too long."""
    try:
        with time_limit(SECONDS) as cursor:
            cursor.execute(
                "SELECT event_type_id, count(*) FROM (SELECT event_type_id FROM customers_event"
                " WHERE received_at > %s AND (brand_id IS NULL OR brand_id = %s) LIMIT %s) AS e"
                " GROUP BY 1",
                [now - DAY, brand.pk, COUNTED],
            )
            found = dict(cursor.fetchall())
    except TookTooLongError:
        return None, False
    return found, sum(found.values()) < COUNTED


def _sampled(events: Sequence[Mapping[str, Any]], marks: Mapping[str, bool]) -> Sample:
    found: dict[str, Found] = {}
    examples: dict[str, dict[str, None]] = defaultdict(dict)
    for properties in events:
        for name, value in properties.items():
            if value is None:
                continue
            row = found.setdefault(name, Found(name))
            row.count += 1
            row.types[next(kind.value for kind in ORDER if TESTS[kind.value](value))] += 1
            if not marks.get(name, is_personal_name(name)) and len(examples[name]) < EXAMPLES:
                examples[name][str(value)[:40]] = None
    for name, row in found.items():
        row.examples = list(examples[name])
    by_use = sorted(found.values(), key=lambda row: (-row.count, row.name))
    return Sample(len(events), {row.name: row for row in by_use[:200]})
