"""Readers of recorded events, one module per data set. A new one is a module and a line below."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from journeys.replay.readers import jsonl, starbucks
from journeys.replay.readers.base import Recorded, Unreadable

Reader = Callable[[Path], Iterator[Recorded | Unreadable]]

READERS: dict[str, Reader] = {"jsonl": jsonl.read, "starbucks": starbucks.read}

__all__ = ["READERS", "Reader", "Recorded", "Unreadable"]
