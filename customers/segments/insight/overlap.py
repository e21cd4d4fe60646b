"""Up to four segments laid over each other: who is in exactly which of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from config.database.limit import TookTooLongError, time_limit
from customers.access import Actor
from customers.jobs import Selection
from customers.queries.asked import Asked
from customers.rules import Compiled
from customers.scope import Scope

SEGMENTS_MOST: Final = 4
SECONDS: Final = 20
_HELD: Final = """
SELECT m.customer_id, bit_or(1 << (array_position(%s::bigint[], m.segment_id) - 1)) AS held
FROM customers_segmentmember m WHERE m.segment_id = ANY(%s::bigint[]) GROUP BY 1
"""
_ALIVE: Final = "c.merged_into_id IS NULL AND c.erased_at IS NULL"


class TooLarge(Exception):
    """Counting took longer than somebody waits."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """`regions` are the customers who are in exactly the segments of a mask: bit 0 for the first
    segment, bit 1 for the second and so on. Every mask from 1 to 2^n - 1 has its count."""

    segment_ids: tuple[int, ...]
    regions: dict[int, int]

    @property
    def everybody(self) -> int:
        """Who is in any of them."""
        return sum(self.regions.values())

    def size(self, place: int) -> int:
        """Who is in the segment at this place."""
        return sum(n for mask, n in self.regions.items() if mask >> place & 1)

    def both(self, one: int, two: int) -> int:
        """Who is in the segments at both places."""
        wanted = 1 << one | 1 << two
        return sum(n for mask, n in self.regions.items() if mask & wanted == wanted)


def overlap(segment_ids: Sequence[int], brand_ids: Sequence[int] = ()) -> Overlap:
    """Count every region exactly, in one pass over the members, among the customers whom these
    brands know (none: the whole group). Raises ValueError for none or more than four segments or
    one twice, and TooLarge when it takes more than twenty seconds."""
    ids = _checked(segment_ids)
    scope, params = _scope(brand_ids)
    try:
        with time_limit(SECONDS) as cursor:
            cursor.execute(
                f"SELECT s.held, count(*) FROM ({_HELD}) s"
                f" JOIN customers_customer c ON c.id = s.customer_id"
                f" WHERE {_ALIVE} AND {scope} GROUP BY 1",
                [ids, ids, *params],
            )
            found = dict(cursor.fetchall())
    except TookTooLongError as error:
        raise TooLarge from error
    masks = range(1, 1 << len(ids))
    return Overlap(tuple(ids), {mask: int(found.get(mask, 0)) for mask in masks})


@dataclass(frozen=True)
class Region(Selection):
    """The customers of one region, chosen for a bulk job."""

    segment_ids: tuple[int, ...] = ()
    mask: int = 0
    brand_ids: tuple[int, ...] = ()

    @property
    def is_everybody(self) -> bool:
        return False

    def asked(self, actor: Actor, scope: Scope, now: datetime) -> Asked:
        return Selection("").asked(actor, scope, now)

    def ids_sql(self, asked: Asked, right: Compiled) -> Compiled:
        ids = _checked(self.segment_ids)
        scope, params = _scope(self.brand_ids)
        return Compiled(
            f"SELECT c.id FROM ({_HELD}) s JOIN customers_customer c ON c.id = s.customer_id"
            f" WHERE s.held = %s AND {_ALIVE} AND {scope} AND {right.sql}",
            (ids, ids, self.mask, *params, *right.params),
        )


# helpers


def _checked(segment_ids: Sequence[int]) -> list[int]:
    ids = list(segment_ids)
    if not 1 <= len(ids) <= SEGMENTS_MOST or len(set(ids)) < len(ids):
        raise ValueError(f"One to {SEGMENTS_MOST} different segments are expected, not {ids}.")
    return ids


def _scope(brand_ids: Sequence[int]) -> tuple[str, list[Any]]:
    return ("c.brand_ids && %s::bigint[]", [list(brand_ids)]) if brand_ids else ("true", [])
