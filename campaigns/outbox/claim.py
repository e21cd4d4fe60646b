"""Claiming: a short transaction that says which messages this worker hands over."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from campaigns.models import ChannelAccount, SendingPause

# A batch is over long before; whatever is claimed for longer was cut off.
LEASE = timedelta(minutes=15)
# A worker takes no more from an account than it may hand over in this time.
AHEAD = timedelta(seconds=10)
# Resuming wakes what a pause holds; this is for what it missed.
LOOK_AGAIN = timedelta(hours=1)

# Whoever holds the account's row decides on its pace; the others take another account.
FREE_ACCOUNTS = """
SELECT id, rate_per_second, greatest(free_at, %(now)s) AS starts
FROM campaigns_channelaccount
WHERE paused_at IS NULL AND (free_at IS NULL OR free_at < %(until)s OR %(unpaced)s)
ORDER BY id
FOR UPDATE SKIP LOCKED
"""

# Each account gives its most urgent messages, by the index message_due. A claim changes nothing
# that stands in an index: it costs a new version of the row and no entry in any of them.
CLAIM = """
WITH due AS MATERIALIZED (
    SELECT taken.id
    FROM unnest(%(accounts)s::bigint[], %(rooms)s::int[]) AS account (id, room)
    CROSS JOIN LATERAL (
        SELECT m.id FROM campaigns_message m
        WHERE m.account_id = account.id AND m.next_attempt_at <= %(now)s
          AND m.claimed_at IS NULL
        ORDER BY m.priority DESC, m.next_attempt_at
        LIMIT account.room
        FOR UPDATE SKIP LOCKED
    ) taken
)
UPDATE campaigns_message m
SET claimed_at = %(now)s, attempts = m.attempts + 1
FROM due
WHERE m.id = due.id
RETURNING m.id, m.account_id, m.brand_id, m.customer_id, m.content_version_id, m.channel,
    m.purpose, m.attempts, m.priority, m.accepted_at, m.journey_id, m.node, m.campaign_id
"""

# What a pause holds, as if it had never been claimed.
PARK = """
UPDATE campaigns_message SET claimed_at = NULL, next_attempt_at = %(again)s,
    attempts = attempts - 1, error = 'paused'
WHERE id = ANY(%(ids)s::bigint[])
"""

BUSY = """
UPDATE campaigns_channelaccount a SET free_at = busy.until
FROM unnest(%(accounts)s::bigint[], %(untils)s::timestamptz[]) AS busy (id, until)
WHERE a.id = busy.id
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One message that this worker hands over."""

    id: int
    account_id: int
    brand_id: int
    customer_id: int
    content_version_id: int | None
    channel: str
    purpose: str
    attempts: int
    priority: int
    accepted_at: datetime
    journey_id: int
    node: str
    campaign_id: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """The claimed messages of one account, most urgent first, and how soon they may begin."""

    account: ChannelAccount
    messages: Sequence[Claimed]
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class Claims:
    """What a worker hands over, by account, and how many messages a pause has put back."""

    batches: Sequence[Batch] = ()
    parked: int = 0


def claim(now: datetime, limit: int, *, paced: bool = True) -> Claims:
    """Claim up to *limit* due messages of each account that has room; one short transaction.

    With *paced*, an account gives no more than its rate allows, whatever other workers took. What
    a pause holds is put back for an hour: resuming makes it due at once.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FREE_ACCOUNTS, {"now": now, "until": now + AHEAD, "unpaced": not paced})
        free = {pk: (rate, starts) for pk, rate, starts in cursor.fetchall()}
        if not free:
            return Claims()
        rooms = [
            _room(rate, starts, now, limit) if paced else limit for rate, starts in free.values()
        ]
        cursor.execute(
            CLAIM,
            {"accounts": list(free), "rooms": rooms, "now": now},
        )
        claimed = [Claimed(*row) for row in cursor.fetchall()]
        parked = _paused(claimed)
        if parked:
            cursor.execute(PARK, {"ids": sorted(parked), "again": now + LOOK_AGAIN})
            claimed = [message for message in claimed if message.id not in parked]
        by_account: dict[int, list[Claimed]] = {}
        for message in claimed:
            by_account.setdefault(message.account_id, []).append(message)
        if paced and by_account:
            untils = [
                free[pk][1] + timedelta(seconds=len(messages) / free[pk][0])
                for pk, messages in by_account.items()
            ]
            cursor.execute(BUSY, {"accounts": list(by_account), "untils": untils})
        rows = ChannelAccount.objects.in_bulk(by_account)
    batches = [_batch(rows[pk], messages, free[pk][1], now) for pk, messages in by_account.items()]
    return Claims(batches, len(parked))


def rest_account(account_id: int, until: datetime) -> None:
    """Leave an account alone until *until*: nobody answers there."""
    with connection.cursor() as cursor:
        cursor.execute(BUSY, {"accounts": [account_id], "untils": [until]})


# helpers


def _paused(claimed: Sequence[Claimed]) -> set[int]:
    """Those that a pause holds; one query."""
    pauses = list(SendingPause.objects.all()) if claimed else []
    return {
        each.id
        for each in claimed
        if any(
            pause.covers(
                brand_id=each.brand_id,
                channel=each.channel,
                campaign_id=each.campaign_id,
                purpose=each.purpose,
            )
            for pause in pauses
        )
    }


def _room(rate: int, starts: datetime, now: datetime, limit: int) -> int:
    seconds = (now + AHEAD - starts).total_seconds()
    return max(1, min(limit, math.floor(rate * seconds)))


def _batch(
    account: ChannelAccount, messages: list[Claimed], starts: datetime, now: datetime
) -> Batch:
    # UPDATE … RETURNING has no order.
    urgent = sorted(messages, key=lambda m: (-m.priority, m.accepted_at, m.id))
    return Batch(account, urgent, max(0.0, (starts - now).total_seconds()))
