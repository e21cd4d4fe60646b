"""Parts of the customer's page that floors register; this floor does not know who they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.access import Actor
from customers.models import Customer
from customers.scope import Scope

PLACES = ("tiles", "main", "side", "consent")
KINDS = ("events", "messages", "journeys", "identity")


@dataclass(frozen=True, slots=True)
class Section:
    """A card: its title, the template of its inside with the context, a count and a last line.

    In the place "tiles" the context is that of partials/tile.html: name, value, unit, note.
    In the place "consent" only the last line is shown, at the foot of the card of consents.
    """

    title: str
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    count: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, for the timeline. `words` may be safe HTML with <em>; `url` is the
    page that says more."""

    at: datetime
    title: str
    words: str = ""
    family: str = ""
    icon: str = ""
    kind: str = "events"
    url: str = ""


@dataclass(frozen=True, slots=True)
class PageAction:
    """Something that can be done with the customer, in the menu of her page.

    `url` is a small form, which opens in a dialog unless it is a page of its own (`is_page`);
    `is_grave`: it can't be undone.
    """

    label: str
    icon: str
    url: str
    is_page: bool = False
    is_grave: bool = False


SectionMaker = Callable[..., Section | Sequence[Section] | None]
ActionFinder = Callable[..., "PageAction | None"]
MomentFinder = Callable[..., list[Moment]]


@dataclass(frozen=True, slots=True)
class _Registered:
    order: int
    code: str
    place: str
    make: SectionMaker


@dataclass(frozen=True, slots=True)
class Source:
    """Where moments of one kind come from, and the events that it tells better than they do."""

    find: MomentFinder
    kind: str
    tells: frozenset[str] = frozenset()
    marked: str = ""


_sections: dict[str, _Registered] = {}
_timelines: list[Source] = []
_actions: dict[str, tuple[int, ActionFinder]] = {}


def register_section(
    code: str, make: SectionMaker, *, place: str = "side", order: int = 50
) -> None:
    """Show `make(customer, scope=…, now=…, unmask=…)` on the page, one section or several; None
    shows nothing.

    It makes a fixed number of queries and never shows anything of a brand outside `scope`.
    """
    if place not in PLACES:
        raise ValueError(f"place is one of {', '.join(PLACES)}, not {place!r}.")
    _sections[code] = _Registered(order, code, place, make)


def register_timeline(
    find: MomentFinder, *, kind: str, tells: Iterable[str] = (), marked: str = ""
) -> None:
    """Add `find(customer, scope=…, before=…, limit=…, unmask=…)` to the timeline.

    It returns its moments of this kind, newest first, each before `before`, the newest `limit` of
    them, with a fixed number of queries. `tells`: codes of events that would say the same again
    when they have the property `marked`.
    """
    if kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}, not {kind!r}.")
    if all(each.find is not find for each in _timelines):
        _timelines.append(Source(find, kind, frozenset(tells), marked))


def sections_of(
    customer: Customer, place: str, *, scope: Scope, now: datetime, unmask: bool
) -> list[Section]:
    """The sections of one place, in order."""
    registered = sorted((each for each in _sections.values() if each.place == place), key=_order)
    found: list[Section] = []
    for each in registered:
        made = each.make(customer, scope=scope, now=now, unmask=unmask)
        found += [made] if isinstance(made, Section) else made or []
    return found


def register_action(code: str, find: ActionFinder, *, order: int = 50) -> None:
    """Offer `find(customer, actor=…, scope=…, now=…)` in the menu; None offers nothing, such as
    to somebody who may not."""
    _actions[code] = (order, find)


def actions_of(
    customer: Customer, *, actor: Actor, scope: Scope, now: datetime
) -> list[PageAction]:
    """What this reader can do with the customer, in order."""
    found = [
        find(customer, actor=actor, scope=scope, now=now)
        for _order, find in sorted(_actions.values(), key=lambda each: each[0])
    ]
    return [each for each in found if each is not None]


def timelines() -> list[Source]:
    """What the timeline is made of."""
    return list(_timelines)


# helpers


def _order(registered: _Registered) -> tuple[int, str]:
    return registered.order, registered.code
