"""Which sets there are: found for a rule, asked for when they are missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from config.wake import wake
from customers.bits.bounds import Atom
from customers.bits.primitives import LEVELS, Primitive, day_set
from customers.models import BitSet, BitSetState

# A set is noted as used at most so often; who is counted all day must not write all day.
USED_STEP = timedelta(hours=6)
# Sets of days are made for so many days at once, so that the next length of time is there already.
DAYS_MADE = 93


@dataclass(frozen=True, slots=True)
class Known:
    """The ids of the sets of a rule by key, what they depend on, and which are missing."""

    ids: dict[str, int]
    sources: list[tuple[str, str]]
    missing: list[Primitive]
    followed_to: datetime | None

    @property
    def complete(self) -> bool:
        return not self.missing

    def is_ahead_of(self, now: datetime) -> bool:
        """Whether the sets already hold what happened after *now*."""
        return self.followed_to is not None and self.followed_to > now


def known_sets(atoms: Iterable[Atom], now: datetime) -> Known:
    """Find the sets of these atoms; one query."""
    wanted = list(primitives_of(atoms))
    rows = BitSet.objects.filter(key__in=[each.key for each in wanted]).values_list(
        "key", "pk", "state", "used_at", "built_at"
    )
    found = {row[0]: row for row in rows}
    ready = {key: row[1] for key, row in found.items() if row[2] == BitSetState.READY}
    stale = [row[1] for row in found.values() if row[3] < now - USED_STEP]
    if stale:
        BitSet.objects.filter(pk__in=stale).update(used_at=now)
    followed = [row[4] for row in found.values() if row[4] is not None]
    with connection.cursor() as cursor:
        cursor.execute("SELECT followed_to FROM customers_bitclock")
        followed += [row[0] for row in cursor.fetchall() if row[0] is not None]
    return Known(
        ids=ready,
        sources=sorted({each.source for each in wanted}),
        missing=[each for each in wanted if each.key not in ready],
        followed_to=max(followed, default=None),
    )


def want(missing: Iterable[Primitive], *, now: datetime) -> None:
    """Ask for sets to be made; those that are being made already stay as they are."""
    asked: dict[str, Primitive] = {}
    for each in missing:
        asked[each.key] = each
        if each.definition[0] == "day":
            asked |= {other.key: other for other in _days_with(each, now)}
    with transaction.atomic():
        made = BitSet.objects.bulk_create(
            [
                BitSet(
                    key=each.key,
                    definition=list(each.definition),
                    kind=each.source[0],
                    ref=each.source[1],
                    made_at=now,
                    used_at=now,
                )
                for each in asked.values()
            ],
            ignore_conflicts=True,
        )
        if made:
            wake("customers.bits.build")


def primitives_of(atoms: Iterable[Atom]) -> Iterable[Primitive]:
    """The sets of these atoms, each once."""
    seen: dict[str, Primitive] = {}
    for atom in atoms:
        if isinstance(atom, Primitive):
            seen.setdefault(atom.key, atom)
            continue
        for day in atom.days:
            for level in range(1, atom.times + 1):
                each = day_set(atom.event_type_id, day, level)
                seen.setdefault(each.key, each)
    return seen.values()


# helpers


def _days_with(one: Primitive, now: datetime) -> Iterable[Primitive]:
    """All levels of all days that rules of today and tomorrow may ask about."""
    _name, type_id, _day, _level = one.definition
    today = now.date()
    for n in range(-DAYS_MADE, 3):
        for level in range(1, LEVELS + 1):
            yield day_set(type_id, today + timedelta(days=n), level)
