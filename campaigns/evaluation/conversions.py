"""What the floor above knows of goals: whether a send was followed by one.

Journeys register how it is asked; the counts here join it.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Exists


class Conversions(NamedTuple):
    """SQL that joins what knows of the goal of a candidate `c` with the message `m`, the condition
    that it was reached after the message, and the same condition for querysets of candidates."""

    join: str
    condition: str
    exists: Exists


_known: list[Conversions] = []


def register_conversions(conversions: Conversions) -> None:
    """Say how conversions are known; the last word counts."""
    _known[:] = [conversions]


def conversions() -> Conversions | None:
    """How conversions are known, if anybody knows of goals."""
    return _known[-1] if _known else None
