"""To whom does each item of a batch belong? Pure: no database, the same answer every time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Key(NamedTuple):
    """One identity in normal form."""

    namespace_id: int
    value: str


class Known(NamedTuple):
    """To whom an identity belongs already."""

    customer_id: int
    is_known: bool


@dataclass(slots=True)
class Clash:
    """One item that names identities of several customers; the oldest of them is kept."""

    index: int
    kept: int
    others: tuple[int, ...]


@dataclass(slots=True)
class Assignment:
    """Slots are customer ids; a negative one is a customer to be made.

    `of_item` is aligned with the items; `new_keys` are the identities to be written.
    """

    of_item: list[int]
    new_keys: dict[Key, int]
    becomes_known: set[int]
    clashes: list[Clash]


@dataclass(slots=True)
class _Slots:
    """Customers of this batch and which of the new ones turned out to be one."""

    joined: dict[int, int] = field(default_factory=dict)
    made: int = 0

    def new(self) -> int:
        self.made += 1
        return -self.made

    def find(self, slot: int) -> int:
        while slot in self.joined:
            slot = self.joined[slot]
        return slot


def assign(
    items: Sequence[Sequence[Key]],
    fixed: Sequence[int | None],
    known: Mapping[Key, Known],
    strong: frozenset[int],
) -> Assignment:
    """Find the customer of every item, in order.

    1. A strong identity that somebody has decides; of several customers the oldest (lowest id) is
       kept and the clash is reported, since only a merge may join customers that exist.
       Customers who are new in this batch are joined at once: they have no history yet.
    2. A weak identity decides when the item has no strong one, or when its customer is still
       anonymous: the anonymous device becomes a known person.
    3. Else the item is a new customer.
    """
    slots = _Slots()
    slot_of = {key: owner.customer_id for key, owner in known.items()}
    is_known = {owner.customer_id: owner.is_known for owner in known.values()}
    becomes_known: set[int] = set()
    clashes: list[Clash] = []
    chosen: list[int] = []
    for index, keys in enumerate(items):
        firm = [key for key in keys if key.namespace_id in strong]
        owners = list(dict.fromkeys(slots.find(slot_of[key]) for key in firm if key in slot_of))
        fixed_id = fixed[index]
        if fixed_id is not None:
            slot = fixed_id
        elif owners:
            slot = min(owners, key=_age)
        else:
            slot = _by_weak(keys, firm, slots, slot_of, is_known)
        others = []
        for owner in owners:
            if owner == slot:
                continue
            if owner < 0:
                slots.joined[owner] = slot
                if is_known.get(owner):
                    is_known[slot] = True
            else:
                others.append(owner)
        if others:
            clashes.append(Clash(index, slot, tuple(sorted(others))))
        for key in keys:
            slot_of.setdefault(key, slot)
        if firm and not is_known.get(slot):
            is_known[slot] = True
            becomes_known.add(slot)
        chosen.append(slot)
    return Assignment(
        of_item=[slots.find(slot) for slot in chosen],
        new_keys={key: slots.find(slot) for key, slot in slot_of.items() if key not in known},
        becomes_known={slots.find(slot) for slot in becomes_known},
        clashes=[clash for clash in clashes if clash.kept > 0],
    )


# helpers


def _age(slot: int) -> tuple[bool, int]:
    """Customers that exist come first, the oldest of them at the head; then the new ones."""
    return (slot < 0, abs(slot))


def _by_weak(
    keys: Sequence[Key],
    firm: Sequence[Key],
    slots: _Slots,
    slot_of: Mapping[Key, int],
    is_known: Mapping[int, bool],
) -> int:
    owners = {slots.find(slot_of[key]) for key in keys if key in slot_of}
    if firm:
        owners = {owner for owner in owners if not is_known.get(owner)}
    return min(owners, key=_age) if owners else slots.new()
