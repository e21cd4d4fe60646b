"""Which sets there are: found for a rule, asked for when they are missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from config.wake import wake
from customers.bits import spans
from customers.bits.bounds import Atom, Days
from customers.bits.primitives import Primitive, days_of, span_set
from customers.models import BitSet, BitSetState

# A set is noted as used at most so often; who is counted all day must not write all day.
USED_STEP = timedelta(hours=6)


@dataclass
class Known:
    """Where each atom stands: in one set, or in several that are folded, each with its levels.

    `complete` says that every atom was found; `missing` are sets to be made, for this answer or
    for a faster one. The sets hold nothing that happened after `followed_to`.
    """

    ids: dict[Atom, int] = field(default_factory=dict)
    folds: dict[Days, list[list[int]]] = field(default_factory=dict)
    complete: bool = True
    missing: list[Primitive] = field(default_factory=list)
    followed_to: datetime | None = None

    def is_ahead_of(self, now: datetime) -> bool:
        """Whether the sets already hold what happened after *now*."""
        return self.followed_to is not None and self.followed_to > now


def known_sets(atoms: Iterable[Atom], now: datetime) -> Known:
    """Find the sets of these atoms; a query, and one more for each event with a new window."""
    whole = {atom: _whole(atom) for atom in atoms}
    rows = BitSet.objects.filter(key__in={each.key for each in whole.values()})
    found = {row.key: row for row in rows}
    known, parts = Known(), dict[int, _Parts]()
    for atom, wanted in whole.items():
        row = found.get(wanted.key)
        if row is not None and row.state == BitSetState.READY:
            known.ids[atom] = row.pk
            continue
        if isinstance(atom, Primitive):
            known.complete = False
            if row is None:
                known.missing.append(wanted)
            continue
        type_id = atom.event_type_id
        kept = parts.setdefault(type_id, _Parts(type_id))
        fold = spans.cover(kept.ready, atom.first, atom.last, atom.times)
        if fold is None:
            known.complete = False
        else:
            known.folds[atom] = fold
        if spans.days_missing(kept.asked, atom.first, atom.last):
            known.missing += spans.family(type_id, max(atom.last, now.date()))
            known.missing += spans.sets_of_days(type_id, atom.first, atom.last)
        if row is None:
            known.missing += spans.window(type_id, atom.first, atom.last)
    _note_use(known, found.values(), now)
    built = [row.built_at for row in found.values()] + [each.built_at for each in parts.values()]
    followed = [at for at in built if at is not None]
    with connection.cursor() as cursor:
        cursor.execute("SELECT followed_to FROM customers_bitclock")
        followed += [row[0] for row in cursor.fetchall() if row[0] is not None]
    known.followed_to = max(followed, default=None)
    return known


def want(missing: Iterable[Primitive], *, now: datetime) -> None:
    """Ask for sets to be made; those that are being made already stay as they are."""
    asked = {each.key: each for each in missing}
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


# helpers


def _whole(atom: Atom) -> Primitive:
    if isinstance(atom, Primitive):
        return atom
    return span_set(atom.event_type_id, atom.first, atom.last, atom.times)


class _Parts:
    """The sets of days of one event type: those that can be read, and all that are asked for."""

    def __init__(self, event_type_id: int) -> None:
        self.ready: dict[tuple[date, date], dict[int, int]] = defaultdict(dict)
        self.asked: dict[tuple[date, date], dict[int, int]] = defaultdict(dict)
        self.built_at: datetime | None = None
        rows = BitSet.objects.filter(
            Q(kind="event", ref__startswith=f"{event_type_id}:")
            | Q(kind="span", ref=str(event_type_id))
        )
        for pk, definition, state, built_at in rows.values_list(
            "pk", "definition", "state", "built_at"
        ):
            days, level = days_of(definition), definition[-1]
            self.asked[days][level] = pk
            if state == BitSetState.READY and built_at is not None:
                self.ready[days][level] = pk
                self.built_at = max(self.built_at or built_at, built_at)


def _note_use(known: Known, found: Iterable[BitSet], now: datetime) -> None:
    stale = [row.pk for row in found if row.used_at < now - USED_STEP]
    folded = {id for fold in known.folds.values() for ids in fold for id in ids}
    if stale or folded:
        BitSet.objects.filter(
            Q(pk__in=stale) | Q(pk__in=folded, used_at__lt=now - USED_STEP)
        ).update(used_at=now)
