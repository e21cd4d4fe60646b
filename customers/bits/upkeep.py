"""Once a night sets are compared with the truth and put right; unused ones are dropped."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from customers.bits.follow import follow
from customers.bits.primitives import Primitive
from customers.bits.sets import want
from customers.bits.writing import IN_CHUNK, ONE, only_writer
from customers.models import BitSet, BitSetState

UNUSED_AFTER = timedelta(days=14)
log = structlog.get_logger(__name__)


def drop_unused(*, now: datetime) -> int:
    """Remove sets that no count has used for two weeks; return how many."""
    found = BitSet.objects.filter(used_at__lt=now - UNUSED_AFTER)
    return found.delete()[1].get("customers.BitSet", 0)


def make_days_ahead(*, now: datetime) -> None:
    """Ask for the sets of the days to come, of every event that rules have asked about."""
    used = BitSet.objects.filter(kind="event", used_at__gte=now - UNUSED_AFTER)
    types = {each[1] for each in used.values_list("definition", flat=True)}
    for type_id in types:
        want([Primitive(("day", type_id, now.date().isoformat(), 1))], now=now)


def compare(each: BitSet, *, now: datetime) -> int:
    """Compare one set with the base tables and put it right; return how many bits differed.

    Nothing may be pending, else what is on its way would be called a difference: changes are
    followed first, and what comes after stands in the table of changes and is left out.
    """
    while follow(now=now):
        pass
    truth, params = Primitive(tuple(each.definition)).members(now)
    with only_writer() as cursor:
        cursor.execute(
            f"""
            WITH truth AS (
                SELECT {IN_CHUNK} AS chunk, bit_or({ONE}) AS bits FROM ({truth}) AS m GROUP BY 1
            ), waiting AS (
                SELECT {IN_CHUNK} AS chunk, bit_or({ONE}) AS bits
                FROM customers_bitchange WHERE kind = %s AND ref = %s GROUP BY 1
            ), both_sides AS (
                SELECT chunk, COALESCE(t.bits, k.bits & ~k.bits) AS right_bits,
                    COALESCE(k.bits, t.bits & ~t.bits) AS kept_bits,
                    k.chunk IS NULL AS is_missing
                FROM truth t FULL JOIN (
                    SELECT chunk, bits FROM customers_bitchunk WHERE set_id = %s
                ) k USING (chunk)
            ), differing AS (
                SELECT b.*, bit_count((right_bits # kept_bits)
                    & ~COALESCE(w.bits, right_bits & ~right_bits)) AS n
                FROM both_sides b LEFT JOIN waiting w USING (chunk)
            ), mended AS (
                INSERT INTO customers_bitchunk (set_id, chunk, bits)
                SELECT %s, chunk, right_bits FROM differing WHERE n > 0
                ON CONFLICT (set_id, chunk) DO UPDATE SET bits = excluded.bits
            )
            SELECT COALESCE(sum(n), 0) FROM differing
            """,
            [*params, each.kind, each.ref, each.pk, each.pk],
        )
        drift = int(cursor.fetchone()[0])
        BitSet.objects.filter(pk=each.pk).update(checked_at=now, drift=drift)
    if drift:
        log.error("a kept set differed from the truth and was put right", key=each.key, bits=drift)
    return drift


def compare_all(*, now: datetime) -> int:
    """Compare every set; return how many bits differed in all."""
    ready = BitSet.objects.filter(state=BitSetState.READY).order_by("checked_at", "pk")
    return sum(compare(each, now=now) for each in ready)
