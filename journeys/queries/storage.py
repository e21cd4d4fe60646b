"""How many bytes history and walks take, per table and about per journey; how long steps are kept.

Per table the sizes are exact, with indexes and partitions. Per journey they are a table's size by
the journey's share of it, as the planner's statistics know it: a sample, so "about", but read in
milliseconds whatever the size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from journeys.models import HistoryPolicy

# Of those with a journey_id or a version_id the share per journey is known.
TABLES = (
    "journeys_stretch",
    "journeys_enrollment",
    "journeys_timer",
    "journeys_heldtimer",
    "journeys_listener",
    "journeys_nodecount",
    "campaigns_candidate",
    "campaigns_message",
    "campaigns_decision",
)

# Every table with its partitions, or itself where it has none.
LEAVES = """
SELECT t.name AS root, c.oid, c.relname, greatest(c.reltuples, 0)::bigint AS rows,
       pg_total_relation_size(c.oid) AS bytes
  FROM unnest(%(tables)s::text[]) AS t (name)
  CROSS JOIN LATERAL (
      SELECT relid FROM pg_partition_tree(to_regclass(t.name)) WHERE isleaf
      UNION SELECT to_regclass(t.name)
  ) p
  JOIN pg_class c ON c.oid = p.relid AND c.relkind = 'r'
"""

SHARES = """
SELECT leaf.root, coalesce(of.journey_id, v.value::bigint) AS journey,
       sum(leaf.bytes * f.share)::bigint
  FROM ({leaves}) leaf
  JOIN LATERAL (
      SELECT * FROM pg_stats WHERE schemaname = 'public' AND tablename = leaf.relname
       AND attname IN ('journey_id', 'version_id') ORDER BY attname LIMIT 1
  ) s ON true
  CROSS JOIN LATERAL unnest(s.most_common_vals::text::text[]) WITH ORDINALITY v (value, place)
  JOIN LATERAL unnest(s.most_common_freqs) WITH ORDINALITY f (share, place) USING (place)
  LEFT JOIN journeys_journeyversion of ON s.attname = 'version_id' AND of.id = v.value::bigint
 GROUP BY 1, 2
"""


@dataclass(frozen=True)
class TableSize:
    """One table: rows as the planner knows them, bytes with indexes, in how many partitions."""

    table: str
    rows: int
    bytes: int
    partitions: int


def table_sizes() -> list[TableSize]:
    """The tables of walks and their history, the largest first; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT root, sum(rows)::bigint, sum(bytes)::bigint, count(*)"
            f" FROM ({LEAVES}) leaf GROUP BY root ORDER BY 3 DESC",
            {"tables": list(TABLES)},
        )
        return [TableSize(*row) for row in cursor.fetchall()]


def journey_sizes(journey_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """journey → table → about how many bytes; a journey too small to be in the sample has none."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    wanted = set(journey_ids)
    with connection.cursor() as cursor:
        cursor.execute(SHARES.replace("{leaves}", LEAVES), {"tables": list(TABLES)})
        for table, journey, size in cursor.fetchall():
            if journey in wanted:
                found[journey][table] = size
    return dict(found)


def kept() -> timedelta | None:
    """How long raw steps are kept; None: for ever. What drops old partitions asks this."""
    days = HistoryPolicy.objects.filter(pk=1).values_list("keep_days", flat=True).first()
    return timedelta(days=days) if days else None
