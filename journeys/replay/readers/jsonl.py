"""Recorded events of any system, one JSON object a line:

{"time": "2026-01-31T09:30:00+08:00", "event": "order paid",
 "identity": {"phone": "+8613800000000"}, "properties": {"amount": 120}}
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from journeys.replay.readers.base import BadLine, Recorded, Unreadable, read_lines


def read(path: Path) -> Iterator[Recorded | Unreadable]:
    """Events from a file of JSON lines, gzipped or not."""
    return read_lines(path, _read_one)


# helpers


def _read_one(found: dict[str, Any], line: int) -> Recorded:
    event = found.get("event")
    if not isinstance(event, str) or not event:
        raise BadLine(f"Expected “event”: a text, got {event!r}.")
    identity = found.get("identity")
    if not isinstance(identity, dict) or not identity:
        raise BadLine(f"Expected “identity”: such as {{user_id: 17}}, got {identity!r}.")
    properties = found.get("properties", {})
    if not isinstance(properties, dict):
        raise BadLine(f"Expected “properties”: an object, got {properties!r}.")
    identities = tuple((str(name), str(value)) for name, value in identity.items())
    return Recorded(_moment(found.get("time")), event, identities, properties, line)


def _moment(given: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadLine(
            f"Expected “time”: a moment with its zone such as 2026-01-31T09:30:00+08:00, "
            f"got {given!r}."
        )
    return moment.astimezone(UTC)
