"""Two customers side by side: what each has, what a merge would keep, and which rule says so.

Floors above register blocks of their own; this floor does not know who they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from customers.models import Customer
from customers.scope import Scope


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that both may have: the words of each (several lines), and what a merge keeps.

    `why` names the rule; `tone` is "differs" when the two don't agree, "limit" when a merge breaks
    a limit, else "".
    """

    name: str
    kept: Sequence[str] = ()
    other: Sequence[str] = ()
    after: Sequence[str] = ()
    why: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines under one title; `same` are those in which the two agree, shown on request."""

    title: str
    lines: Sequence[Line]
    same: Sequence[Line] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Both:
    """The two customers, the older one first: she is kept. `seen` are the ids of those whose
    personal data are shown to the reader just now."""

    kept: Customer
    other: Customer
    scope: Scope
    now: datetime
    seen: frozenset[int]

    @property
    def sees_both(self) -> bool:
        return self.seen.issuperset(self.ids)

    @property
    def ids(self) -> list[int]:
        return [self.kept.pk, self.other.pk]


Maker = Callable[[Both], Block | None]


@dataclass
class _Registered:
    makers: list[tuple[int, Maker]] = field(default_factory=list)


_registered = _Registered()


def register_block(make: Maker, *, order: int = 50) -> None:
    """Show `make(both)` when two customers are compared; None shows nothing.

    It makes a fixed number of queries and never shows anything of a brand outside `both.scope`.
    Registering twice is the same as once.
    """
    if all(each is not make for _order, each in _registered.makers):
        _registered.makers.append((order, make))


def compare(both: Both) -> list[Block]:
    """All blocks about the two, in order."""
    made = [make(both) for _order, make in sorted(_registered.makers, key=lambda each: each[0])]
    return [block for block in made if block is not None and (block.lines or block.same)]


def older_first(one: Customer, two: Customer) -> tuple[Customer, Customer]:
    """Who is kept in a merge, and who becomes part of her."""
    kept, other = sorted((one, two), key=lambda each: (each.created_at, each.pk))
    return kept, other
