"""The Starbucks rewards data set: offers received, viewed and completed, and purchases.

`transcript.json.gz` holds JSON lines; `time` is in whole hours since a beginning that is not told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config.errors import ConfigurationError
from journeys.replay.readers.base import BadLine, Recorded, Unreadable, read_lines

# Any beginning does; this one is a Monday.
START = datetime(2018, 1, 1, tzinfo=UTC)
MOST_HOURS = 24 * 366
FILES = ("transcript.json.gz", "transcript.json")


def read(path: Path) -> Iterator[Recorded | Unreadable]:
    """Events from the data set's folder, or from the transcript itself."""
    return read_lines(_transcript(path), _read_one)


# helpers


def _transcript(path: Path) -> Path:
    if not path.is_dir():
        return path
    for name in FILES:
        if (path / name).exists():
            return path / name
    raise ConfigurationError(
        f"There is no {FILES[0]} in {path}. Name the folder of the Starbucks data set."
    )


def _read_one(found: dict[str, Any], line: int) -> Recorded:
    person, event = found.get("person"), found.get("event")
    if not isinstance(person, str) or not person:
        raise BadLine(f"Expected “person”: a text, got {person!r}.")
    if not isinstance(event, str) or not event:
        raise BadLine(f"Expected “event”: a text, got {event!r}.")
    hours = found.get("time")
    if isinstance(hours, bool) or not isinstance(hours, int) or not 0 <= hours <= MOST_HOURS:
        raise BadLine(f"Expected “time”: hours since the beginning, got {hours!r}.")
    value = found.get("value", {})
    if not isinstance(value, dict):
        raise BadLine(f"Expected “value”: an object, got {value!r}.")
    # The same thing is called "offer id" when received or viewed and "offer_id" when completed.
    properties = {"offer id" if key == "offer_id" else key: each for key, each in value.items()}
    at = START + timedelta(hours=hours)
    return Recorded(at, event, (("external_id", person),), properties, line)
