"""Asks the database who matches a rule."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from customers.rules.compile import audience, compile_rule
from customers.rules.nodes import Rule


def evaluate(
    rule: Rule, customer_ids: Collection[int], *, now: datetime, brand_id: int | None = None
) -> set[int]:
    """Those of *customer_ids* who match at *now*, in one query."""
    if not customer_ids:
        return set()
    sql, params = compile_rule(rule, now=now, brand_id=brand_id)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id FROM customers_customer c WHERE c.id = ANY(%s) AND {sql}",
            [list(customer_ids), *params],
        )
        return {row[0] for row in cursor.fetchall()}


def count(rule: Rule, *, now: datetime, brand_id: int | None = None) -> int:
    """How many customers of the group match at *now*."""
    sql, params = audience(rule, now=now, brand_id=brand_id)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS audience", params)
        return int(cursor.fetchone()[0])
