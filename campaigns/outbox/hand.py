"""Handing a prepared batch over, with no transaction open: a provider may take its time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import overload

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
from campaigns.channels.recording import Recording
from campaigns.models import ChannelAccount
from campaigns.secrets import SecretUnreadable

# Well within the lease: what has not begun by then goes back untouched.
PATIENCE_SECONDS = 120.0
PIECE = 50
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
    piece = len(batch)
    if not chosen.is_at_home:
        walked = Paced(batch, account.per_second, wait_seconds)
        piece = PIECE
    held: list[Result] = []
    for result in _every(chosen, batch, walked, now):
        held.append(result)
        if len(held) >= piece:
            yield held
            held = []
    if held:
        yield held


class Paced(Sequence[Outgoing]):
    """A batch whose messages appear no faster than the account may send.

    A provider walks through it; after `PATIENCE_SECONDS` it ends early.
    """

    def __init__(
        self,
        batch: Sequence[Outgoing],
        per_second: int,
        wait_seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._batch, self._per_second = batch, per_second
        self._clock, self._sleep = clock, sleep
        self._begin = clock()
        self._first = self._begin + wait_seconds

    def __len__(self) -> int:
        return len(self._batch)

    @overload
    def __getitem__(self, place: int) -> Outgoing: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Outgoing]: ...
    def __getitem__(self, place: int | slice) -> Outgoing | Sequence[Outgoing]:
        return self._batch[place]

    def __iter__(self) -> Iterator[Outgoing]:
        for place, message in enumerate(self._batch):
            due = self._first + (place / self._per_second if self._per_second else 0.0)
            if max(due, self._clock()) - self._begin > PATIENCE_SECONDS:
                return
            if (pause := due - self._clock()) > 0:
                self._sleep(pause)
            yield message


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
