"""Values that are not valid any more go, and their going is kept in the history."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import connection, transaction

from customers.models import CustomerTag, RunScope, RunState, Tag, TagChange, TagKind, TagRun
from customers.tags.writing import write_differences

BATCH = 20_000
# The count of days changes for everybody every night; older changes of it tell nothing.
DAYS_CHANGES_KEPT = timedelta(days=7)
RUNS_KEPT = timedelta(days=90)

_EXPIRED = """
differs AS MATERIALIZED (
    SELECT ctid AS place, customer_id, tag_id, value, expires_at AS at, expires_at
    FROM customers_customertag
    WHERE expires_at <= %(now)s ORDER BY customer_id, tag_id, value LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
)
"""
_ALL = """
differs AS MATERIALIZED (
    SELECT ctid AS place, customer_id, tag_id, value, %(now)s::timestamptz AS at, expires_at
    FROM customers_customertag WHERE tag_id = %(tag)s ORDER BY customer_id FOR UPDATE
)
"""


def expire(now: datetime) -> int:
    """Take away values whose time is over; returns how many.

    A value that somebody gave is valid from then on. Values that are computed are valid from the
    last refresh of their tag on, all of them at once.
    """
    gone = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            taken = write_differences(cursor, _EXPIRED, {"now": now, "batch": BATCH}).went
            gone += taken
            if taken < BATCH:
                break
    computed = Tag.objects.filter(
        kind__in=(TagKind.FACT, TagKind.MODEL), valid_days__isnull=False, refreshed_at__isnull=False
    )
    for tag in computed.exclude(definition={}):
        if tag.refreshed_at + timedelta(days=tag.valid_days or 0) <= now:  # type: ignore[operator]
            gone += _empty(tag, now)
    return gone


def forget(now: datetime) -> int:
    """Remove old lines of the log, and old changes of values that count days."""
    days = Tag.objects.filter(definition__fact__of="days_since")
    old = TagChange.objects.filter(tag__in=days, at__lt=now - DAYS_CHANGES_KEPT)
    runs = TagRun.objects.filter(started_at__lt=now - RUNS_KEPT)
    count: int = old._raw_delete(old.db) + runs._raw_delete(runs.db)
    return count


# helpers


def _empty(tag: Tag, now: datetime) -> int:
    """Take all values of a tag that was not refreshed for too long."""
    started = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        # A refresh at this very moment makes the values valid again.
        if not Tag.objects.filter(pk=tag.pk, refreshed_at=tag.refreshed_at).update(
            refreshed_at=None, figures={}
        ):
            return 0
        gone = write_differences(cursor, _ALL, {"tag": tag.pk, "now": now}).went
        TagRun.objects.create(
            tag=tag,
            scope=RunScope.EXPIRED,
            state=RunState.DONE,
            started_at=now,
            finished_at=now,
            customers=CustomerTag.objects.filter(tag=tag).count(),
            went=gone,
            seconds=time.monotonic() - started,
        )
    return gone
