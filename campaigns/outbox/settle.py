"""Chores of the outbox: what was cut off while it was handed over.

A message that a worker claimed and never wrote down may or may not be with the customer. Where
the provider takes the same message twice with the effect of once, it is handed over again;
everywhere else it is called uncertain and left to a person or to the provider's callback.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from campaigns.channels import CHANNELS
from campaigns.outbox.claim import LEASE

CUT_OFF = """
WITH cut_off AS (
    SELECT m.id,
        (m.channel, coalesce(a.provider, '')) IN (
            SELECT * FROM unnest(%(channels)s::text[], %(providers)s::text[])
        ) OR a.provider = 'http' AND a.settings -> 'idempotent' = 'true' AS repeats
    FROM campaigns_message m LEFT JOIN campaigns_channelaccount a ON a.id = m.account_id
    WHERE m.state = 'accepted' AND m.claimed_at <= %(cut_off)s AND m.next_attempt_at <= %(now)s
    FOR UPDATE OF m SKIP LOCKED
)
UPDATE campaigns_message m
SET state = CASE WHEN repeats THEN 'accepted' ELSE 'uncertain' END,
    claimed_at = CASE WHEN repeats THEN NULL ELSE m.claimed_at END,
    next_attempt_at = CASE WHEN repeats THEN %(now)s END,
    error = 'interrupted|'
FROM cut_off
WHERE m.id = cut_off.id
RETURNING m.state
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """How many messages were called uncertain, and how many are handed over again."""

    uncertain: int = 0
    again: int = 0


def settle(now: datetime) -> Settled:
    """Settle the messages whose claim ran out before *now*; see the module for what that means."""
    pairs = [
        (channel.code, code)
        for channel in CHANNELS.values()
        for code, provider in channel.known_providers().items()
        if provider.is_repeatable
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            CUT_OFF,
            {
                "now": now,
                "cut_off": now - LEASE,
                "channels": [channel for channel, _code in pairs],
                "providers": [code for _channel, code in pairs],
            },
        )
        states = [state for (state,) in cursor.fetchall()]
    return Settled(uncertain=states.count("uncertain"), again=states.count("accepted"))
