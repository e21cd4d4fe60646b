"""One round of the engine: whoever is due, of the customers that this worker owns."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import OperationalError, transaction

from config.wake import wake
from journeys.engine import lag, statistics
from journeys.engine.compiled import move_due
from journeys.engine.history import ensure_between
from journeys.engine.ledger import Ledger, TimerRow, write
from journeys.engine.statements import fetch
from journeys.engine.travellers import WALKING, interpret
from journeys.engine.versions import Version, make_version
from journeys.models import EnrollmentState

LIMIT = 10_000
# With that little to do one worker takes it all; with more it leaves buckets to the others.
FEW = 2_000
SHARE = 64
# Of a round that many journeys want a part of, none gets less than this.
LEAST = 500
ATTEMPTS = 3
GATE = "campaigns.tasks.gate"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Advanced:
    """What was done, in enrollments, steps and messages; `more` when somebody is due still."""

    moved: int = 0
    finished: int = 0
    candidates: int = 0
    set_aside: int = 0
    held: int = 0
    steps: int = 0
    more: bool = False
    waits: Mapping[int, int] = field(default_factory=dict)  # milliseconds after due → how many

    def __add__(self, other: Advanced) -> Advanced:
        """The sums; `more` of the later one."""
        return Advanced(
            self.moved + other.moved,
            self.finished + other.finished,
            self.candidates + other.candidates,
            self.set_aside + other.set_aside,
            self.held + other.held,
            self.steps + other.steps,
            other.more,
        )  # `waits` are of one round: each was done at another moment


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction is to take: timers of one version, due at `now`, `limit` of them."""

    now: datetime
    version: Version
    since: datetime  # the oldest of them fell due then
    limit: int
    buckets: Sequence[int] | None = None
    compiled: bool = True


def advance(
    now: datetime,
    *,
    limit: int = LIMIT,
    buckets: Sequence[int] | None = None,
    compiled: bool = True,
) -> Advanced:
    """Move up to about *limit* timers' enrollments that are due at *now*, version by version.

    The small journeys go first and whole, the large ones share what is left of the round. Each
    version is one transaction:

    1. Lease buckets of customers (of *buckets*, else of all), in a statement of its own.
    2. Move whoever stands where a stretch is compiled, in one statement (unless *compiled* is
       False): claim, places, history, timers, candidates.
    3. Claim the others' timers, lock their enrollments, walk them in memory until everyone waits or
       has left, and write the same.
    4. Write the sums, and commit.

    Killed at any moment, nothing or all of a transaction has happened. A batch that the database
    refuses is interpreted, and taken apart until the enrollment that causes it stands alone; that
    one is set aside. Raises OperationalError when the database is away, and whatever still fails
    for one enrollment alone.
    """
    done, more, left, waits = Advanced(), False, limit, Counter[int]()
    due = fetch("due_versions", {"now": now, "limit": limit})
    for place, (*version_row, since, count) in enumerate(due):
        if left <= 0:
            more = True
            break
        share = max(-(-left // (len(due) - place)), min(LEAST, left))
        part = min(count, share)
        version = make_version(*version_row)
        batch = advance_version(Batch(now, version, since, part, buckets, compiled))
        done += batch
        waits.update(batch.waits)
        more = more or batch.more or part < count
        left -= part
    statistics.refresh(done.steps + done.candidates)
    return replace(done, more=more, waits=waits)


def advance_version(batch: Batch) -> Advanced:
    """One batch of one version; see `advance`."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _transaction(batch)
        except OperationalError as error:
            if attempt == ATTEMPTS or not _is_deadlock(error):
                raise
        except Exception as error:
            _log.warning("a batch of %s failed: %s", batch.limit, error)
            return _isolate(batch, error)
    raise AssertionError("unreachable")


# helpers


def _isolate(batch: Batch, error: Exception) -> Advanced:
    if batch.compiled:
        return advance_version(replace(batch, compiled=False))
    if batch.limit == 1:
        # Nothing is walked this time; if even that fails it is no fault of hers.
        return _transaction(batch, fault=f"{type(error).__name__}: {error}")
    smaller, done = max(1, batch.limit // 20), Advanced(more=True)
    for _piece in range(0, batch.limit, smaller):
        done += advance_version(replace(batch, limit=smaller))
        if done.set_aside or not done.more:
            break
    return done


def _transaction(batch: Batch, fault: str = "") -> Advanced:
    now, ledger = batch.now, Ledger()
    # Before the batch: who makes a month of history keeps others from it until commit.
    ensure_between(batch.since, now)
    with transaction.atomic():
        leased, is_all = _lease(batch)
        if not leased:
            return Advanced(more=not is_all)
        params = {
            "version": batch.version.id,
            "now": now,
            "buckets": leased,
            "limit": batch.limit,
        }
        moved = None
        if batch.compiled and batch.version.state in WALKING:
            moved = move_due(batch.version, now, params, ledger, since=batch.since)
        if moved is None:
            timers = [TimerRow(*row) for row in fetch("claim_timers", params)]
            claimed = len(timers)
        else:
            timers, claimed = moved.left, moved.claimed
        if not claimed:
            return Advanced(more=not is_all)
        travellers = interpret(now, timers, ledger, fault) if timers else []
        write(ledger, travellers, now)
        if ledger.wants or (moved and moved.candidates):
            wake(GATE)
        return Advanced(
            moved=sum(t.is_changed for t in travellers) + (moved.moved if moved else 0),
            finished=sum(t.has_left and t.finished_at is not None for t in travellers)
            + (moved.finished if moved else 0),
            candidates=len(ledger.wants) + (moved.candidates if moved else 0),
            set_aside=sum(t.state == EnrollmentState.SET_ASIDE for t in travellers),
            held=len(ledger.held),
            steps=ledger.steps + (moved.steps if moved else 0),
            more=claimed >= batch.limit or not is_all or ledger.goes_on,
            waits=moved.waits
            if moved
            else lag.waits_of(((timer.kind, timer.due_at) for timer in timers), now),
        )


def _lease(batch: Batch) -> tuple[list[int], bool]:
    """The buckets that this worker owns until commit, and whether they are all that is due."""
    params = {"version": batch.version.id, "now": batch.now, "limit": batch.limit}
    due = dict(fetch("due_buckets", params))
    if batch.buckets is not None:
        due = {bucket: n for bucket, n in due.items() if bucket in set(batch.buckets)}
        wanted = list(batch.buckets) if due else []
    else:
        wanted = list(due)
        if sum(due.values()) >= min(batch.limit, FEW) and len(due) > SHARE:
            wanted = random.sample(wanted, SHARE)
    if not wanted:
        return [], True
    leased = [row[0] for row in fetch("lease_buckets", {"buckets": wanted})]
    return leased, len(wanted) >= len(due)


def _is_deadlock(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") in ("40P01", "40001")
