"""The row of a customer in a merge: attributes by the rule of each, known, last seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.identity.columns import columns_of
from customers.identity.conflicts import beats, standing
from customers.models import Conflict, last_seen_sql

_FIELDS = "display_name, sort_key, language, timezone, is_known, attributes, provenance"
_NAMES = [*_FIELDS.split(", "), "last_seen_at"]
_COLUMNS = _NAMES[:4]
_JSON = ("attributes", "provenance")
# Attributes and their provenance, as a customer holds them.
Held = tuple[Mapping[str, Any], Mapping[str, Any]]
_UPDATE = f"""
UPDATE customers_customer c SET {", ".join(f"{name} = new.{name}" for name in _FIELDS.split(", "))}
FROM unnest(%s::jsonb[]) AS given (row),
    LATERAL jsonb_populate_record(NULL::customers_customer, given.row) AS new
WHERE c.id = new.id
"""
_UPDATE_SEEN = """
UPDATE customers_sighting s SET at = (given.row ->> 'last_seen_at')::timestamptz
FROM unnest(%s::jsonb[]) AS given (row)
WHERE s.customer_id = (given.row ->> 'id')::bigint
  AND s.at IS DISTINCT FROM (given.row ->> 'last_seen_at')::timestamptz
"""
_ROW = f"(to_jsonb({{0}}) || jsonb_build_object('last_seen_at', {last_seen_sql('{0}')}))::text"


def fold(cursor: Any) -> None:
    """Bring the kept customers of `merging` up to date with the others, who become part of them."""
    cursor.execute(
        f"SELECT m.merge_id, {_ROW.format('k')}, {_ROW.format('o')} FROM merging m"
        " JOIN customers_customer k ON k.id = m.kept_id"
        " JOIN customers_customer o ON o.id = m.other_id"
    )
    pairs = [(row[0], json.loads(row[1]), json.loads(row[2])) for row in cursor.fetchall()]
    rules, trust = _rules(cursor)
    noted, rows = [], []
    for merge_id, kept, other in pairs:
        after = together(kept, other, rules, trust)
        if any(kept[name] != after[name] for name in _NAMES):
            before = {name: kept[name] for name in _NAMES}
            noted.append((merge_id, kept["id"], before, {name: after[name] for name in _NAMES}))
            rows.append(json.dumps(after))
    if rows:
        _write(cursor, rows)
        cursor.execute(
            'INSERT INTO customers_mergerow (merge_id, "table", was, key, before, after)'
            " SELECT merge_id, 'customers_customer', 'changed', jsonb_build_object('id', id),"
            " before, after FROM unnest(%s::bigint[], %s::bigint[], %s::jsonb[], %s::jsonb[])"
            " AS noted (merge_id, id, before, after)",
            [
                [note[0] for note in noted],
                [note[1] for note in noted],
                [json.dumps(note[2]) for note in noted],
                [json.dumps(note[3]) for note in noted],
            ],
        )
    # Whoever was merged into the other before is part of the kept one now.
    cursor.execute(
        """
        WITH done AS (
            UPDATE customers_customer t SET merged_into_id = m.kept_id FROM merging m
            WHERE t.merged_into_id = m.other_id OR t.id = m.other_id
            RETURNING m.merge_id, t.id, CASE WHEN t.id <> m.other_id THEN m.other_id END AS was
        )
        INSERT INTO customers_mergerow (merge_id, "table", was, key, before)
        SELECT merge_id, 'customers_customer', 'changed', jsonb_build_object('id', id),
            jsonb_build_object('merged_into_id', was) FROM done
        """
    )


def together(
    kept: Mapping[str, Any],
    other: Mapping[str, Any],
    rules: Mapping[str, str],
    trust: Mapping[int, int],
) -> dict[str, Any]:
    """The row of both in one. An attribute that both have is settled by its rule; when that does
    not decide, the kept customer's value stays."""
    attributes, provenance = settle(
        (kept["attributes"], kept["provenance"]),
        (other["attributes"], other["provenance"]),
        rules,
        trust,
    )
    seen = [each["last_seen_at"] for each in (kept, other) if each["last_seen_at"]]
    names = dict(zip(_COLUMNS, columns_of(attributes), strict=True))
    columns = {name: names[name] or kept[name] or other[name] for name in _COLUMNS}
    return {
        "id": kept["id"],
        **columns,
        "attributes": attributes,
        "provenance": provenance,
        "is_known": kept["is_known"] or other["is_known"],
        "last_seen_at": max(seen, key=_moment) if seen else None,
    }


def settle(
    kept: Held, other: Held, rules: Mapping[str, str], trust: Mapping[int, int]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Attributes and provenance of both in one. `rules` by code (default: the latest), `trust` by
    source id."""
    (mine, origins), (theirs, their_origins) = kept, other
    attributes, provenance = dict(mine), dict(origins)
    for code in {**theirs, **their_origins}:
        rule = rules.get(code, Conflict.LATEST.value)
        said = standing(code, rule, theirs, their_origins)
        held = standing(code, rule, attributes, provenance)
        if held is None:
            takes = code not in attributes
        else:
            takes = said is not None and beats(said, held, rule, trust, tie=False)
        if takes:
            _put(attributes, theirs, code)
            _put(provenance, their_origins, code)
    return attributes, provenance


def restore(cursor: Any, merge_id: int, kept_id: int) -> None:
    """Take back what `fold` did to the kept customer.

    What has been said of her since stays: an attribute goes back only while it is as the merge
    left it.
    """
    cursor.execute(
        "SELECT r.before::text, r.after::text,"
        f" {_ROW.format('c')} FROM customers_mergerow r"
        " JOIN customers_customer c ON c.id = %s WHERE r.merge_id = %s"
        " AND r.\"table\" = 'customers_customer' AND r.after IS NOT NULL",
        [kept_id, merge_id],
    )
    row = cursor.fetchone()
    if row is None:
        return
    before, after, current = (json.loads(text) for text in row)
    result = {name: before[name] if current[name] == after[name] else current[name]
              for name in _NAMES}  # fmt: skip
    if any(current[name] != after[name] for name in _JSON):
        values, origin = dict(current["attributes"]), dict(current["provenance"])
        codes = [*before["attributes"], *after["attributes"], *before["provenance"],
                 *after["provenance"]]  # fmt: skip
        for code in dict.fromkeys(codes):
            is_untouched = values.get(code) == after["attributes"].get(code) and origin.get(
                code
            ) == after["provenance"].get(code)
            if is_untouched:
                _put(values, before["attributes"], code)
                _put(origin, before["provenance"], code)
        result |= {"attributes": values, "provenance": origin}
        result |= dict(zip(_COLUMNS, columns_of(values), strict=True))
    if not result["is_known"]:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM customers_identity i JOIN customers_namespace n"
            " ON n.id = i.namespace_id WHERE i.customer_id = %s AND n.strength = 'strong')",
            [kept_id],
        )
        result["is_known"] = cursor.fetchone()[0]
    _write(cursor, [json.dumps({"id": kept_id, **result})])


# helpers


def _write(cursor: Any, rows: list[str]) -> None:
    cursor.execute(_UPDATE, [rows])
    cursor.execute(_UPDATE_SEEN, [rows])


def _rules(cursor: Any) -> tuple[dict[str, str], dict[int, int]]:
    cursor.execute("SELECT code, conflict FROM customers_attribute WHERE conflict <> 'latest'")
    rules = dict(cursor.fetchall())
    if Conflict.TRUSTED.value not in rules.values():
        return rules, {}
    cursor.execute("SELECT id, trust FROM customers_source")
    return rules, dict(cursor.fetchall())


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _put(into: dict[str, Any], values: Mapping[str, Any], code: str) -> None:
    if code in values:
        into[code] = values[code]
    else:
        into.pop(code, None)
