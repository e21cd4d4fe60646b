"""Once a night sets are compared with the truth and put right; unused ones are dropped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from customers.bits import spans
from customers.bits.build import Ready, facts_of, put_together, spans_of, truth_of
from customers.bits.follow import follow
from customers.bits.primitives import days_of
from customers.bits.sets import want
from customers.bits.writing import CUSTOMERS, IN_CHUNK, ONE, only_writer
from customers.models import BitSet, BitSetState

UNUSED_AFTER = timedelta(days=14)
# Windows move on every day; that of yesterday is of no more use, unless somebody goes on asking.
WINDOW_UNUSED_AFTER = timedelta(days=2)
log = structlog.get_logger(__name__)


def drop_unused(*, now: datetime) -> int:
    """Remove sets that no count has used for two weeks; return how many.

    The days of an event stay as long as any set of that event is used: what several days hold
    follows the changes of each of them.
    """
    sets = BitSet.objects.all()
    gone = sets.exclude(kind__in=["event", "span"]).filter(used_at__lt=now - UNUSED_AFTER)
    dropped = gone.delete()[1].get("customers.BitSet", 0)
    types: dict[str, list[BitSet]] = defaultdict(list)
    for each in sets.filter(kind__in=["event", "span"]):
        types[str(each.definition[1])].append(each)
    for kept in types.values():
        ids = [each.pk for each in _out_of_use(kept, now)]
        dropped += sets.filter(pk__in=ids).delete()[1].get("customers.BitSet", 0)
    return dropped


def make_days_ahead(*, now: datetime) -> None:
    """Ask for the sets of the days to come, of every event that rules have asked about, and for
    tomorrow's windows of the lengths that are in use."""
    used = BitSet.objects.filter(kind__in=["event", "span"], used_at__gte=now - UNUSED_AFTER)
    today = now.date()
    for type_id in {each[1] for each in used.values_list("definition", flat=True)}:
        want(spans.family(type_id, today), now=now)
    recent = BitSet.objects.filter(kind="span", used_at__gte=now - WINDOW_UNUSED_AFTER)
    for type_id, first, last in {
        (each.definition[1], *days_of(each.definition)) for each in recent if not _is_block(each)
    }:
        if abs((last - today).days) <= 1:
            tomorrow = today + timedelta(days=1)
            want(spans.window(type_id, first + (tomorrow - last), tomorrow), now=now)


def compare(sets: Iterable[BitSet], *, now: datetime) -> int:
    """Compare sets with the base tables and put them right; return how many bits differed.

    Nothing may be pending, else what is on its way would be called a difference: changes are
    followed first, and what comes after stands in the table of changes and is left out. Sets of
    several days are compared with those of single days, once these are right.
    """
    wanted = [each for each in sets if each.state == BitSetState.READY]
    while follow(now=now):
        pass
    drift = 0
    for group in facts_of(wanted):
        with only_writer() as cursor:
            drift += _put_right(cursor, group, *truth_of(group, now), now)
    days = Ready(only_days=True)
    for levels in spans_of(wanted):
        with only_writer() as cursor:
            together = put_together(levels, days)
            if together is not None:
                drift += _put_right(cursor, levels, together, [], now)
    return drift


def compare_all(*, now: datetime) -> int:
    """Compare every set; return how many bits differed in all."""
    return compare(BitSet.objects.order_by("checked_at", "pk"), now=now)


# helpers


def _is_block(each: BitSet) -> bool:
    first, last = days_of(each.definition)
    size = (last - first).days + 1
    return size in spans.BLOCKS and first.toordinal() % size == 0


def _out_of_use(kept: Sequence[BitSet], now: datetime) -> list[BitSet]:
    """Of the sets of one event: all when none is used, else old windows and days long gone."""
    if max(each.used_at for each in kept) < now - UNUSED_AFTER:
        return list(kept)
    oldest = now.date() - timedelta(days=spans.DAYS_MADE)
    windows = [each for each in kept if each.kind == "span" and not _is_block(each)]
    rest = [each for each in kept if each not in windows]
    over = [each for each in windows if each.used_at < now - WINDOW_UNUSED_AFTER]
    # A day is needed as long as a window that stays holds it.
    needed = [days_of(each.definition)[0] for each in windows if each not in over]
    oldest = min([oldest, *needed])
    old = [
        each
        for each in rest
        if days_of(each.definition)[0] < oldest and each.used_at < now - UNUSED_AFTER
    ]
    return over + old


def _put_right(
    cursor: Any, group: Sequence[BitSet], truth: str, params: Sequence[Any], now: datetime
) -> int:
    cursor.execute("SET LOCAL work_mem = '64MB'")
    ids = [each.pk for each in group]
    cursor.execute(
        f"""
        WITH truth AS MATERIALIZED ({truth}), waiting AS (
            SELECT s.id AS set_id, {IN_CHUNK} AS chunk, bit_or({ONE}) AS bits
            FROM unnest(%s::int[], %s::text[], %s::text[]) AS s (id, kind, ref)
            JOIN ({CUSTOMERS} FROM customers_bitchange) AS w ON w.kind = s.kind AND w.ref = s.ref
                OR s.kind = 'span' AND w.kind = 'event' AND w.ref LIKE s.ref || ':%%'
            GROUP BY 1, 2
        ), both_sides AS (
            SELECT set_id, chunk, COALESCE(t.bits, k.bits & ~k.bits) AS right_bits,
                COALESCE(k.bits, t.bits & ~t.bits) AS kept_bits
            FROM truth t FULL JOIN (
                SELECT set_id, chunk, bits FROM customers_bitchunk WHERE set_id = ANY(%s)
            ) k USING (set_id, chunk)
        ), differing AS MATERIALIZED (
            SELECT b.*, bit_count((right_bits # kept_bits)
                & ~COALESCE(w.bits, right_bits & ~right_bits)) AS n
            FROM both_sides b LEFT JOIN waiting w USING (set_id, chunk)
        ), mended AS (
            INSERT INTO customers_bitchunk (set_id, chunk, bits)
            SELECT set_id, chunk, right_bits FROM differing WHERE n > 0
            ON CONFLICT (set_id, chunk) DO UPDATE SET bits = excluded.bits
        )
        SELECT set_id, sum(n) FROM differing GROUP BY 1 HAVING sum(n) > 0
        """,
        [
            *params,
            ids,
            [each.kind for each in group],
            [each.ref for each in group],
            ids,
        ],
    )
    found = dict(cursor.fetchall())
    BitSet.objects.filter(pk__in=ids).update(checked_at=now, drift=0)
    for each in group:
        if each.pk in found:
            bits = int(found[each.pk])
            BitSet.objects.filter(pk=each.pk).update(drift=bits)
            log.error(
                "a kept set differed from the truth and was put right", key=each.key, bits=bits
            )
    return int(sum(found.values()))
