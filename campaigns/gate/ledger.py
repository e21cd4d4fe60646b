"""The store of decisions: its months, and how long they are kept."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from config.database.apart import is_apart


def ensure(first: datetime, last: datetime) -> None:
    """Make the partitions for all decisions between two moments."""
    if is_apart():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT campaigns_ensure_ledger(%s, %s)", [first, last])


def drop_before(moment: datetime) -> int:
    """Drop the months of decisions that were over at *moment*; returns how many.

    Candidates keep the last word on them, and messages stay.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT campaigns_drop_ledger(%s)", [moment])
        ((dropped,),) = cursor.fetchall()
    return int(dropped)
