"""Builds a segment: who matches now, as a difference to who is in it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from customers.models import Segment, SegmentKind, SegmentSize
from customers.rules import audience, read_rule

# A rule that takes longer is stopped, so that one segment never holds up the others.
BUDGET_SECONDS = 300

# Everybody who matches is found once; then one statement removes and one adds.
_ENTER = """
INSERT INTO customers_segmentmember (segment_id, customer_id, since)
SELECT %s, m.id, %s FROM segment_matches m
WHERE NOT EXISTS (SELECT 1 FROM customers_segmentmember s
                  WHERE s.segment_id = %s AND s.customer_id = m.id)
ORDER BY m.id ON CONFLICT DO NOTHING
"""
_LEAVE = """
DELETE FROM customers_segmentmember s
WHERE s.segment_id = %s
  AND NOT EXISTS (SELECT 1 FROM segment_matches m WHERE m.id = s.customer_id)
"""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did. `problem` is a sentence when the members were left as they were."""

    size: int
    entered: int
    left: int
    seconds: float
    problem: str = ""


def build(segment: Segment, *, now: datetime) -> Built:
    """Bring the members of *segment* up to date, and write its size into the history.

    Two builds of one segment at once are one after the other. A rule that can't be used any more
    or takes too long leaves the members as they are and is named in `segment.problem`.
    """
    started = time.monotonic()
    try:
        with transaction.atomic():
            locked = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
            entered, left, problem = _members(locked, now)
            size = segment.size
            if not problem:
                size = locked.members.count()
                SegmentSize.objects.update_or_create(
                    segment=locked, at=now, defaults={"size": size}
                )
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", "") != "57014":
            raise
        entered, left, size = 0, 0, segment.size
        problem = _("The rule took longer than %(most)s seconds and was stopped.") % {
            "most": BUDGET_SECONDS
        }
    seconds = time.monotonic() - started
    segment.size, segment.build_seconds = size, seconds
    segment.built_at, segment.problem = now, problem[:240]
    segment.save(update_fields=["size", "build_seconds", "built_at", "problem"])
    return Built(size, entered, left, seconds, problem)


# helpers


def _members(segment: Segment, now: datetime) -> tuple[int, int, str]:
    """(entered, left, problem); a list has no rule and only counts itself."""
    if segment.kind == SegmentKind.LIST:
        return 0, 0, ""
    rule, problems = read_rule(segment.rule)
    if rule is None:
        return 0, 0, "; ".join(f"{problem.place}: {problem.text}" for problem in problems)
    sql, params = audience(rule, now=now, brand_id=segment.brand_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('statement_timeout'),"
            " set_config('statement_timeout', %s, true)",
            [f"{BUDGET_SECONDS}s"],
        )
        before = cursor.fetchone()[0]
        cursor.execute("DROP TABLE IF EXISTS pg_temp.segment_matches")
        cursor.execute(f"CREATE TEMPORARY TABLE segment_matches ON COMMIT DROP AS {sql}", params)
        cursor.execute("ANALYZE segment_matches")
        cursor.execute(_LEAVE, [segment.pk])
        left = cursor.rowcount
        cursor.execute(_ENTER, [segment.pk, now, segment.pk])
        entered = cursor.rowcount
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    return entered, left, ""
