"""What became of each claimed message, and writing it down: state, event, next attempt."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, connection, transaction

from campaigns.models import MessageState
from campaigns.outbox.claim import Claimed
from campaigns.outbox.facts import tell

LONGEST_ERROR = 400
ATTEMPTS = 3
_log = logging.getLogger(__name__)

# Only what this worker claimed, or what was called uncertain meanwhile: the truth came late.
WRITE = """
UPDATE campaigns_message m
SET state = told.state,
    claimed_at = CASE WHEN told.state = 'accepted' THEN NULL ELSE m.claimed_at END,
    next_attempt_at = told.next_attempt_at,
    attempts = m.attempts - told.unspent,
    handed_over_at = CASE WHEN told.state = 'handed_over' THEN %(now)s ELSE m.handed_over_at END,
    address = told.address, language = told.language, variant = told.variant,
    subject = told.subject, provider_id = told.provider_id, error = told.error
FROM unnest(
    %(ids)s::bigint[], %(states)s::text[], %(nexts)s::timestamptz[], %(unspents)s::int[],
    %(addresses)s::text[], %(languages)s::text[], %(variants)s::text[], %(subjects)s::text[],
    %(provider_ids)s::text[], %(errors)s::text[]
) AS told (id, state, next_attempt_at, unspent, address, language, variant, subject, provider_id,
    error)
WHERE m.id = told.id AND m.claimed_at = %(claimed_at)s AND m.state IN ('accepted', 'uncertain')
RETURNING m.id
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of one message. State "accepted" means: once more, at *next_attempt_at*.

    *error* is `code|the provider's words`; `words` says it to a reader.
    """

    message: Claimed
    state: MessageState
    error: str = ""
    next_attempt_at: datetime | None = None
    is_untouched: bool = False
    address: str = ""
    language: str = ""
    variant: str = ""
    subject: str = ""
    provider_id: str = ""


def write_down(
    outcomes: Sequence[Outcome], *, now: datetime, claimed_at: datetime
) -> list[Outcome]:
    """Write the fates and tell the customers' timelines, brand by brand; returns those written.

    State and event commit together, so neither can be lost or doubled without the other.
    """
    written: list[Outcome] = []
    for brand_id, of_brand in _by_brand(outcomes).items():
        try:
            written += _with_facts(brand_id, of_brand, now, claimed_at)
        except Exception:
            # Whoever listens to events fails. That a message went out is true all the same, and
            # unwritten it would be called uncertain.
            _log.exception("the events of %s messages could not be taken in", len(of_brand))
            written += _kept(of_brand, _update(of_brand, now, claimed_at))
    return written


# helpers


def _with_facts(
    brand_id: int, outcomes: Sequence[Outcome], now: datetime, claimed_at: datetime
) -> list[Outcome]:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                kept = _kept(outcomes, _update(outcomes, now, claimed_at))
                tell(brand_id, kept, now)
            return kept
        except OperationalError:
            # A deadlock with somebody else's events rolls one of both back; inside an outer
            # transaction it takes that one along.
            if attempt == ATTEMPTS or connection.in_atomic_block:
                raise
    raise AssertionError("unreachable")


def _kept(outcomes: Sequence[Outcome], ids: set[int]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.message.id in ids]


def _update(outcomes: Sequence[Outcome], now: datetime, claimed_at: datetime) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE,
            {
                "now": now,
                "claimed_at": claimed_at,
                "ids": [each.message.id for each in outcomes],
                "states": [each.state.value for each in outcomes],
                "nexts": [each.next_attempt_at for each in outcomes],
                "unspents": [int(each.is_untouched) for each in outcomes],
                "addresses": [each.address for each in outcomes],
                "languages": [each.language for each in outcomes],
                "variants": [each.variant for each in outcomes],
                "subjects": [each.subject for each in outcomes],
                "provider_ids": [each.provider_id for each in outcomes],
                "errors": [each.error[:LONGEST_ERROR] for each in outcomes],
            },
        )
        return {pk for (pk,) in cursor.fetchall()}


def _by_brand(outcomes: Iterable[Outcome]) -> dict[int, list[Outcome]]:
    grouped: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        grouped.setdefault(outcome.message.brand_id, []).append(outcome)
    return grouped
