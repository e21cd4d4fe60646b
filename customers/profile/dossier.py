"""Everything that is known of a customer, to be handed to her or kept: each floor adds its part."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.imports.refusals import harmless
from customers.models import last_seen_sql

CHUNK: Final = 2_000
JSONB: Final = 3802  # the number of the type in PostgreSQL


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one kind. `sql` has the parameters customer (her id) and brands (ids of the brands
    whose rows go along); its columns are named as they stand in the file."""

    code: str
    name: str | Promise
    sql: str


_parts: list[Part] = []


def register_part(*parts: Part) -> None:
    """Put these rows into every dossier, in order. Registering twice is the same as once."""
    codes = {part.code for part in _parts}
    _parts.extend(part for part in parts if part.code not in codes)


def write_json(into: IO[bytes], customer_id: int, brand_ids: Sequence[int]) -> dict[str, int]:
    """As one JSON object with a list for each kind; the number of rows of each. Memory stays flat
    however many there are."""
    counts = {}
    into.write(b"{")
    for number, part in enumerate(_parts):
        into.write((",\n" if number else "\n").encode() + _json(part.code) + b": [")
        counts[part.code] = 0
        for row in _rows(part, customer_id, brand_ids):
            into.write((",\n  " if counts[part.code] else "\n  ").encode() + _json(row))
            counts[part.code] += 1
        into.write(b"]")
    into.write(b"\n}\n")
    return counts


def write_zip(into: IO[bytes], customer_id: int, brand_ids: Sequence[int]) -> dict[str, int]:
    """As a ZIP of one CSV for each kind that has rows, safe to open in a spreadsheet."""
    counts = {}
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in _parts:
            rows = _rows(part, customer_id, brand_ids)
            first = next(rows, None)
            counts[part.code] = 0
            if first is None:
                continue
            with archive.open(f"{part.code}.csv", "w") as raw:
                raw.write("\ufeff".encode())
                raw.write(_line(list(first)))
                raw.write(_line([_cell(value) for value in first.values()]))
                counts[part.code] = 1
                for row in rows:
                    raw.write(_line([_cell(value) for value in row.values()]))
                    counts[part.code] += 1
        names = [f"{part.code}.csv: {part.name}" for part in _parts if counts[part.code]]
        archive.writestr("README.txt", "\r\n".join([_about(), "", *names]).encode("utf-8-sig"))
    return counts


Writer = Callable[[IO[bytes], int, Sequence[int]], dict[str, int]]
WRITERS: Final[dict[str, Writer]] = {"json": write_json, "zip": write_zip}

_OURS: Final = "(t.brand_id IS NULL OR t.brand_id = ANY(%(brands)s))"
_SOURCE: Final = "(SELECT s.code FROM customers_source s WHERE s.id = t.source_id) AS source"
_BRAND: Final = "(SELECT b.code FROM customers_brand b WHERE b.id = t.brand_id) AS brand"


def register_own() -> None:
    """What this floor knows of her."""
    register_part(
        Part("customer", gettext_lazy("who she is"),
             "SELECT id AS number, display_name AS name, language, timezone, is_known, created_at,"
             f" {last_seen_sql('t')} AS last_seen_at FROM customers_customer t"
             " WHERE id = %(customer)s"),
        Part("attributes", gettext_lazy("attributes"),
             "SELECT a.key AS attribute, a.value, (SELECT s.code FROM customers_source s WHERE"
             " s.id = (t.provenance -> a.key ->> 0)::int) AS source,"
             " t.provenance -> a.key ->> 1 AS at FROM customers_customer t,"
             " jsonb_each(t.attributes) a WHERE t.id = %(customer)s ORDER BY 1"),
        Part("identities", gettext_lazy("identities"),
             f"SELECT n.code AS kind, t.value, {_SOURCE}, t.created_at, t.verified_at"
             " FROM customers_identity t JOIN customers_namespace n ON n.id = t.namespace_id"
             " WHERE t.customer_id = %(customer)s AND"
             " (n.brand_id IS NULL OR n.brand_id = ANY(%(brands)s)) ORDER BY t.id"),
        Part("consents", gettext_lazy("consents as they stand"),
             f"SELECT {_BRAND}, channel, purpose, state, since, {_SOURCE}, wording, proof"
             f" FROM customers_consent t WHERE customer_id = %(customer)s AND {_OURS} ORDER BY id"),
        Part("consent_changes", gettext_lazy("every change of a consent"),
             f"SELECT {_BRAND}, channel, purpose, state, at, {_SOURCE}, wording, proof"
             f" FROM customers_consentchange t WHERE customer_id = %(customer)s AND {_OURS}"
             " ORDER BY id"),
        Part("tags", gettext_lazy("tags"),
             f"SELECT g.code AS tag, t.value, t.since, t.expires_at, {_SOURCE}"
             " FROM customers_customertag t JOIN customers_tag g ON g.id = t.tag_id"
             " WHERE t.customer_id = %(customer)s AND"
             " (g.brand_id IS NULL OR g.brand_id = ANY(%(brands)s)) ORDER BY 1, 2"),
        Part("segments", gettext_lazy("segments"),
             "SELECT g.code AS segment, g.name, t.since FROM customers_segmentmember t"
             " JOIN customers_segment g ON g.id = t.segment_id WHERE t.customer_id = %(customer)s"
             " AND (g.brand_id IS NULL OR g.brand_id = ANY(%(brands)s)) ORDER BY 1"),
        Part("events", gettext_lazy("events"),
             f"SELECT y.code AS event, t.occurred_at, t.received_at, {_BRAND}, {_SOURCE},"
             " t.properties FROM customers_event t"
             " JOIN customers_eventtype y ON y.id = t.event_type_id"
             f" WHERE t.customer_id = %(customer)s AND {_OURS} ORDER BY t.occurred_at, t.id"),
    )  # fmt: skip


# helpers


def _rows(part: Part, customer_id: int, brand_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        # A cursor of the server: 100,000 events never stand in memory at once.
        cursor.execute(
            f"DECLARE dossier NO SCROLL CURSOR FOR {part.sql}",
            {"customer": customer_id, "brands": list(brand_ids)},
        )
        while True:
            cursor.execute(f"FETCH {CHUNK} FROM dossier")
            columns = [(each.name, each.type_code == JSONB) for each in cursor.description or ()]
            rows = cursor.fetchall()
            for row in rows:
                yield {
                    name: _plain(value, is_json=is_json)
                    for (name, is_json), value in zip(columns, row, strict=True)
                }
            if len(rows) < CHUNK:
                break
        cursor.execute("CLOSE dossier")


def _plain(value: Any, *, is_json: bool) -> Any:
    """Rows of SQL give JSON as text; in the file it is JSON again."""
    if is_json and isinstance(value, str):
        return json.loads(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict | list):
        return harmless(json.dumps(value, ensure_ascii=False))
    return harmless(str(value))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _line(cells: Sequence[str]) -> bytes:
    into = io.StringIO()
    csv.writer(into).writerow(cells)
    return into.getvalue().encode()


def _about() -> str:
    return _("Everything that is known of this customer, a table in each file. Times are in UTC.")
