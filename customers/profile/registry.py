"""Parts of the customer's page that floors register; this floor does not know who they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.models import Customer
from customers.scope import Scope

PLACES = ("tiles", "main", "side")


@dataclass(frozen=True, slots=True)
class Section:
    """A card: its title, the template of its inside with the context, a count and a last line.

    In the place "tiles" the context is that of partials/tile.html: name, value, unit, note.
    """

    title: str
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    count: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, for the timeline. `words` may be safe HTML with <em>."""

    at: datetime
    title: str
    words: str = ""
    family: str = ""
    icon: str = ""
    kind: str = "events"


SectionMaker = Callable[..., Section | None]
MomentFinder = Callable[..., list[Moment]]


@dataclass(frozen=True, slots=True)
class _Registered:
    order: int
    code: str
    place: str
    make: SectionMaker


_sections: dict[str, _Registered] = {}
_timelines: list[MomentFinder] = []


def register_section(
    code: str, make: SectionMaker, *, place: str = "side", order: int = 50
) -> None:
    """Show `make(customer, scope=…, now=…, unmask=…)` on the page; None shows nothing.

    It makes a fixed number of queries and never shows anything of a brand outside `scope`.
    """
    if place not in PLACES:
        raise ValueError(f"place is one of {', '.join(PLACES)}, not {place!r}.")
    _sections[code] = _Registered(order, code, place, make)


def register_timeline(find: MomentFinder) -> None:
    """Add `find(customer, scope=…, before=…, limit=…)` to the timeline: newest first, each before
    `before`, at most `limit`."""
    if find not in _timelines:
        _timelines.append(find)


def sections_of(
    customer: Customer, place: str, *, scope: Scope, now: datetime, unmask: bool
) -> list[Section]:
    """The sections of one place, in order."""
    registered = sorted((each for each in _sections.values() if each.place == place), key=_order)
    made = [each.make(customer, scope=scope, now=now, unmask=unmask) for each in registered]
    return [section for section in made if section is not None]


def timelines() -> list[MomentFinder]:
    """What the timeline is made of."""
    return list(_timelines)


# helpers


def _order(registered: _Registered) -> tuple[int, str]:
    return registered.order, registered.code
