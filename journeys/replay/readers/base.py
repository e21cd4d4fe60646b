"""What readers of recorded events give, and the reading of lines that they share."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from config.errors import ConfigurationError


class Recorded(NamedTuple):
    """One event of the past and the line it stands in."""

    at: datetime
    event: str
    identities: tuple[tuple[str, str], ...]  # (namespace, value)
    properties: dict[str, Any]
    line: int


class Unreadable(NamedTuple):
    """A line that is no event; the text says what was expected."""

    line: int
    text: str


class BadLine(ValueError):
    """Raised by a reader for a line that is no event; the text is a sentence."""


def read_lines(
    path: Path, read: Callable[[dict[str, Any], int], Recorded]
) -> Iterator[Recorded | Unreadable]:
    """The events of a file of JSON lines, gzipped or not. Blank lines are skipped.

    Raises ConfigurationError when the file itself can't be read.
    """
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.isspace():
                    continue
                try:
                    yield read(_object(line), number)
                except BadLine as problem:
                    yield Unreadable(number, str(problem))
    except (OSError, EOFError) as error:
        raise ConfigurationError(
            f"{path} can't be read: {getattr(error, 'strerror', None) or error}. Name a file of "
            "recorded events, or the folder of a data set."
        ) from error


# helpers


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        shown = line.decode(errors="replace").strip()[:60]
        raise BadLine(f"Expected a JSON object, got “{shown}” ({error}).") from error
    if not isinstance(found, dict):
        raise BadLine(f"Expected a JSON object, got {type(found).__name__}.")
    return found
