"""What the assignment of a batch works on: what the database knows, and the customers so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TypeAlias

# One identity: the id of its namespace, and its value in normal form. A plain pair, since a batch
# makes a hundred thousand of them.
Key: TypeAlias = tuple[int, str]


@dataclass(frozen=True, slots=True)
class World:
    """What the database knows of a batch.

    `owners` says to whom identities belong; `created_at` knows these owners and those named by id
    (any measure of time), and `known` who of them is known. `counts` holds how many identities
    they have per namespace, for those who may get more, and `apart` the pairs that nothing but a
    person may join, the smaller id first.
    """

    owners: Mapping[Key, int]
    created_at: Mapping[int, int]
    known: Set[int]
    strong: frozenset[int]
    limits: Mapping[int, int] = field(default_factory=dict)
    counts: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    apart: frozenset[tuple[int, int]] = frozenset()


class Slots:
    """The customers of a batch, and which of them turned out to be one.

    A slot is a customer id, or a negative number for one who is still to be made.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.slot_of = dict(world.owners)
        self.taken: list[Key] = []
        self.parent: dict[int, int] = {}
        self.members: dict[int, list[int]] = {}
        self.counts: dict[int, Counter[int]] = {}
        self.first_keys: dict[int, Sequence[Key]] = {}
        self.became_known: set[int] = set()
        self.made = 0

    def plain(self, keys: Sequence[Key]) -> int | None:
        """The customer of an item that nothing has to be decided about, or None.

        All its identities are one customer's, or nobody has any of them and each is of a
        namespace of its own. `assign` would come to the same, by a longer way.
        """
        slots = [self.slot_of.get(key) for key in keys]
        slot = slots[0] if slots else None
        if len(slots) > 1 and slots.count(slot) < len(slots):
            return None
        strong = self.world.strong
        if slot is None:
            if not keys or len({space for space, _value in keys}) < len(keys):
                return None
            slot = self.new()
            self.first_keys[slot] = keys
            self.taken += keys
            for key in keys:
                self.slot_of[key] = slot
        elif self.parent:
            slot = self.find(slot)
        if not self.is_known(slot):
            for space, _value in keys:
                if space in strong:
                    self.became_known.add(slot)
                    break
        return slot

    def new(self) -> int:
        """The slot of one more customer to be made."""
        self.made += 1
        return -self.made

    def find(self, slot: int) -> int:
        """Who a slot has become."""
        if slot not in self.parent:
            return slot
        root = slot
        while root in self.parent:
            root = self.parent[root]
        while slot != root:
            self.parent[slot], slot = root, self.parent[slot]
        return root

    def age(self, slot: int) -> tuple[bool, int, int]:
        """Customers that exist come first, the oldest of them at the head; then the new ones."""
        if slot < 0:
            return (True, -slot, 0)
        return (False, self.world.created_at[slot], slot)

    def is_known(self, slot: int) -> bool:
        """Whether the slot has an identity that identifies a person."""
        return slot in self.became_known or slot in self.world.known

    def mark_known(self, slot: int) -> None:
        """The slot has got such an identity."""
        if not self.is_known(slot):
            self.became_known.add(slot)

    def count(self, slot: int) -> Counter[int]:
        """How many identities the slot has per namespace."""
        if slot not in self.counts:
            self.counts[slot] = Counter(self.world.counts.get(slot, {}))
            self.counts[slot].update(space for space, _value in self.first_keys.get(slot, ()))
        return self.counts[slot]

    def has_room(self, slot: int, key: Key) -> bool:
        """Whether the limit of the namespace leaves room for one more."""
        limit = self.world.limits.get(key[0])
        return limit is None or self.count(slot)[key[0]] < limit

    def take(self, slot: int, key: Key) -> None:
        """Give a new identity to a slot."""
        self.count(slot)[key[0]] += 1
        self.slot_of[key] = slot
        self.taken.append(key)

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
