"""The limit of time for statements: it stops, takes back, and leaves no trace."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection

from config.database.limit import TookTooLongError, time_limit

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def test_what_takes_too_long_is_stopped_and_taken_back() -> None:
    before = limit()
    with pytest.raises(TookTooLongError), time_limit(0.05) as cursor:
        cursor.execute("CREATE TEMPORARY TABLE half_done (n int)")
        cursor.execute("SELECT pg_sleep(30)")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_temp.half_done') IS NULL")
        assert cursor.fetchone() == (True,)
    assert limit() == before


def test_what_is_quick_goes_through_and_the_limit_ends_with_the_block() -> None:
    before = limit()
    with time_limit(7) as cursor:
        assert limit() == "7s"
        cursor.execute("SELECT 1")
    assert limit() == before


def test_other_errors_are_themselves() -> None:
    with pytest.raises(ProgrammingError), time_limit(1) as cursor:
        cursor.execute("SELECT * FROM no_such_table")
