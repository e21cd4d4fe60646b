"""Cuts between classes: as they are written, or found from the figures of all customers.

A score is 1 for the lowest class. Rising, a figure reaches a class when it is at least its cut;
falling (days: fewer are better), when it is at most its cut. A cut that everybody reaches parts
nobody: whoever reaches no other has score 1. So half of all customers who bought once don't
count as frequent because two quantiles happen to be 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from customers.rules import Compiled
from customers.tags.definition.nodes import Cuts


class Figures(NamedTuple):
    """Cuts in rising order, and how many of them everybody reaches."""

    cuts: tuple[Decimal, ...]
    idle: int = 0
    falling: bool = False

    def to_json(self) -> dict[str, Any]:
        """As a refresh keeps them."""
        return {"cuts": [str(each) for each in self.cuts], "idle": self.idle,
                "falling": self.falling}  # fmt: skip

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Figures:
        """As a refresh kept them."""
        cuts = tuple(Decimal(each) for each in data["cuts"])
        return cls(cuts, int(data["idle"]), bool(data["falling"]))

    def score(self, figure: Decimal) -> int:
        """The score of a figure; the same as `score_sql`."""
        reached = self.reached(figure)
        return 1 if reached <= self.idle else 1 + reached

    def reached(self, figure: Decimal) -> int:
        """How many cuts a figure reaches."""
        if self.falling:
            return sum(cut >= figure for cut in self.cuts)
        return sum(cut <= figure for cut in self.cuts)

    def score_sql(self, column: str, params: tuple[object, ...] = ()) -> Compiled:
        """SQL of the score of a numeric column, or of an expression with parameters."""
        if not self.cuts:
            return Compiled("1")
        cuts = [-each for each in reversed(self.cuts)] if self.falling else list(self.cuts)
        reached = f"width_bucket({'-' if self.falling else ''}{column}, %s::numeric[])"
        mine = (*params, cuts)
        if not self.idle:
            return Compiled(f"(1 + {reached})", mine)
        return Compiled(
            f"(CASE WHEN {reached} <= %s THEN 1 ELSE 1 + {reached} END)", (*mine, self.idle, *mine)
        )


def find(
    cursor: Any, wanted: Sequence[tuple[str, Cuts, bool]], table: str = "tag_measures"
) -> dict[str, Figures]:
    """The figures of each (column of *table*, cuts, falling), in one statement."""
    found = {
        column: Figures(cuts.values, falling=falling)
        for column, cuts, falling in wanted
        if not cuts.quantiles
    }
    open_ones = [each for each in wanted if each[1].quantiles]
    if not open_ones:
        return found
    parts, params = [], []
    for column, cuts, _falling in open_ones:
        parts.append(
            f"percentile_cont(%s::float8[]) WITHIN GROUP (ORDER BY {column}::float8),"
            f" min({column}), max({column})"
        )
        params.append([i / cuts.quantiles for i in range(1, cuts.quantiles)])
    cursor.execute(f"SELECT {', '.join(parts)} FROM {table}", params)
    row = cursor.fetchone()
    for i, (column, _cuts, falling) in enumerate(open_ones):
        quantiles, least, most = row[3 * i : 3 * i + 3]
        # Fifteen digits, as PostgreSQL turns double precision into numeric.
        values = tuple(Decimal(format(each, ".15g")) for each in quantiles or ())
        found[column] = Figures(values, _idle(values, least, most, falling), falling)
    return found


# helpers


def _idle(
    cuts: tuple[Decimal, ...], least: Decimal | None, most: Decimal | None, falling: bool
) -> int:
    if least is None or most is None:
        return 0
    return sum(cut >= most for cut in cuts) if falling else sum(cut <= least for cut in cuts)
