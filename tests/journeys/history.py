"""Rows of history, written without the engine."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def write_visit(
    enrollment_id: int, visit: int, version_id: int, node: str, outcome: str, arrived: datetime,
    left: datetime,
) -> None:  # fmt: skip
    """One visit as a stretch of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT journeys_ensure_history(%s, %s)", [left, left])
        cursor.execute(
            "INSERT INTO journeys_stretch (enrollment_id, version_id, arrived_at, left_at, visit,"
            " path) VALUES (%s, %s, %s, %s, %s, ARRAY[journeys_way_id(%s, %s)])",
            [enrollment_id, version_id, arrived, left, visit, node, outcome],
        )
