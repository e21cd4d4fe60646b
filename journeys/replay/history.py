"""A recorded history: all of it in time order, cut into pieces for one transaction each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from config.errors import ConfigurationError
from journeys.replay.readers import READERS, Recorded, Unreadable

# How many events one transaction takes in.
MOST = 10_000


@dataclass(frozen=True)
class History:
    """The readable events in time order, and the lines that could not be read."""

    events: Sequence[Recorded]
    unreadable: Sequence[Unreadable]


@dataclass(frozen=True)
class Piece:
    """Some of the events; `position` is the number of events up to its end."""

    events: Sequence[Recorded]
    position: int


def read_history(dataset: str, path: Path) -> History:
    """Read a data set; events of one moment stay in the order of their lines.

    Raises ConfigurationError when there is no such data set, or nothing in it can be read.
    """
    reader = READERS.get(dataset)
    if reader is None:
        raise ConfigurationError(
            f"There is no data set called {dataset!r}. Expected one of: {', '.join(READERS)}."
        )
    events: list[Recorded] = []
    unreadable: list[Unreadable] = []
    for found in reader(path):
        if isinstance(found, Recorded):
            events.append(found)
        else:
            unreadable.append(found)
    if not events:
        first = f" The first problem, in line {unreadable[0].line}: {unreadable[0].text}" * bool(
            unreadable
        )
        raise ConfigurationError(f"{path} holds no event that can be read.{first}")
    if any(before.at > after.at for before, after in pairwise(events)):
        events.sort(key=lambda event: event.at)
    return History(events, unreadable)


def pieces(
    history: History, position: int, *, grain: timedelta, most: int = MOST
) -> Iterator[Piece]:
    """The events after *position*, at most *most* at once and none more than *grain* apart."""
    events = history.events
    while position < len(events):
        first, end = events[position].at, position
        while end < len(events) and end - position < most and events[end].at <= first + grain:
            end += 1
        yield Piece(events[position:end], end)
        position = end
