"""The store of history: numbers of ways, partitions, retention."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from config.database.apart import is_apart
from journeys.engine.statements import execute, fetch

Way = tuple[str, str]  # node and outcome
# Reports look back ninety days by the hour.
BY_HOUR = timedelta(days=100)


def way_ids(ways: Iterable[Way]) -> dict[Way, int]:
    """The number of each way; one query. In one order, since new ones are locked until commit."""
    wanted = sorted(set(ways))
    if not wanted:
        return {}
    params = {"nodes": [way[0] for way in wanted], "outcomes": [way[1] for way in wanted]}
    return {(node, outcome): id for node, outcome, id in fetch("way_ids", params)}


def ensure_history(moments: Iterable[datetime]) -> None:
    """Make the partitions that history of these moments needs."""
    if is_apart():
        return
    months = {(at.year, at.month) for at in (m.astimezone(UTC) for m in moments)}
    for year, month in sorted(months):
        first = datetime(year, month, 1, tzinfo=UTC)
        fetch("ensure_history", {"first": first, "last": first})


def ensure_between(first: datetime, last: datetime) -> None:
    """Make the partitions for all history between two moments."""
    if not is_apart():
        fetch("ensure_history", {"first": first, "last": last})


def drop_before(moment: datetime) -> int:
    """Drop the months of history that were over at *moment*; returns how many. Sums, walks and
    messages stay."""
    [(dropped,)] = fetch("drop_history", {"before": moment})
    return int(dropped)


def fold_counts(now: datetime) -> int:
    """Make sums per day of sums per hour that no page shows by the hour any more; returns how many
    rows are left of them. Totals stay the same."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    before = {"before": midnight - BY_HOUR}
    return execute("fold_node_counts", before) + execute("fold_verdict_counts", before)
