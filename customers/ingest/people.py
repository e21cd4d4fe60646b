"""Writes customers: new ones by COPY, known ones by one update in a fixed order."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from customers.identity.columns import columns_of
from customers.ingest.attributes import Provenance, merge
from customers.ingest.catalogue import Catalogue
from customers.models import Conflict

# "Last seen" of a customer is this exact. Every event of a busy customer would rewrite her row.
SEEN = timedelta(minutes=5)
_COLUMNS = (
    "id, display_name, sort_key, language, timezone, is_known, attributes, provenance, "
    "created_at, last_seen_at"
)


@dataclass(slots=True)
class News:
    """What a batch says of one customer."""

    incoming: list[tuple[dict[str, Any], datetime]] = field(default_factory=list)
    seen_at: datetime | None = None
    becomes_known: bool = False


@dataclass(slots=True)
class _Row:
    attributes: dict[str, Any] = field(default_factory=dict)
    provenance: Provenance = field(default_factory=dict)
    is_known: bool = False
    seen_at: datetime | None = None
    is_rewritten: bool = False


def write_customers(
    cursor: Any,
    news: dict[int, News],
    new_ids: set[int],
    catalogue: Catalogue,
    now: datetime,
) -> None:
    """Make the customers of `new_ids` and bring the others up to date.

    Known customers are locked in the order of their ids, so that two batches about the same
    people wait for each other and never in a circle.
    """
    trust = _trust(cursor, catalogue)
    made = {id: _Row() for id in new_ids}
    for id, row in made.items():
        _apply(row, news.get(id) or News(), catalogue, trust)
    if made:
        _copy(cursor, made, now)
    touched = sorted(id for id, said in news.items() if id not in new_ids and _says(said))
    if not touched:
        return
    current = _lock(cursor, touched, whole=any(news[id].incoming for id in touched))
    changed = {id: row for id, row in current.items() if _apply(row, news[id], catalogue, trust)}
    if changed:
        _update(cursor, changed)


# helpers


def _says(said: News) -> bool:
    return bool(said.incoming) or said.becomes_known or said.seen_at is not None


def _trust(cursor: Any, catalogue: Catalogue) -> dict[int, int]:
    if Conflict.TRUSTED not in catalogue.attribute_conflicts.values():
        return {}
    cursor.execute("SELECT id, trust FROM customers_source")
    return dict(cursor.fetchall())


def _apply(row: _Row, said: News, catalogue: Catalogue, trust: dict[int, int]) -> bool:
    changed = False
    for incoming, at in said.incoming:
        changed |= merge(
            row.attributes,
            row.provenance,
            incoming,
            conflicts=catalogue.attribute_conflicts,
            source_id=catalogue.source_id,
            trust=trust,
            at=at,
        )
    row.is_rewritten = changed
    if said.becomes_known and not row.is_known:
        row.is_known = changed = True
    if said.seen_at and (row.seen_at is None or row.seen_at + SEEN <= said.seen_at):
        row.seen_at = said.seen_at
        changed = True
    return changed


def _lock(cursor: Any, ids: list[int], *, whole: bool) -> dict[int, _Row]:
    what = "attributes::text, provenance::text" if whole else "'', ''"
    cursor.execute(
        f"""
        SELECT id, is_known, last_seen_at, {what} FROM customers_customer
        WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
        """,
        [ids],
    )
    return {
        row[0]: _Row(
            json.loads(row[3]) if row[3] else {},
            json.loads(row[4]) if row[4] else {},
            row[1],
            row[2],
        )
        for row in cursor.fetchall()
    }


def _update(cursor: Any, rows: dict[int, _Row]) -> None:
    seen = {id: row for id, row in rows.items() if not row.is_rewritten}
    if seen:
        cursor.execute(
            """
            UPDATE customers_customer c SET is_known = new.is_known, last_seen_at = new.seen_at
            FROM unnest(%s::bigint[], %s::boolean[], %s::timestamptz[])
                AS new (id, is_known, seen_at)
            WHERE c.id = new.id
            """,
            [
                list(seen),
                [row.is_known for row in seen.values()],
                [row.seen_at for row in seen.values()],
            ],
        )
    whole = {id: row for id, row in rows.items() if id not in seen}
    if whole:
        cursor.execute(
            """
            UPDATE customers_customer c
            SET display_name = new.display_name, sort_key = new.sort_key,
                language = new.language, timezone = new.timezone, is_known = new.is_known,
                attributes = new.attributes, provenance = new.provenance,
                last_seen_at = new.seen_at
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[],
                        %s::boolean[], %s::jsonb[], %s::jsonb[], %s::timestamptz[])
                AS new (id, display_name, sort_key, language, timezone, is_known, attributes,
                        provenance, seen_at)
            WHERE c.id = new.id
            """,
            _arrays(whole.items()),
        )


def _arrays(rows: Iterable[tuple[int, _Row]]) -> list[list[Any]]:
    columns: list[list[Any]] = [[] for _ in range(9)]
    for id, row in rows:
        for column, value in zip(
            columns,
            (
                id,
                *columns_of(row.attributes),
                row.is_known,
                _dump(row.attributes),
                _dump(row.provenance),
                row.seen_at,
            ),
            strict=True,
        ):
            column.append(value)
    return columns


def _copy(cursor: Any, rows: dict[int, _Row], now: datetime) -> None:
    with cursor.copy(f"COPY customers_customer ({_COLUMNS}) FROM STDIN") as copy:
        for id in sorted(rows):
            row = rows[id]
            copy.write_row(
                (
                    id,
                    *columns_of(row.attributes),
                    row.is_known,
                    _dump(row.attributes),
                    _dump(row.provenance),
                    now,
                    row.seen_at,
                )
            )


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
