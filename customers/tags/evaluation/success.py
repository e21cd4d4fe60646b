"""How messages fare whose audiences were chosen by a tag. Floors above register what they see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Audience(NamedTuple):
    """A tag and the journeys that read it, by their ids; brand None: of every brand."""

    tag_id: int
    brand_id: int | None
    journey_ids: tuple[int, ...]


class Counted(NamedTuple):
    """Hits of those who were in an audience and carried the tag, and of all others."""

    hits: int
    whole: int
    other_hits: int
    others: int


Finder = Callable[[Sequence[Audience], datetime, datetime], Mapping[int, Counted]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of success: its code, its name, and who counts it."""

    code: str
    label: StrOrPromise
    find: Finder


_kinds: dict[str, Kind] = {}


def register_success(code: str, label: StrOrPromise, find: Finder) -> None:
    """Let `find(audiences, since, until)` count by tag, with a fixed number of queries."""
    _kinds[code] = Kind(code, label, find)


def kinds() -> list[Kind]:
    """What is registered, by code."""
    return [_kinds[code] for code in sorted(_kinds)]
