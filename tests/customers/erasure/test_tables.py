"""No table about customers is forgotten by an erasure."""

from __future__ import annotations

import pytest
from django.db import connection

from customers.erasure import registry

pytestmark = pytest.mark.django_db


def test_every_table_with_a_customer_is_told_what_to_do() -> None:
    """Whoever adds a table about customers says here what an erasure does with it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attname = 'customer_id'
              AND c.relname ~ '^(customers|campaigns|journeys)_' AND NOT a.attisdropped
            """
        )
        with_customers = {row[0] for row in cursor.fetchall()}
    assert with_customers - registry.tables() == set()
