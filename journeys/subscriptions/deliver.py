"""The worker's round: claim calls, make them with no transaction open, write down what came back.

A receiver that doesn't answer at all is left alone for longer and longer, with everything that is
meant for it; one that refuses a single call is sent the others.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from campaigns.secrets import SecretUnreadable, unseal
from config.calling.guard import Allowed, is_permitted
from customers.access import Actor, record
from journeys.models import Subscription
from journeys.webhooks.post import SECONDS, Reply, post

PIECE: Final = 16
EACH: Final = 4  # calls of one subscription in a round, so that none waits for another's
LEASE: Final = timedelta(minutes=2)
WAITS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 60, 300, 1800, 7200, 18000, 36000)
)
LONGEST: Final = timedelta(hours=10)
SWITCHED_OFF: Final = timedelta(days=3)  # of failures on end
GONE: Final = 410

_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT d.id FROM journeys_subscription s
    CROSS JOIN LATERAL (
        SELECT d.id, d.next_at FROM journeys_delivery d
        WHERE d.subscription_id = s.id AND d.state = 'waiting' AND d.next_at <= %(now)s
        ORDER BY d.next_at, d.id LIMIT %(each)s FOR UPDATE SKIP LOCKED) d
    WHERE s.is_active AND (s.resume_at IS NULL OR s.resume_at <= %(now)s)
    ORDER BY d.next_at, d.id LIMIT %(limit)s
)
UPDATE journeys_delivery d
SET attempts = d.attempts + 1, next_at = %(until)s, tried_at = %(now)s
FROM due, journeys_subscription s, journeys_webhook w
WHERE d.id = due.id AND s.id = d.subscription_id AND w.id = s.webhook_id
RETURNING d.id, s.id, d.topic, d.at, d.facts::text, d.attempts, d.gives_up_at, w.url, w.secret,
          w.is_active, s.namespaces, w.brand_id,
          CASE WHEN w.old_until > %(now)s THEN w.old_secret END
"""
_SETTLE = """
UPDATE journeys_delivery d
SET state = new.state, status = new.status, error = new.error, next_at = new.next_at
FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(statuses)s::int[], %(errors)s::text[],
            %(nexts)s::timestamptz[]) AS new (id, state, status, error, next_at)
WHERE d.id = new.id AND d.state = 'waiting'
"""
# Merged customers are told as who they became; erased ones without an identity.
_WHO = """
SELECT asked.id, c.id, n.code, array_agg(i.value ORDER BY i.id)
FROM unnest(%(ids)s::bigint[]) AS asked (id)
JOIN customers_customer o ON o.id = asked.id
JOIN customers_customer c ON c.id = coalesce(o.merged_into_id, o.id)
LEFT JOIN customers_identity i ON i.customer_id = c.id
LEFT JOIN customers_namespace n ON n.id = i.namespace_id AND n.code = ANY(%(spaces)s)
     AND (n.brand_id IS NULL OR n.brand_id = ANY(%(brands)s))
GROUP BY 1, 2, 3
"""


class Call(NamedTuple):
    """A claimed call."""

    id: int
    subscription_id: int
    topic: str
    at: datetime
    facts: str
    attempts: int
    gives_up_at: datetime
    url: str
    secret: bytes
    is_active: bool
    namespaces: list[str]
    brand_id: int
    old_secret: bytes | None


@dataclass(frozen=True, slots=True)
class Who:
    """A customer as she is told: her number now, and her identities by namespace."""

    id: int
    identities: Mapping[str, Sequence[str]]


def deliver_due(
    now: datetime, *, limit: int = PIECE, allowed: Allowed = is_permitted, seconds: float = SECONDS
) -> int:
    """Make the calls that are due, several at once; returns how many were made.

    Any number of workers may do this. A call whose worker dies is made again with the same id.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        until = now + LEASE
        cursor.execute(_CLAIM, {"now": now, "until": until, "each": EACH, "limit": limit})
        calls = [Call(*row) for row in cursor.fetchall()]
    if not calls:
        return 0
    bodies = _bodies(calls)
    # Threads touch no database: all that they need is here.
    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        replies = list(
            pool.map(lambda call, body: _make(call, body, now, allowed, seconds), calls, bodies)
        )
    settle(calls, replies, now)
    return len(calls)


def settle(calls: Sequence[Call], replies: Sequence[Reply], now: datetime) -> None:
    """Write what came back, and how the subscriptions stand by it."""
    settled = [_fate(call, reply, now) for call, reply in zip(calls, replies, strict=True)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "ids": [call.id for call in calls],
                "states": [state for state, _next in settled],
                "statuses": [reply.status for reply in replies],
                "errors": ["" if reply.is_ok else reply.error[:300] for reply in replies],
                "nexts": [following for _state, following in settled],
            },
        )
        of: dict[int, list[Reply]] = defaultdict(list)
        for call, reply in zip(calls, replies, strict=True):
            of[call.subscription_id].append(reply)
        for subscription_id in sorted(of):
            _note(subscription_id, of[subscription_id], now)


def body_of(topic: str, at: datetime, facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is sent: the shape that Standard Webhooks proposes; `data` is a list always."""
    return {"type": topic, "timestamp": at.isoformat(), "data": list(facts)}


# helpers


def _bodies(calls: Sequence[Call]) -> list[dict[str, Any]]:
    """The bodies of calls; one query for all their customers."""
    facts = [json.loads(call.facts) for call in calls]
    asked = {fact["customer"] for each in facts for fact in each if "customer" in fact}
    who = _who(asked, calls)
    bodies = []
    for call, each in zip(calls, facts, strict=True):
        told = []
        for fact in each:
            if "customer" in fact:
                known = who.get(fact["customer"], Who(fact["customer"], {}))
                spaces = {name: known.identities[name] for name in call.namespaces
                          if name in known.identities}  # fmt: skip
                fact = {**fact, "customer": {"id": known.id, **spaces}}
            told.append(fact)
        bodies.append(body_of(call.topic, call.at, told))
    return bodies


def _who(asked: set[int], calls: Sequence[Call]) -> dict[int, Who]:
    if not asked:
        return {}
    found: dict[int, Who] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            _WHO,
            {
                "ids": sorted(asked),
                "spaces": sorted({name for call in calls for name in call.namespaces}),
                "brands": sorted({call.brand_id for call in calls}),
            },
        )
        for id, now_called, space, values in cursor.fetchall():
            held = found.setdefault(id, Who(now_called, {}))
            if space is not None:
                found[id] = Who(held.id, {**held.identities, space: values})
    return found


def _make(
    call: Call, body: Mapping[str, Any], now: datetime, allowed: Allowed, seconds: float
) -> Reply:
    if not call.is_active:
        return Reply(None, error=_("The webhook is switched off."), is_final=True)
    try:
        secret = unseal(call.secret)
        old = unseal(call.old_secret) if call.old_secret else ""
    except SecretUnreadable as error:
        return Reply(None, error=str(error), is_final=True)
    id = f"msg_{call.id}"
    return post(
        call.url, secret, id, dict(body), at=now, allowed=allowed, seconds=seconds, old_secret=old
    )


def _fate(call: Call, reply: Reply, now: datetime) -> tuple[str, datetime | None]:
    """The state of a call, and when it is tried again. Whatever is answered but success may be
    mended on the other side, so it is tried until it is given up."""
    if reply.is_ok:
        return "ok", None
    wait = WAITS[min(call.attempts, len(WAITS)) - 1]
    if reply.retry_after is not None:
        wait = min(max(wait, timedelta(seconds=reply.retry_after)), LONGEST)
    again = now + wait
    if again >= call.gives_up_at or not call.is_active:
        return "failed", None
    return "waiting", again


def _is_away(reply: Reply) -> bool:
    """Whether the receiver as a whole does not answer, rather than refusing this one."""
    return reply.status is None or reply.status >= 500 or reply.status == 429


def _note(subscription_id: int, replies: Sequence[Reply], now: datetime) -> None:
    """How a subscription stands after these replies; switched off when it has failed for days."""
    rows = Subscription.objects.select_for_update().select_related("webhook__brand")
    held = rows.filter(pk=subscription_id).first()
    if held is None:
        return
    if any(reply.is_ok for reply in replies):
        held.failures, held.failing_since, held.resume_at = 0, None, None
        held.succeeded_at = now
    else:
        held.failures += 1
        held.failing_since = held.failing_since or now
        if all(_is_away(reply) for reply in replies):
            wait = WAITS[min(held.failures, len(WAITS)) - 1]
            asked = [reply.retry_after for reply in replies if reply.retry_after is not None]
            if asked:
                wait = min(max(wait, timedelta(seconds=max(asked))), LONGEST)
            held.resume_at = now + wait
    is_gone = any(reply.status == GONE for reply in replies)
    failing = held.failing_since
    if held.is_active and (is_gone or (failing and now - failing >= SWITCHED_OFF)):
        held.is_active = False
        error = next((reply.error for reply in replies if reply.error), "")
        held.note = (
            _("It answered 410: nobody is there any more.")
            if is_gone
            else _("Every call has failed since %(day)s. The last one: %(error)s")
            % {"day": f"{failing:%Y-%m-%d %H:%M}", "error": error}
        )[:300]
        actor = Actor.of_system("webhooks")
        record(
            actor, "subscription.switch_off", held, now=now, brand=held.webhook.brand,
            changes={"note": held.note},
        )  # fmt: skip
    held.save()
