"""What is looked at: the kinds of properties and how many of each, and rows of counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from customers.models import Channel

# So many values of an attribute or a tag are looked at, the most frequent ones.
VALUES_MOST: Final = 20
# So many definitions of each kind are looked at.
FACETS_MOST: Final = 300
WINDOWS: Final = (30, 90)  # days in which an event happened
# Days before now at which dates are cut; the last range is what lies ahead.
DATE_CUTS: Final = (3650, 1825, 730, 365, 180, 90, 30, 7, 0)
CHANNELS: Final = (Channel.EMAIL, Channel.SMS, Channel.PUSH, Channel.WECHAT, Channel.INAPP)
ANY_CHANNEL: Final = ""
MISSING: Final = None  # what nobody said
HELD: Final = True  # a tag, whatever its value
# At so many people it is looked to find where figures are cut; the cuts are round anyway.
CUT_BY: Final = 100_000

CELLS: Final = ", ".join(f"count(*) FILTER (WHERE p.cell = {cell})" for cell in range(3))
SUMS: Final = ", ".join(f"sum(n{cell}) OVER (PARTITION BY code)" for cell in range(3))
TOP: Final = (
    "SELECT code, value, n0, n1, n2, all0, all1, all2 FROM (SELECT code, value, n0, n1, n2,"
    f" {SUMS}, row_number() OVER (PARTITION BY code ORDER BY n0 + n1 + n2 DESC, value)"
    " FROM ({counted}) AS counted (code, value, n0, n1, n2))"
    " AS t (code, value, n0, n1, n2, all0, all1, all2, place)"
    f" WHERE place <= {VALUES_MOST} ORDER BY code, place"
)


@dataclass(frozen=True, slots=True)
class Facet:
    """A property that people have: `kind` is attribute, tag, event or channel. `edges` cut figures
    into ranges; with `is_single` each range is one figure, with `is_whole` all are whole."""

    kind: str
    code: str
    edges: tuple[float, ...] = ()
    is_single: bool = False
    is_whole: bool = False


def three(values: Sequence[int]) -> tuple[int, int, int]:
    only, both, others = (int(value) for value in values)
    return only, both, others


Row = tuple[Any, tuple[int, int, int], tuple[int, int, int]]


def by_code(rows: Iterable[tuple[Any, ...]]) -> Iterable[tuple[Any, list[Row]]]:
    """(code, [(value, hits of the cells, hits of all values)]) of rows in the order of codes."""
    found: dict[Any, list[Row]] = {}
    for code, value, *counts in rows:
        found.setdefault(code, []).append((value, three(counts[:3]), three(counts[3:])))
    return found.items()
