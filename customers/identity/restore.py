"""Restores the rows of a merge from what was written down, whatever floor they belong to."""

from __future__ import annotations

from typing import Any

from django.db import connection

from customers.identity.person import restore as restore_person

# Of one tag with one value nobody gets two: what came since the merge stays.
_UNLESS = {
    "customers_customertag": (
        " AND NOT EXISTS (SELECT 1 FROM customers_customertag x JOIN customers_tag g"
        " ON g.id = x.tag_id WHERE x.customer_id = b.customer_id AND x.tag_id = b.tag_id"
        " AND NOT g.is_multiple)"
    )
}


def restore_rows(cursor: Any, merge_id: int, kept_id: int) -> None:
    """First what the merge made goes, then what it changed goes back, then what it removed comes
    again. Statements per table and kind, however many rows there are."""
    restore_person(cursor, merge_id, kept_id)
    cursor.execute(
        """
        SELECT was, "table", array_agg(DISTINCT keys), columns FROM (
            SELECT was, "table",
                (SELECT string_agg(k, ',' ORDER BY k) FROM jsonb_object_keys(key) k) AS keys,
                CASE WHEN was = 'changed' THEN
                    (SELECT string_agg(k, ',' ORDER BY k) FROM jsonb_object_keys(before) k)
                END AS columns
            FROM customers_mergerow
            WHERE merge_id = %s AND NOT ("table" = 'customers_customer' AND after IS NOT NULL)
        ) AS noted
        GROUP BY was, "table", columns
        ORDER BY array_position(ARRAY['made', 'changed', 'removed'], was), "table", columns
        """,
        [merge_id],
    )
    for was, table, [keys], columns in cursor.fetchall():
        _restore(cursor, merge_id, was, table, keys.split(","), (columns or "").split(","))


# helpers


def _restore(
    cursor: Any, merge_id: int, was: str, table: str, keys: list[str], columns: list[str]
) -> None:
    quote = connection.ops.quote_name
    name = quote(table)
    noted = (
        f"customers_mergerow r, LATERAL jsonb_populate_record(NULL::{name}, r.key) AS k"
        f"{{}} WHERE r.merge_id = %s AND r.\"table\" = %s AND r.was = '{was}'"
    )
    found = " AND ".join(f"t.{quote(key)} = k.{quote(key)}" for key in keys)
    before = f", LATERAL jsonb_populate_record(NULL::{name}, r.before) AS b"
    params = [merge_id, table]
    if was == "made":
        cursor.execute(f"DELETE FROM {name} t USING {noted.format('')} AND {found}", params)
    elif was == "removed":
        cursor.execute(
            f"INSERT INTO {name} OVERRIDING SYSTEM VALUE SELECT b.* FROM {noted.format(before)}"
            f"{_UNLESS.get(table, '')} ON CONFLICT DO NOTHING",
            params,
        )
    else:
        changes = ", ".join(f"{quote(each)} = b.{quote(each)}" for each in columns)
        cursor.execute(
            f"UPDATE {name} t SET {changes} FROM {noted.format(before)} AND {found}"
            " AND (SELECT array_agg(o.key ORDER BY o.key) FROM jsonb_object_keys(r.before) o(key))"
            " = %s::text[] AND (r.after IS NULL OR to_jsonb(t) @> r.after)",
            [*params, columns],
        )
