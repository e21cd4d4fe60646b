"""Who owns which customers: leasing buckets, the unit of work of the gate.

Every candidate of a customer lies in her bucket, and a bucket belongs to the worker that has
locked its row until it commits. The lock is taken in a statement of its own, before anything is
counted: each statement sees what was committed when it began, so the counting statement sees all
that the bucket's last owner wrote. That is what makes frequency caps exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

# Counting stops here: beyond it a bucket is busy, and how busy does not matter.
BUSY_SHARE = 40
# A worker that is behind leaves most of the busy buckets to the others.
BUSY_BUCKETS = 8

PROBE = """
SELECT b.id, due.n
FROM campaigns_bucket b
CROSS JOIN LATERAL (
    SELECT count(*) AS n, min(d.due_at) AS oldest
    FROM (
        SELECT c.due_at FROM campaigns_candidate c
        WHERE c.bucket = b.id AND c.state IN ('waiting', 'deferred') AND c.due_at <= %(now)s
        ORDER BY c.due_at LIMIT %(busy)s
    ) d
) due
WHERE due.n > 0
ORDER BY due.oldest, b.id
"""

LEASE = """
SELECT b.id
FROM campaigns_bucket b JOIN unnest(%(ids)s::int[]) WITH ORDINALITY AS wanted(id, place) USING (id)
ORDER BY wanted.place
LIMIT %(most)s
FOR UPDATE OF b SKIP LOCKED
"""


class Due(NamedTuple):
    """A bucket with candidates that are due; *n* stops counting at the busy mark."""

    bucket: int
    n: int


def probe(cursor: CursorWrapper, now: datetime, limit: int) -> list[Due]:
    """Buckets with something due, the longest waiting first."""
    cursor.execute(PROBE, {"now": now, "busy": busy_mark(limit)})
    return [Due(*row) for row in cursor.fetchall()]


def lease(cursor: CursorWrapper, due: Sequence[Due], limit: int) -> list[int]:
    """Lock as many buckets as hold about *limit* candidates; those of other workers are skipped."""
    most = _how_many(due, limit)
    cursor.execute(LEASE, {"ids": [each.bucket for each in due], "most": most})
    return [bucket for (bucket,) in cursor.fetchall()]


def busy_mark(limit: int) -> int:
    """From how many due candidates on a bucket counts as busy."""
    return max(1, limit // BUSY_SHARE)


# helpers


def _how_many(due: Sequence[Due], limit: int) -> int:
    """How long a piece of *due* holds *limit* candidates, a busy bucket taken for an eighth."""
    mark, held = busy_mark(limit), 0
    for place, each in enumerate(due, start=1):
        held += each.n if each.n < mark else max(each.n, limit // BUSY_BUCKETS)
        if held >= limit:
            return place
    return len(due)
