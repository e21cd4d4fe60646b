"""One round of the outbox: claim, prepare, hand over, write down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.channels import Fault, Result, Status
from campaigns.models import MessageState
from campaigns.outbox.backoff import REST, next_attempt
from campaigns.outbox.claim import Batch, claim, rest_account
from campaigns.outbox.hand import hand_over
from campaigns.outbox.outcome import Outcome, write_down
from campaigns.outbox.prepare import Ready, prepare


@dataclass(frozen=True, slots=True)
class Dispatched:
    """How many messages were claimed, and what became of them."""

    claimed: int = 0
    handed_over: int = 0
    failed: int = 0
    held: int = 0
    retried: int = 0
    uncertain: int = 0

    def __add__(self, other: Dispatched) -> Dispatched:
        return Dispatched(
            *(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__)
        )


def dispatch(now: datetime, *, limit: int = 500, record_only: bool = False) -> Dispatched:
    """Hand over up to *limit* messages per account that are due at *now*, most urgent first.

    1. Claim them in a short transaction; the claim is what makes a cut-off hand-over visible.
    2. Load, check and render all of them at once; what may no longer go is settled here.
    3. Hand over with no transaction open, and write down piece by piece.

    With *record_only* nothing leaves the house, whatever the accounts say, and no pace is kept:
    for replays, whose *now* is virtual.
    """
    claims = claim(now, limit, paced=not record_only)
    # What a pause put back was claimed too: whoever asks whether there is more must go on.
    done = Dispatched(claimed=claims.parked)
    for batch in claims.batches:
        done += _send(batch, now, record_only)
    return done


# helpers


def _send(batch: Batch, now: datetime, record_only: bool) -> Dispatched:
    ready, fates = prepare(batch.messages, now, follows=not record_only)
    counts = Counter(each.state for each in write_down(fates, now=now, claimed_at=now))
    uncertain = retried = 0
    by_id = {each.claimed.id: each for each in ready}
    worst: datetime | None = None
    pieces = hand_over(
        batch.account,
        [each.outgoing for each in ready],
        now=now,
        wait_seconds=batch.wait_seconds,
        record_only=record_only,
    )
    for results in pieces:
        outcomes = _outcomes(results, by_id, now)
        for outcome in write_down(outcomes, now=now, claimed_at=now):
            counts[outcome.state] += 1
        worst = max(filter(None, [worst, *_rests(results, now)]), default=None)
    if worst:
        rest_account(batch.account.pk, worst)
    uncertain = counts[MessageState.UNCERTAIN]
    retried = counts[MessageState.ACCEPTED]
    return Dispatched(
        claimed=len(batch.messages),
        handed_over=counts[MessageState.HANDED_OVER],
        failed=counts[MessageState.FAILED],
        held=counts[MessageState.HELD],
        retried=retried,
        uncertain=uncertain,
    )


def _outcomes(
    results: Iterable[Result], ready: Mapping[int, Ready], now: datetime
) -> list[Outcome]:
    return [_outcome(result, ready[result.id], now) for result in results]


def _outcome(result: Result, ready: Ready, now: datetime) -> Outcome:
    message, outgoing = ready.claimed, ready.outgoing
    state, at = MessageState.HANDED_OVER, None
    error = f"{result.fault.value}|{result.error}" if result.fault else ""
    match result.status:
        case Status.REFUSED:
            state = MessageState.FAILED
        case Status.UNCERTAIN:
            state = MessageState.UNCERTAIN
            error = f"{Fault.INTERRUPTED.value}|{result.error}"
        case Status.UNTOUCHED:
            state, at = MessageState.ACCEPTED, now
        case Status.RETRY:
            at = next_attempt(
                result.fault,
                attempts=message.attempts,
                accepted_at=message.accepted_at,
                now=now,
                number=message.id,
            )
            if at and result.rest_seconds:
                at = max(at, now + timedelta(seconds=result.rest_seconds))
            state = MessageState.ACCEPTED if at else MessageState.FAILED
    return Outcome(
        message,
        state,
        error=error,
        next_attempt_at=at,
        is_untouched=result.status == Status.UNTOUCHED,
        address=outgoing.address,
        language=outgoing.language,
        variant=ready.variant,
        subject=outgoing.subject,
        provider_id=result.provider_id,
    )


def _rests(results: Iterable[Result], now: datetime) -> list[datetime]:
    """Until when an account rests that could not be used at all, whose line broke, or whose
    provider wants to be left alone."""
    rests = [REST[result.fault] for result in results if result.fault in REST]
    rests += [timedelta(seconds=result.rest_seconds) for result in results if result.rest_seconds]
    return [now + rest for rest in rests]
