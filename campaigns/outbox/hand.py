"""Handing a prepared batch over, with no transaction open: a provider may take its time."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from campaigns.channels import (
    Account,
    Fault,
    Outgoing,
    Provider,
    ProviderMissing,
    Result,
    Status,
    channel,
)
from campaigns.channels.pace import Paced
from campaigns.channels.recording import Recording
from campaigns.models import ChannelAccount
from campaigns.secrets import SecretUnreadable

# A piece is written down when it is so large or so old: a crash leaves no more than that unwritten,
# and a fast provider is not slowed down by many small transactions.
PIECE = 500
PIECE_SECONDS = 0.25
_log = logging.getLogger(__name__)


def hand_over(
    row: ChannelAccount,
    batch: Sequence[Outgoing],
    *,
    now: datetime,
    wait_seconds: float = 0.0,
    record_only: bool = False,
) -> Iterator[list[Result]]:
    """Hand *batch* over through the account; yield results in pieces, one for every message.

    Each piece is to be written down before the next is asked for: what is written is not lost
    when this process dies. Keeps the account's pace. An account that can't be used leaves its
    messages untouched.
    """
    try:
        account = Account.of(row)
        chosen = Recording(account) if record_only else channel(row.channel).provider(account)
    except (ProviderMissing, SecretUnreadable, KeyError) as error:
        text = " ".join(str(error).split())[:300]
        yield [Result(m.id, Status.UNTOUCHED, fault=Fault.ACCOUNT, error=text) for m in batch]
        return
    walked: Sequence[Outgoing] = batch
    if not chosen.is_at_home:
        walked = Paced(batch, account.per_second, wait_seconds)
    held: list[Result] = []
    began = time.monotonic()
    for result in _every(chosen, batch, walked, now):
        held.append(result)
        if chosen.is_at_home:
            continue
        if len(held) >= PIECE or time.monotonic() - began >= PIECE_SECONDS:
            yield held
            held = []
            began = time.monotonic()
    if held:
        yield held


# helpers


def _every(
    provider: Provider, batch: Sequence[Outgoing], walked: Sequence[Outgoing], now: datetime
) -> Iterator[Result]:
    """The provider's results, and one for each message that it left out or broke on."""
    told: set[int] = set()
    status = Status.UNTOUCHED
    try:
        for result in provider.hand_over(walked, now):
            told.add(result.id)
            yield result
    except Exception:
        # Against the contract, and nobody knows how far it came with the next message.
        _log.exception("provider %s broke while handing over", provider.account.provider)
        status = Status.UNCERTAIN
    for message in batch:
        if message.id not in told:
            yield Result(message.id, status, fault=Fault.INTERRUPTED)
            status = Status.UNTOUCHED
