"""A month of events that two need at the same moment is made once, and both go on."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, connections, transaction

MONTH = "1987-05-10T00:00:00+00:00"
ENSURE = "SELECT customers_ensure_event_partitions(%s, %s)"
WAITS = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"


@pytest.mark.django_db(transaction=True)
def test_who_waited_for_the_month_finds_it_made() -> None:
    made: list[int] = []

    def second() -> None:
        try:
            with connection.cursor() as cursor:
                # What this connection knows of its tables is from before the month was made.
                cursor.execute("SELECT count(*) FROM customers_event")
                cursor.execute(ENSURE, [MONTH, MONTH])
                made.append(cursor.fetchone()[0])
        finally:
            connections.close_all()

    other = threading.Thread(target=second)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ENSURE, [MONTH, MONTH])
            assert cursor.fetchone()[0] == 1
            other.start()
            for _look in range(200):
                cursor.execute(WAITS)
                if cursor.fetchone()[0]:
                    break
                threading.Event().wait(0.02)
        other.join(20)
        assert made == [0]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS customers_event_198705")
