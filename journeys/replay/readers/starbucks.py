"""The Starbucks rewards data set: offers received, viewed and completed, and purchases.

`transcript.json.gz` holds JSON lines; `time` is in whole hours since a beginning that is not told.
Where `portfolio.json` lies beside it, an offer received carries its type and for how many days it
holds, as the message itself would say: `type` and `days`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from config.errors import ConfigurationError
from journeys.replay.readers.base import BadLine, Recorded, Unreadable, read_lines

# Any beginning does; this one is a Monday.
START = datetime(2018, 1, 1, tzinfo=UTC)
MOST_HOURS = 24 * 366
PORTFOLIO = "portfolio.json"
FILES = ("transcript.json.gz", "transcript.json")


def read(path: Path) -> Iterator[Recorded | Unreadable]:
    """Events from the data set's folder, or from the transcript itself."""
    transcript = _transcript(path)
    offers = _offers(transcript.parent / PORTFOLIO)
    return read_lines(transcript, partial(_read_one, offers=offers))


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


def _offers(path: Path) -> dict[str, dict[str, Any]]:
    """offer id → its type and days; empty when there is no portfolio."""
    if not path.exists():
        return {}
    try:
        rows = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        return {row["id"]: {"type": row["offer_type"], "days": row["duration"]} for row in rows}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ConfigurationError(
            f"{path} can't be read ({type(error).__name__}). Expected one JSON object a line with "
            "“id”, “offer_type” and “duration”; put the data set's own file there or remove it."
        ) from error


def _read_one(
    found: dict[str, Any], line: int, *, offers: Mapping[str, Mapping[str, Any]]
) -> Recorded:
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
    if event == "offer received":
        properties |= offers.get(str(properties.get("offer id")), {})
    at = START + timedelta(hours=hours)
    return Recorded(at, event, (("external_id", person),), properties, line)
