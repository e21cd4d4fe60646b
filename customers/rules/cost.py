"""What a rule will cost, before it is saved: PostgreSQL's own expectation, and what slows it.

Nothing is counted here; EXPLAIN only plans.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from customers.rules.compile import audience
from customers.rules.nodes import Rule

# Seconds for a unit of PostgreSQL's cost, where nothing was measured yet: on data in memory.
SECONDS_A_UNIT: Final = 1.1e-5
# A table below this is read as a whole faster than through any index.
ROWS_WORTH_AN_INDEX: Final = 50_000
# An index helps when it leaves out most of what is read.
SHARE_WORTH_AN_INDEX: Final = 0.05
_COLUMNS: Final = re.compile(
    r"attributes -> '(?P<key>[^']+)'|\b(?P<column>[a-z_]+_id|occurred_at|value|since|language"
    r"|timezone|created_at|is_known|state|channel|purpose)\b"
)
_PART: Final = re.compile(r"_(p?\d{4}_?\d{2}|default)$")


@dataclass(frozen=True, slots=True)
class Missing:
    """An index that is not there: on this table, over these columns. Of `read` rows only `kept`
    would be needed."""

    table: str
    columns: tuple[str, ...]
    read: int
    kept: int

    def __str__(self) -> str:
        return f"{self.table} ({', '.join(self.columns)})"


@dataclass(frozen=True, slots=True)
class Cost:
    """`rows` are expected to match, after reading `read` rows for about `seconds`, which are
    PostgreSQL's `units` times what a unit takes here."""

    rows: int
    read: int
    seconds: float
    missing: tuple[Missing, ...] = ()
    units: float = 0.0


def cost(
    rule: Rule,
    *,
    now: datetime,
    brand_id: int | None = None,
    seconds_a_unit: float = SECONDS_A_UNIT,
) -> Cost:
    """What a build of the rule is expected to cost; one EXPLAIN. `seconds_a_unit` is what earlier
    builds took for a unit of PostgreSQL's cost."""
    sql, params = audience(rule, now=now, brand_id=brand_id)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
        plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
        cursor.execute(
            "SELECT relname, GREATEST(reltuples, 0)::bigint FROM pg_class"
            " WHERE relname = ANY(%s) AND relkind IN ('r', 'p')",
            [sorted({str(scan["Relation Name"]) for scan in _scans(plan)})],
        )
        sizes = dict(cursor.fetchall())
    return read_plan(plan, sizes, seconds_a_unit)


def read_plan(
    plan: Mapping[str, Any], sizes: Mapping[str, int], seconds_a_unit: float = SECONDS_A_UNIT
) -> Cost:
    """The cost that a plan of EXPLAIN (FORMAT JSON) tells, with the rows of each table. Pure."""
    scans = _scans(plan)
    read = sum(
        sizes.get(str(scan["Relation Name"]), 0)
        if scan.get("Node Type") == "Seq Scan"
        else int(scan.get("Plan Rows", 0))
        for scan in scans
    )
    units = float(plan.get("Total Cost", 0))
    return Cost(
        int(plan.get("Plan Rows", 0)),
        read,
        units * seconds_a_unit,
        tuple(_missing(scans, sizes)),
        units,
    )


# helpers


def _scans(plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in _nodes(plan) if "Relation Name" in each]


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    waiting = [plan]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += each.get("Plans", [])


def _missing(scans: list[Mapping[str, Any]], sizes: Mapping[str, int]) -> Iterator[Missing]:
    """Tables that are read as a whole for few of their rows; partitions are one table."""
    found: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for scan in scans:
        if scan.get("Node Type") != "Seq Scan" or "Filter" not in scan:
            continue
        columns = tuple(dict.fromkeys(_columns(str(scan["Filter"]))))
        if not columns:
            continue
        table = _PART.sub("", str(scan["Relation Name"]))
        sums = found.setdefault((table, columns), [0, 0])
        sums[0] += sizes.get(str(scan["Relation Name"]), 0)
        sums[1] += int(scan.get("Plan Rows", 0))
    for (table, columns), (read, kept) in found.items():
        if read >= ROWS_WORTH_AN_INDEX and kept <= read * SHARE_WORTH_AN_INDEX:
            yield Missing(table, columns, read, kept)


def _columns(condition: str) -> Iterator[str]:
    for each in _COLUMNS.finditer(condition):
        if each["column"] not in ("merged_into_id", "erased_at"):
            yield f"attributes -> '{each['key']}'" if each["key"] else str(each["column"])
