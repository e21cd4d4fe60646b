"""Items that are set aside: written as they came, read again for the door."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import md5
from typing import Any, Final

from customers.ingest.expected import Held, Screened
from customers.ingest.facts import Batch, Change, ConsentFact, EventFact, How, Item, TagFact
from customers.ingest.limits import has_null

MOST_BYTES: Final = 64 * 1024


def pack(item: Item, now: datetime) -> str | None:
    """An item as JSON that PostgreSQL takes; None when it holds what can't be stored, which the
    door refuses in its own words. An event without a moment happened now."""
    try:
        data = _as_data(item, now)
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, default=_plain)
        size = len(text.encode())
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    if size > MOST_BYTES or ("\\u0000" in text and has_null(data)):
        return None
    return text


def unpack(place: str, data: Mapping[str, Any]) -> Item:
    """The item of a row."""
    return Item(
        place,
        identities=[(space, value) for space, value in data["identities"]],
        customer_id=data["customer_id"],
        attributes=data["attributes"],
        changes={code: Change(How(how), value) for code, (how, value) in data["changes"].items()},
        tags=[TagFact(*each) for each in data["tags"]],
        consents=[
            ConsentFact(channel, purpose, state, brand_id, _moment(at), wording, proof)
            for channel, purpose, state, brand_id, at, wording, proof in data["consents"]
        ],
        events=[
            EventFact(name, _moment(at), properties, key)
            for name, at, properties, key in data["events"]
        ],
    )


def set_aside(
    cursor: Any, batch: Batch, held: Sequence[Held], packed: Sequence[str], now: datetime
) -> None:
    """Write items aside, in one statement. One with a key that waits already stays as it is."""
    cursor.execute(
        """
        INSERT INTO customers_quarantineditem
            (brand_id, event, source, source_kind, item, reasons, mark, received_at, problem)
        SELECT %s, left(trim(event), 120), %s, %s, item::jsonb, reasons::jsonb, mark::uuid, %s, ''
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
             AS new (event, item, reasons, mark)
        ON CONFLICT (brand_id, mark) WHERE mark IS NOT NULL DO NOTHING
        """,
        [
            batch.brand_id,
            batch.source[:40],
            batch.source_kind,
            now,
            [each.event for each in held],
            list(packed),
            [json.dumps([list(breach) for breach in each.breaches]) for each in held],
            [_mark(batch, batch.items[each.position]) for each in held],
        ],
    )


def count_breaches(cursor: Any, brand_id: int, screened: Screened, now: datetime) -> None:
    """Add up what was wrong. Comes last in a batch: rows that many batches write are held short."""
    keys = sorted(screened.counts)
    if not keys:
        return
    cursor.execute(
        """
        INSERT INTO customers_eventbreach
            (brand_id, event, property, kind, count, sample, first_at, last_at)
        SELECT %s, left(event, 120), left(property, 120), kind, count, sample, %s, %s
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[])
             AS new (event, property, kind, count, sample)
        ON CONFLICT (brand_id, event, property, kind) DO UPDATE SET
            count = customers_eventbreach.count + excluded.count,
            last_at = greatest(customers_eventbreach.last_at, excluded.last_at),
            sample = CASE WHEN excluded.sample = '' THEN customers_eventbreach.sample
                          ELSE excluded.sample END
        """,
        [
            brand_id,
            now,
            now,
            [key[0].strip() for key in keys],
            [key[1] for key in keys],
            [key[2] for key in keys],
            [screened.counts[key] for key in keys],
            [screened.samples[key] for key in keys],
        ],
    )


# helpers


def _as_data(item: Item, now: datetime) -> dict[str, Any]:
    return {
        "identities": [list(each) for each in item.identities],
        "customer_id": item.customer_id,
        "attributes": dict(item.attributes),
        "changes": {code: [each.how.value, each.value] for code, each in item.changes.items()},
        "tags": [[each.code, each.value, each.added] for each in item.tags],
        "consents": [
            [each.channel, each.purpose, each.state, each.brand_id, each.at, each.wording,
             dict(each.proof)]
            for each in item.consents
        ],
        "events": [
            [each.name, each.occurred_at or now, dict(each.properties), each.key]
            for each in item.events
        ],
    }  # fmt: skip


def _mark(batch: Batch, item: Item) -> str | None:
    """What makes a repeated item the same: the key of its first event that has one."""
    key = next((event.key for event in item.events if event.key), "")
    if not key:
        return None
    text = f"{batch.source}:{key}".encode(errors="surrogatepass")
    return md5(text, usedforsecurity=False).hexdigest()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value).__name__)
