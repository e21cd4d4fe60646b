"""What the door must know to read a batch: sources, namespaces, event types, attributes, tags."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from customers.ingest.attributes import CODE
from customers.personal import PERSONAL

# How exact "last seen" of an event type is. More would make every batch wait for one hot row.
FRESH = timedelta(minutes=1)


class Space(NamedTuple):
    """What the door needs of a namespace."""

    id: int
    normaliser: str
    is_strong: bool
    limit: int


class TagOf(NamedTuple):
    """What the door needs of a tag."""

    id: int
    data_type: str


@dataclass(slots=True)
class Catalogue:
    """The parts of the catalogue that one batch names, by code."""

    source_id: int
    spaces: dict[str, Space]
    expects: bool = False  # whether the brand expects anything of its events
    attribute_types: dict[str, str] = field(default_factory=dict)
    attribute_conflicts: dict[str, str] = field(default_factory=dict)
    tags: dict[str, TagOf] = field(default_factory=dict)

    @property
    def strong(self) -> frozenset[int]:
        return frozenset(space.id for space in self.spaces.values() if space.is_strong)

    @property
    def limits(self) -> dict[int, int]:
        return {space.id: space.limit for space in self.spaces.values()}


def source_id(code: str, kind: str = "api") -> int:
    """The id of the source called *code*, which is made when nobody has sent under it before."""
    with connection.cursor() as cursor:
        return read_source(cursor, code, kind)[0]


def read_source(cursor: Any, code: str, kind: str, brand_id: int | None = None) -> tuple[int, bool]:
    """The id of a source, and whether the brand expects anything of its events."""
    code = code[:40]
    expects = "EXISTS (SELECT FROM customers_eventschema WHERE brand_id = %s AND mode <> 'off')"
    asked = f"SELECT id, {expects} FROM customers_source WHERE code = %s"
    cursor.execute(asked, [brand_id, code])
    row = cursor.fetchone()
    if row is None:
        # Two at once: the second waits here and reads what the first made.
        cursor.execute(
            """
            INSERT INTO customers_source (code, name, names, kind, trust)
            VALUES (%s, %s, '{}', %s, 50) ON CONFLICT (code) DO NOTHING
            """,
            [code, code, kind],
        )
        cursor.execute(asked, [brand_id, code])
        row = cursor.fetchone()
    return int(row[0]), bool(row[1])


def read_catalogue(
    cursor: Any,
    source: str,
    kind: str,
    attributes: Iterable[object],
    tags: Iterable[object],
    brand_id: int | None = None,
) -> Catalogue:
    """Read what a batch of this source and brand needs, in one query for each kind of thing."""
    id, expects = read_source(cursor, source, kind, brand_id)
    catalogue = Catalogue(id, read_spaces(cursor, brand_id), expects)
    if codes := _possible(attributes):
        cursor.execute(
            "SELECT code, data_type, conflict FROM customers_attribute WHERE code = ANY(%s)",
            [codes],
        )
        for code, data_type, conflict in cursor.fetchall():
            catalogue.attribute_types[code] = data_type
            catalogue.attribute_conflicts[code] = conflict
    if codes := _possible(tags):
        cursor.execute(
            "SELECT code, id, data_type FROM customers_tag WHERE code = ANY(%s)", [codes]
        )
        catalogue.tags = {row[0]: TagOf(row[1], row[2]) for row in cursor.fetchall()}
    return catalogue


def read_spaces(cursor: Any, brand_id: int | None) -> dict[str, Space]:
    """Namespaces by the code by which a fact of this brand calls them."""
    cursor.execute(
        """
        SELECT n.code, n.id, n.normaliser, n.strength, n."limit", n.brand_id, g.code
        FROM customers_namespace n LEFT JOIN customers_namespace g ON g.id = n.general_id
        """
    )
    spaces, of_brand = {}, {}
    for code, id, normaliser, strength, limit, brand, general in cursor.fetchall():
        spaces[code] = Space(id, normaliser, strength == "strong", limit)
        if general and brand == brand_id:
            of_brand[general] = spaces[code]
    return spaces | of_brand


def define_attributes(cursor: Any, found: dict[str, str]) -> None:
    """Write attributes met for the first time: code to type."""
    if not found:
        return
    codes = sorted(found)
    cursor.execute(
        """
        INSERT INTO customers_attribute
            (code, name, names, data_type, conflict, is_personal, description)
        SELECT code, upper(left(code, 1)) || replace(substr(code, 2), '_', ' '), '{}',
               data_type, 'latest', code ~ %s, ''
        FROM unnest(%s::text[], %s::text[]) AS found (code, data_type)
        ON CONFLICT (code) DO NOTHING
        """,
        [PERSONAL, codes, [found[code] for code in codes]],
    )


def are_known(cursor: Any, names: Iterable[str]) -> bool:
    """Whether there are event types of all these names."""
    wanted = set(names)
    found: dict[str, tuple[int, datetime]] = {}
    _read_types(cursor, sorted(wanted), found)
    return wanted == found.keys()


def event_types(cursor: Any, names: Iterable[str], now: datetime) -> dict[str, int]:
    """The ids of event types by name; types not seen before are made."""
    wanted = sorted(set(names))
    found: dict[str, tuple[int, datetime]] = {}
    _read_types(cursor, wanted, found)
    missing = [name for name in wanted if name not in found]
    if missing:
        cursor.execute(
            """
            INSERT INTO customers_eventtype
                (code, name, names, description, first_seen_at, last_seen_at)
            SELECT code, replace(code, '_', ' '), '{}', '', %s, %s FROM unnest(%s::text[]) AS code
            ON CONFLICT (code) DO NOTHING
            """,
            [now, now, missing],
        )
        _read_types(cursor, missing, found)
    stale = [id for id, seen in found.values() if seen < now - FRESH]
    if stale:
        # SKIP LOCKED: whoever is writing the row writes the same hour.
        cursor.execute(
            """
            UPDATE customers_eventtype SET last_seen_at = %s WHERE id IN (
                SELECT id FROM customers_eventtype WHERE id = ANY(%s) AND last_seen_at < %s
                FOR UPDATE SKIP LOCKED)
            """,
            [now, stale, now],
        )
    return {name: id for name, (id, _seen) in found.items()}


# helpers


def _possible(codes: Iterable[object]) -> list[str]:
    """Those that can be in the catalogue; the others are refused with their items."""
    return [code for code in codes if isinstance(code, str) and CODE.fullmatch(code)]


def _read_types(cursor: Any, names: list[str], into: dict[str, tuple[int, datetime]]) -> None:
    if names:
        cursor.execute(
            "SELECT code, id, last_seen_at FROM customers_eventtype WHERE code = ANY(%s)", [names]
        )
        into.update({row[0]: (row[1], row[2]) for row in cursor.fetchall()})
