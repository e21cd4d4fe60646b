"""The look at what is due: refreshes on schedule, customers with new events, lost runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.utils.translation import gettext as _

from customers.models import RunState, Tag, TagDirty, TagKind, TagRun
from customers.tags.clock import next_refresh, zone_of
from customers.tags.refresh import (
    BUDGET_SECONDS,
    LOCK_CLASS,
    Busy,
    NotComputed,
    refresh,
    refresh_changed,
)
from customers.tags.uses import tags_in

COMPUTED = (TagKind.FACT, TagKind.MODEL)
# After its budget a run has ended; who still stands there then has lost its worker.
LOST = timedelta(seconds=BUDGET_SECONDS + 60)
log = structlog.get_logger(__name__)

_HELD = """
SELECT l.objid::bigint, l.pid FROM pg_locks l
WHERE l.locktype = 'advisory' AND l.classid = %s AND l.objsubid = 2 AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def refresh_due(now: datetime) -> int:
    """Refresh the tags whose time has come; one that fails is logged and holds no other up.

    A tag whose rules name another one comes after it.
    """
    due = Tag.objects.filter(next_refresh_at__lte=now, kind__in=COMPUTED).exclude(definition={})
    done = 0
    for tag in in_order(list(due.select_related("brand").order_by("next_refresh_at", "pk"))):
        if _claim(tag, now) and _try(tag, now, full=False):
            done += 1
    return done


def follow(now: datetime) -> int:
    """Look again at the customers of whom events came in, for every tag that follows them."""
    tags = Tag.objects.filter(pk__in=TagDirty.objects.values("tag_id").distinct())
    done = 0
    for tag in in_order(list(tags.filter(kind__in=COMPUTED).exclude(definition={}))):
        done += _try(tag, now, full=None)
    return done


def rescue(now: datetime) -> int:
    """Close the runs whose worker went away; returns how many."""
    held = _holders()
    lost = TagRun.objects.filter(state=RunState.RUNNING, started_at__lt=now - LOST)
    return lost.exclude(tag_id__in=held).update(
        state=RunState.FAILED,
        finished_at=now,
        error=_("Its worker went away. The values are as before."),
    )


def cancel(tag_id: int) -> bool:
    """Stop the statement of the refresh of this tag that runs just now; whether there is one.

    Who holds the lock of the tag is asked in the same statement, so nobody else is ever hit.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT pg_cancel_backend(h.pid) FROM ({_HELD}) AS h (tag_id, pid)"
            " WHERE h.tag_id = %s AND h.pid <> pg_backend_pid()",
            [LOCK_CLASS, tag_id],
        )
        return bool(cursor.fetchall())


def in_order(tags: Sequence[Tag]) -> list[Tag]:
    """The same tags, each after those that its definition names."""
    waiting = {tag.code: tag for tag in tags}
    found: list[Tag] = []
    while waiting:
        ready = [
            code
            for code, tag in waiting.items()
            if not (tags_in(tag.definition) & waiting.keys()) - {code}
        ]
        # In a circle, which is refused when it is written, the first one begins.
        for code in ready or [next(iter(waiting))]:
            found.append(waiting.pop(code))
    return found


# helpers


def _claim(tag: Tag, now: datetime) -> bool:
    """Set the next time, so that no second worker takes the same tag."""
    following = next_refresh(tag.refresh_every, tag.refresh_time, zone_of(tag), now)
    return bool(
        Tag.objects.filter(pk=tag.pk, next_refresh_at=tag.next_refresh_at).update(
            next_refresh_at=following
        )
    )


def _try(tag: Tag, now: datetime, *, full: bool | None) -> bool:
    """Refresh one tag; `full` None looks only at customers of new events."""
    try:
        done = refresh_changed(tag.pk, now) if full is None else refresh(tag.pk, now, full=full)
    except Busy:
        return False
    except NotComputed as error:
        log.warning("tag_not_refreshed", tag=tag.code, problem=str(error))
        return False
    except Exception:
        log.exception("tag_refresh_failed", tag=tag.code)
        return False
    return done is not None and not done.problem


def _holders() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [LOCK_CLASS])
        return [row[0] for row in cursor.fetchall()]
