"""The worker's round: claim calls, make them with no transaction open, write the replies down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db import transaction

from campaigns.secrets import SecretUnreadable, unseal
from config.calling.guard import Allowed, is_permitted
from config.wake import wake
from journeys.engine.statements import execute, fetch
from journeys.webhooks.post import SECONDS, Reply, post

PIECE: Final = 16
# Well beyond the time that a call may take: whoever claimed and died is followed by another.
LEASE: Final = timedelta(minutes=2)
WAITS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400)
)
LONGEST_WAIT: Final = timedelta(hours=4)
WAKE: Final = "journeys.tasks.advance"


class Call(NamedTuple):
    """A claimed call."""

    id: int
    attempts: int
    gives_up_at: datetime
    url: str
    secret: bytes
    body: str
    headers: str
    created_at: datetime
    is_active: bool
    old_secret: bytes | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """How many calls were made, and how many of them are settled."""

    made: int = 0
    settled: int = 0


def call_due(
    now: datetime, *, limit: int = PIECE, allowed: Allowed = is_permitted, seconds: float = SECONDS
) -> Called:
    """Make the calls that are due, several at once; returns how many.

    Any number of workers may do this. A call whose worker dies is made again with the same id.
    """
    with transaction.atomic():
        until = now + LEASE
        rows = fetch("claim_webhook_calls", {"now": now, "until": until, "limit": limit})
    calls = [Call(*row) for row in rows]
    if not calls:
        return Called()
    # Threads touch no database: all that they need is here.
    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        replies = list(pool.map(lambda call: _make(call, now, allowed, seconds), calls))
    return Called(len(calls), settle(calls, replies, now))


def settle(calls: Sequence[Call], replies: Sequence[Reply], now: datetime) -> int:
    """Write what came back, and wake the walks whose calls are settled; returns how many are."""
    states, nexts = [], []
    for call, reply in zip(calls, replies, strict=True):
        again = _next_attempt(call, reply, now)
        states.append("ok" if reply.is_ok else "waiting" if again else "failed")
        nexts.append(again)
    with transaction.atomic():
        done = fetch(
            "settle_webhook_calls",
            {
                "ids": [call.id for call in calls],
                "states": states,
                "statuses": [reply.status for reply in replies],
                "answers": [
                    None if reply.answer is None else json.dumps(reply.answer) for reply in replies
                ],
                "errors": [reply.error[:300] for reply in replies],
                "nexts": nexts,
            },
        )
        over = [row for row in done if row[2] != "waiting"]
        if over:
            execute(
                "answer_walk",
                {
                    "enrollments": [row[0] for row in over],
                    "visits": [row[1] for row in over],
                    "ats": [now] * len(over),
                    "labels": [row[2] for row in over],
                },
            )
            wake(WAKE)
    return len(over)


# helpers


def _make(call: Call, now: datetime, allowed: Allowed, seconds: float) -> Reply:
    if not call.is_active:
        return Reply(None, error="The webhook is switched off.", is_final=True)
    try:
        secret = unseal(call.secret)
        old = unseal(call.old_secret) if call.old_secret else ""
    except SecretUnreadable as error:
        return Reply(None, error=str(error), is_final=True)
    id = f"call_{call.id}"
    body, headers = json.loads(call.body), json.loads(call.headers)
    return post(
        call.url,
        secret,
        id,
        body,
        at=now,
        allowed=allowed,
        seconds=seconds,
        headers=headers,
        old_secret=old,
    )


def _next_attempt(call: Call, reply: Reply, now: datetime) -> datetime | None:
    """When to try again; None when it is settled."""
    if reply.is_ok or reply.is_final or call.attempts > len(WAITS):
        return None
    wait = WAITS[call.attempts - 1]
    if reply.retry_after is not None:
        wait = min(max(wait, timedelta(seconds=reply.retry_after)), LONGEST_WAIT)
    again = now + wait
    return again if again < call.gives_up_at else None
