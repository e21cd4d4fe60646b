"""To whom does each item of a batch belong? Pure: no database, the same answer every time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class Key(NamedTuple):
    """One identity in normal form."""

    namespace_id: int
    value: str


class Known(NamedTuple):
    """A customer who exists."""

    is_known: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class World:
    """What the database knows of a batch.

    `owners` says to whom identities belong; `customers` are these owners and those named by id.
    `counts` holds how many identities they have per namespace, for those who may get more, and
    `apart` the pairs that nothing but a person may join, the smaller id first.
    """

    owners: Mapping[Key, int]
    customers: Mapping[int, Known]
    strong: frozenset[int]
    limits: Mapping[int, int] = field(default_factory=dict)
    counts: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    apart: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Clash:
    """An item that would join two customers who may not be joined: a limit stands against it
    (`namespaces`), or somebody has kept them apart (then there are none)."""

    index: int
    kept: int
    other: int
    namespaces: tuple[int, ...] = ()


class Join(NamedTuple):
    """A customer who exists becomes part of an older one, because of this item."""

    kept: int
    other: int
    item: int


@dataclass(slots=True)
class Assignment:
    """Slots are customer ids; a negative one is a customer to be made.

    `of_item` is aligned with the items; `new_keys` are the identities to be written.
    """

    of_item: list[int]
    new_keys: dict[Key, int]
    becomes_known: set[int]
    joins: list[Join]
    clashes: list[Clash]


def in_question(
    items: Sequence[Sequence[Key]], fixed: Sequence[int | None], owners: Mapping[Key, int]
) -> set[int]:
    """Customers who may get more identities or be joined with others by these items."""
    found: set[int] = set()
    for keys, fixed_id in zip(items, fixed, strict=True):
        theirs = {owners[key] for key in keys if key in owners}
        if fixed_id is not None:
            theirs.add(fixed_id)
        if len(theirs) > 1 or any(key not in owners for key in keys):
            found |= theirs
    return found


def assign(items: Sequence[Sequence[Key]], fixed: Sequence[int | None], world: World) -> Assignment:
    """Find the customer of every item, in order.

    1. All who have a strong identity of the item are one person; the oldest is kept. So is an
       anonymous customer who has only a weak one: the device becomes a known person.
    2. A weak identity never joins two who are known; alone it decides for itself.
    3. Else the item is a new customer.
    4. A join that would break the limit of a strong namespace, or that somebody has ruled out, does
       not happen: the fact is the oldest's, and the clash is named. A single strong identity above
       the limit becomes a customer of its own and a clash; a weak one is not taken.
    """
    people = _People(world)
    known_slots = dict(world.owners)
    slot_of = dict(world.owners)
    of_item: list[int] = []
    clashes: list[Clash] = []
    joins: list[Join] = []
    for index, keys in enumerate(items):
        firm = [key for key in keys if key.namespace_id in world.strong]
        meant = [people.find(slot_of[key]) for key in firm if key in slot_of]
        fixed_id = fixed[index]
        if fixed_id is not None:
            meant.append(people.find(fixed_id))
        weak = [people.find(slot_of[key]) for key in keys if key in slot_of]
        if firm or meant:
            meant += [slot for slot in weak if not people.is_known(slot)]
        elif weak:
            meant = [min(weak, key=people.age)]
        found = sorted(set(meant), key=people.age)
        slot = found[0] if found else people.new()
        if fixed_id is not None:
            found.sort(key=lambda each: each != people.find(fixed_id))
            slot = found[0]
        for other in found[1:]:
            broken = people.in_the_way(slot, other)
            if broken is None:
                kept, gone = people.join(slot, other)
                if gone > 0:
                    joins.append(Join(kept, gone, index))
                slot = kept
            else:
                clashes.append(Clash(index, slot, other, broken))
        for key in keys:
            if key in slot_of:
                continue
            if people.has_room(slot, key):
                slot_of[key] = people.take(slot, key)
            elif key.namespace_id in world.strong:
                alone = people.new()
                slot_of[key] = people.take(alone, key)
                people.mark_known(alone)
                clashes.append(Clash(index, slot, alone, (key.namespace_id,)))
        if firm:
            people.mark_known(slot)
        of_item.append(slot)
    return Assignment(
        of_item=[people.find(slot) for slot in of_item],
        new_keys={
            key: people.find(slot) for key, slot in slot_of.items() if key not in known_slots
        },
        becomes_known={people.find(slot) for slot in people.became_known},
        joins=[Join(people.find(join.kept), join.other, join.item) for join in joins],
        clashes=_settled(clashes, people),
    )


# helpers


class _People:
    """Customers of this batch, and which of them turned out to be one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.parent: dict[int, int] = {}
        self.members: dict[int, list[int]] = {}
        self.counts: dict[int, Counter[int]] = {}
        self.known: dict[int, bool] = {}
        self.became_known: set[int] = set()
        self.made = 0

    def new(self) -> int:
        self.made += 1
        return -self.made

    def find(self, slot: int) -> int:
        root = slot
        while root in self.parent:
            root = self.parent[root]
        while slot != root:
            self.parent[slot], slot = root, self.parent[slot]
        return root

    def age(self, slot: int) -> tuple[bool, datetime | int, int]:
        """Customers that exist come first, the oldest of them at the head; then the new ones."""
        if slot < 0:
            return (True, -slot, 0)
        return (False, self.world.customers[slot].created_at, slot)

    def is_known(self, slot: int) -> bool:
        if slot in self.known:
            return self.known[slot]
        return slot > 0 and self.world.customers[slot].is_known

    def mark_known(self, slot: int) -> None:
        if not self.is_known(slot):
            self.known[slot] = True
            self.became_known.add(slot)

    def count(self, slot: int) -> Counter[int]:
        if slot not in self.counts:
            self.counts[slot] = Counter(self.world.counts.get(slot, {}))
        return self.counts[slot]

    def has_room(self, slot: int, key: Key) -> bool:
        limit = self.world.limits.get(key.namespace_id)
        return limit is None or self.count(slot)[key.namespace_id] < limit

    def take(self, slot: int, key: Key) -> int:
        self.count(slot)[key.namespace_id] += 1
        return slot

    def in_the_way(self, one: int, two: int) -> tuple[int, ...] | None:
        """Namespaces whose limit a join would break; empty when the two are kept apart; None
        when nothing stands against it."""
        if self.world.apart:
            for a in self._existing(one):
                for b in self._existing(two):
                    if (min(a, b), max(a, b)) in self.world.apart:
                        return ()
        mine, theirs = self.count(one), self.count(two)
        broken = [
            space
            for space in mine.keys() & theirs.keys() & self.world.strong
            if mine[space]
            and theirs[space]
            and mine[space] + theirs[space] > self.world.limits.get(space, 2**31)
        ]
        return tuple(sorted(broken)) or None

    def join(self, one: int, two: int) -> tuple[int, int]:
        """Make one of two; returns who is kept, the older, and who is gone."""
        kept, gone = sorted((one, two), key=self.age)
        known = self.is_known(kept) or self.is_known(gone)
        if known and not self.is_known(kept):
            self.mark_known(kept)
        self.members[kept] = self._existing(kept) + self._existing(gone)
        self.count(kept).update(self.count(gone))
        self.parent[gone] = kept
        return kept, gone

    def _existing(self, slot: int) -> list[int]:
        return self.members.get(slot) or ([slot] if slot > 0 else [])


def _settled(clashes: Iterable[Clash], people: _People) -> list[Clash]:
    """Clashes that are left at the end of the batch, each pair once."""
    found: dict[tuple[int, int], Clash] = {}
    for clash in clashes:
        kept, other = sorted((people.find(clash.kept), people.find(clash.other)), key=people.age)
        if kept != other:
            found.setdefault((kept, other), Clash(clash.index, kept, other, clash.namespaces))
    return list(found.values())
