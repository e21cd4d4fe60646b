"""Moving customers in the transaction that takes their event in, where that is quick and safe.

The door has entered them and set their timers by then. What is not moved here is left due, and the
wake-up of a worker follows: nothing depends on this, it only saves the way.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import datetime

from django.db import transaction

from config.wake import is_quiet, wake
from journeys.engine.compiled import move_timers
from journeys.engine.ledger import Ledger, TimerRow, write
from journeys.engine.statements import fetch
from journeys.engine.travellers import WALKING, interpret
from journeys.engine.versions import Version, read_versions

GATE = "campaigns.tasks.gate"
# A large batch of events is for the workers: it would hold its customers for too long.
MOST = 200

_log = logging.getLogger(__name__)


def move_at_once(now: datetime) -> bool:
    """Move those whom the events of `ingested_events` have made due; tells whether nobody is left.

    Customers whose bucket a worker owns just now are left to it: whoever has locked customers must
    not wait for a bucket. A walk that fails is left too, so that the facts come in whatever a
    journey does. In a process that drives the engine itself (`no_wakes`) nobody is moved.
    """
    if is_quiet():
        return False
    rows = fetch("due_at_the_door", {"now": now, "most": MOST + 1})
    if len(rows) > MOST:
        return False
    buckets = sorted({row[2] for row in rows})
    leased = {row[0] for row in fetch("lease_buckets", {"buckets": buckets})} if buckets else set()
    by_version: dict[int, list[int]] = defaultdict(list)
    for enrollment_id, version_id, bucket in rows:
        if bucket in leased:
            by_version[version_id].append(enrollment_id)
    is_all = leased == set(buckets)
    versions = read_versions(by_version)
    for version_id in sorted(by_version):
        is_all = _move(versions[version_id], now, by_version[version_id]) and is_all
    return is_all


# helpers


def _move(version: Version, now: datetime, enrollment_ids: list[int]) -> bool:
    if version.state not in WALKING or not version.at_door:
        return False
    try:
        with transaction.atomic():
            ledger = Ledger()
            moved = move_timers(version, now, enrollment_ids, ledger)
            params = {"ids": enrollment_ids, "version": version.id, "now": now}
            left = (
                [TimerRow(*row) for row in fetch("claim_timers_of", params)]
                if moved is None
                else moved.left
            )
            travellers = interpret(now, left, ledger) if left else []
            write(ledger, travellers, now)
    except Exception as error:
        _log.warning("%s at the door are left to the workers: %s", len(enrollment_ids), error)
        return False
    if ledger.wants or (moved and moved.candidates):
        wake(GATE)
    # Whoever goes on at once, after a wait that is over, is looked at by a worker.
    return not any(timer.due_at <= now for timer in ledger.timers)
