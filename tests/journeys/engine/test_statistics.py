"""Which tables the planner has to be told of."""

import pytest
from django.db import connection

from journeys.engine.statements import fetch

pytestmark = pytest.mark.django_db


def _small(rows: int) -> set[str]:
    return {row[0] for row in fetch("known_rows", {"tables": ["filled", "empty"], "rows": rows})}


def test_grown_tables_are_looked_at_and_known_ones_are_not() -> None:
    fill = "INSERT INTO filled SELECT generate_series(1, 5000)"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filled (id bigint); CREATE TABLE empty (id bigint)")
        assert _small(4000) == set()
        cursor.execute(fill)
        assert _small(4000) == {"filled"}
        cursor.execute("ANALYZE filled")
        assert _small(4000) == set()
        # Fewer rows than were written just now, but as many as when it was counted.
        assert _small(20_000) == set()
        cursor.execute(fill)
        assert _small(20_000) == {"filled"}
        # Known as next to none: whatever fills the same pages again is looked at.
        cursor.execute("DELETE FROM filled")
        cursor.execute("ANALYZE filled")
        assert _small(4000) == {"filled"}
