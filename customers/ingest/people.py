"""Writes customers: new ones by COPY, known ones by one update in a fixed order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from customers.bulk import copy_lines, escaped, listed
from customers.identity.columns import columns_of
from customers.identity.conflicts import Provenance
from customers.ingest.attributes import merge
from customers.ingest.catalogue import Catalogue
from customers.models import Conflict

# "Last seen" of a customer is this exact. Every event of a busy customer would rewrite it.
SEEN = timedelta(minutes=5)
NOBODY = "{}"
_COLUMNS = (
    "id, is_known, created_at, brand_ids, display_name, sort_key, language, timezone, attributes, "
    "provenance"
)
# The ids stand here twice, so that the rows are found by their index and joined by a hash. Moments
# are microseconds since 1970, which are read faster than dates.
_UPDATE_SEEN = """
UPDATE customers_sighting c SET at = s.at
FROM (SELECT id, timestamptz 'epoch' + microseconds * interval '1 microsecond' AS at
      FROM unnest(%s::bigint[], %s::bigint[]) AS said (id, microseconds)) AS s
WHERE c.customer_id = ANY(%s::bigint[]) AND c.customer_id = s.id
  AND (c.at IS NULL OR c.at + %s <= s.at)
"""
_UPDATE_KNOWN = """
UPDATE customers_customer SET is_known = true
WHERE id = ANY(string_to_array(%s, ',')::bigint[]) AND NOT is_known
"""
# What is new of a customer is found by her id in one object: a join would go wrong while the
# planner takes the table of customers for empty.
_UPDATE = """
UPDATE customers_customer c
SET (display_name, sort_key, language, timezone, attributes, provenance, is_known) = (
    SELECT new ->> 0, new ->> 1, new ->> 2, new ->> 3, new -> 4, new -> 5,
           c.is_known OR (new -> 6)::boolean
    FROM (SELECT %s::jsonb -> c.id::text) AS said (new))
WHERE c.id = ANY(string_to_array(%s, ',')::bigint[])
"""
# An object of JSON holds at most 256 MB.
_BYTES = 32 * 1024**2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NOTHING = "\t\t\t\t{}\t{}\n"


@dataclass(slots=True)
class News:
    """What a batch says of customers: attributes with their moment, when they were last seen,
    and who became known."""

    incoming: dict[int, list[tuple[Mapping[str, Any], datetime]]] = field(default_factory=dict)
    seen_at: dict[int, datetime] = field(default_factory=dict)
    becomes_known: set[int] = field(default_factory=set)
    has_changes: bool = False


@dataclass(slots=True)
class _Row:
    attributes: dict[str, Any] = field(default_factory=dict)
    provenance: Provenance = field(default_factory=dict)


def write_customers(
    cursor: Any,
    news: News,
    new_ids: set[int],
    catalogue: Catalogue,
    now: datetime,
    brand_id: int | None = None,
) -> None:
    """Make the customers of `new_ids` and bring the others up to date; these are locked already.
    When they were seen is left to `mark_seen`."""
    trust = _trust(cursor, catalogue)
    if new_ids:
        copy_lines(
            cursor,
            f"customers_customer ({_COLUMNS})",
            _lines(sorted(new_ids), news, catalogue, trust, now, brand_id),
        )
    changed: dict[int, _Row] = {}
    if touched := sorted(news.incoming.keys() - new_ids):
        current = _read(cursor, touched)
        changed = {
            id: row
            for id, row in current.items()
            if _apply(row, news.incoming[id], catalogue, trust)
        }
        if changed:
            _update(cursor, changed, news)
    # A second change of the same row would cost as much as the first.
    known = news.becomes_known - new_ids - changed.keys()
    if known:
        cursor.execute(_UPDATE_KNOWN, [listed(sorted(known))])


def sightings(news: News) -> tuple[str, str]:
    """Who was seen and when last, as `mark_seen` writes it."""
    seen_at = news.seen_at
    ids = sorted(seen_at)
    moments = [(seen_at[id] - _EPOCH) // _MICROSECOND for id in ids]
    return f"{{{listed(ids)}}}", f"{{{listed(moments)}}}"


def mark_seen(cursor: Any, said: tuple[str, str]) -> None:
    """Write when customers were seen last: one query at most."""
    ids, moments = said
    if ids != NOBODY:
        cursor.execute(_UPDATE_SEEN, [ids, moments, ids, SEEN])


def write_brand(cursor: Any, ids: Iterable[int], brand_id: int | None) -> None:
    """Note that this brand knows these customers by an identity. Most are known to be: then
    nothing is written. They are locked already."""
    wanted = sorted(set(ids))
    if brand_id is not None and wanted:
        cursor.execute(
            """
            UPDATE customers_customer SET brand_ids = brand_ids || %s::bigint
            WHERE id = ANY(string_to_array(%s, ',')::bigint[]) AND NOT %s = ANY(brand_ids)
            """,
            [brand_id, listed(wanted), brand_id],
        )


# helpers


def _trust(cursor: Any, catalogue: Catalogue) -> dict[int, int]:
    if Conflict.TRUSTED not in catalogue.attribute_conflicts.values():
        return {}
    cursor.execute("SELECT id, trust FROM customers_source")
    return dict(cursor.fetchall())


def _apply(
    row: _Row,
    said: list[tuple[Mapping[str, Any], datetime]],
    catalogue: Catalogue,
    trust: dict[int, int],
) -> bool:
    changed = False
    for incoming, at in said:
        changed |= merge(
            row.attributes,
            row.provenance,
            incoming,
            conflicts=catalogue.attribute_conflicts,
            source_id=catalogue.source_id,
            trust=trust,
            at=at,
        )
    return changed


def _lines(
    ids: list[int],
    news: News,
    catalogue: Catalogue,
    trust: dict[int, int],
    now: datetime,
    brand_id: int | None,
) -> Iterator[str]:
    """New customers as lines of COPY, in the order of their ids."""
    made = now.isoformat()
    brands = "{}" if brand_id is None else f"{{{brand_id}}}"
    pairs: dict[datetime, list[Any]] = {}
    for id in ids:
        head = f"{id}\t{'t' if id in news.becomes_known else 'f'}\t{made}\t{brands}\t"
        said = news.incoming.get(id)
        if said is None:
            yield head + _NOTHING
            continue
        row = _Row()
        if len(said) == 1 and not news.has_changes:
            # Nothing stands against the first values of a new customer.
            incoming, at = said[0]
            row.attributes = {code: v for code, v in incoming.items() if v is not None}
            pair = pairs.get(at)
            if pair is None:
                moment = at.astimezone(UTC).isoformat()
                pair = pairs[at] = [catalogue.source_id, moment]
            row.provenance = dict.fromkeys(row.attributes, pair)
            if len(row.attributes) < len(incoming):
                # Even nothing was said by somebody at some moment.
                row = _Row()
                _apply(row, said, catalogue, trust)
        else:
            _apply(row, said, catalogue, trust)
        yield head + "\t".join(map(escaped, _cells(row))) + "\n"


def _cells(row: _Row) -> tuple[str, ...]:
    return (*columns_of(row.attributes), _dump(row.attributes), _dump(row.provenance))


def _read(cursor: Any, ids: list[int]) -> dict[int, _Row]:
    cursor.execute(
        "SELECT id, attributes::text, provenance::text FROM customers_customer"
        " WHERE id = ANY(string_to_array(%s, ',')::bigint[])",
        [listed(ids)],
    )
    return {row[0]: _Row(json.loads(row[1]), json.loads(row[2])) for row in cursor.fetchall()}


def _update(cursor: Any, rows: dict[int, _Row], news: News) -> None:
    parts: list[str] = []
    ids: list[int] = []
    size = 0
    for id, row in rows.items():
        *texts, attributes, provenance = _cells(row)
        about = [*texts, orjson.Fragment(attributes), orjson.Fragment(provenance),
                 id in news.becomes_known]  # fmt: skip
        parts.append(f'"{id}":{_dump(about)}')
        ids.append(id)
        size += len(parts[-1])
        if size > _BYTES:
            cursor.execute(_UPDATE, ["{" + ",".join(parts) + "}", listed(ids)])
            parts, ids, size = [], [], 0
    if ids:
        cursor.execute(_UPDATE, ["{" + ",".join(parts) + "}", listed(ids)])


def _dump(value: object) -> str:
    return orjson.dumps(value).decode()
