"""Messages, candidates, suppressions and offer codes follow customers who are merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from customers.identity.merging import key_of, move, remove, write_down


def lock(cursor: Any, customer_ids: Sequence[int], wait: bool) -> bool:
    """Keep the workers of the gate away from these customers until commit; tells whether all are
    kept away. Without *wait* nothing is waited for."""
    buckets = sorted({id % 256 for id in customer_ids})
    cursor.execute(
        "SELECT id FROM campaigns_bucket WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
        + ("" if wait else " SKIP LOCKED"),
        [buckets],
    )
    return len(cursor.fetchall()) == len(buckets)


def move_messages(cursor: Any) -> None:
    """Move what the others of `merging` have on this floor."""
    # The ledger has months; what is stopped by a merge stands in that of the merge.
    cursor.execute(
        "SELECT campaigns_ensure_ledger(min(g.at), max(g.at))"
        " FROM merging m JOIN customers_merge g ON g.id = m.merge_id"
    )
    write_down(
        cursor,
        "campaigns_decision",
        "changed",
        "UPDATE campaigns_decision t SET customer_id = m.kept_id FROM merging m"
        " JOIN campaigns_candidate c ON c.customer_id = m.other_id WHERE t.candidate_id = c.id"
        f" RETURNING m.merge_id, {key_of(('candidate_id', 'id'))} AS key,"
        " jsonb_build_object('customer_id', m.other_id) AS before",
    )
    move(cursor, "campaigns_candidate", bucketed=True)
    move(cursor, "campaigns_message")
    remove(
        cursor,
        "campaigns_suppression",
        "t.customer_id = m.other_id AND EXISTS (SELECT 1 FROM campaigns_suppression k"
        " WHERE k.customer_id = m.kept_id AND (k.scope, k.value, k.channel)"
        " = (t.scope, t.value, t.channel) AND k.brand_id IS NOT DISTINCT FROM t.brand_id)",
    )
    move(cursor, "campaigns_suppression")
    remove(
        cursor,
        "campaigns_confirmation",
        "t.customer_id = m.other_id AND EXISTS (SELECT 1 FROM campaigns_confirmation k"
        " WHERE k.customer_id = m.kept_id AND (k.brand_id, k.purpose) = (t.brand_id, t.purpose))",
    )
    move(cursor, "campaigns_confirmation")
    move(cursor, "campaigns_offercode")
