"""A batch whose messages appear no faster than their account may send."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, overload

from campaigns.channels.base import Outgoing

# Well within the lease of a claim: what has not begun by then goes back untouched.
PATIENCE_SECONDS: Final = 120.0


class Paced(Sequence[Outgoing]):
    """A provider walks through it once; after `PATIENCE_SECONDS` it ends early."""

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
        self._place = 0

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
            self._place = place
            due = self._due(place)
            if max(due, self._clock()) - self._begin > PATIENCE_SECONDS:
                return
            if (pause := due - self._clock()) > 0:
                self._sleep(pause)
            self._place = place + 1
            yield message

    def waits(self) -> bool:
        """Whether the next message may not go yet, so that asking for it would take a while."""
        return self._due(self._place) > self._clock()

    # helpers

    def _due(self, place: int) -> float:
        return self._first + (place / self._per_second if self._per_second else 0.0)


def waits(batch: Sequence[Outgoing]) -> bool:
    """Whether the next message of a batch that is being walked may not go yet."""
    return isinstance(batch, Paced) and batch.waits()
