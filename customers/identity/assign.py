"""To whom does each item of a batch belong? Pure: no database, the same answer every time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from customers.identity.slots import Key, Slots, World


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
        if len(keys) == 1 and fixed_id is None:
            continue  # one identity alone gives nobody a second one
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
    people = Slots(world)
    slot_of = people.slot_of
    known = world.known
    of_item: list[int] = []
    clashes: list[Clash] = []
    joins: list[Join] = []
    for index, keys in enumerate(items):
        if len(keys) == 1 and fixed[index] is None and not people.parent:
            # One identity of somebody known: nothing to decide, as for most events.
            owner = slot_of.get(keys[0])
            if owner is not None and owner in known:
                of_item.append(owner)
                continue
        plain = people.plain(keys) if fixed[index] is None else None
        if plain is not None:
            of_item.append(plain)
            continue
        firm = [key for key in keys if key[0] in world.strong]
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
                people.take(slot, key)
            elif key[0] in world.strong:
                alone = people.new()
                people.take(alone, key)
                people.mark_known(alone)
                clashes.append(Clash(index, slot, alone, (key[0],)))
        if firm:
            people.mark_known(slot)
        of_item.append(slot)
    return Assignment(
        of_item=[people.find(slot) for slot in of_item] if people.parent else of_item,
        new_keys={key: people.find(slot_of[key]) for key in people.taken},
        becomes_known={people.find(slot) for slot in people.became_known},
        joins=[Join(people.find(join.kept), join.other, join.item) for join in joins],
        clashes=_settled(clashes, people),
    )


# helpers


def _settled(clashes: Iterable[Clash], people: Slots) -> list[Clash]:
    """Clashes that are left at the end of the batch, each pair once."""
    found: dict[tuple[int, int], Clash] = {}
    for clash in clashes:
        kept, other = sorted((people.find(clash.kept), people.find(clash.other)), key=people.age)
        if kept != other:
            found.setdefault((kept, other), Clash(clash.index, kept, other, clash.namespaces))
    return list(found.values())
