"""Walks follow customers who are merged, and nobody walks the same way twice at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from campaigns.gate.tally import note
from customers.identity.merging import key_of, write_down

MERGED = "merged"  # exit reason, and the outcome of the last step
# Both stand in one journey by one entry guard, or both are inside where only one walk at a time is
# allowed: the walk that began earlier stays. Of a walk that is over only its messages are left,
# which the gate may not have looked at yet.
_DOUBLED = """
SELECT DISTINCT m.merge_id, x.id, x.state = 'finished' AS is_over
FROM {merges} m
CROSS JOIN LATERAL unnest(ARRAY[m.kept_id, m.other_id]) AS who (id)
JOIN journeys_enrollment x ON x.customer_id = who.id
JOIN journeys_enrollment y ON y.customer_id = m.kept_id + m.other_id - who.id
    AND y.journey_id = x.journey_id
WHERE (y.entered_at, y.customer_id = m.other_id) < (x.entered_at, x.customer_id = m.other_id)
  AND ((y.entry_guard = x.entry_guard AND x.entry_guard !~ '^(after|since|keyed):')
    OR (x.state <> 'finished' AND y.state <> 'finished'
        AND (x.entry_guard LIKE 'after:%%' AND y.entry_guard LIKE 'after:%%'
          OR x.entry_guard LIKE 'keyed:%%' AND y.entry_guard LIKE 'keyed:%%'
            AND x.entry_key = y.entry_key)))
"""
_OF_WALK = "t.enrollment_id = m.id"


def lock(cursor: Any, customer_ids: Sequence[int], wait: bool) -> bool:
    """Keep the workers of the engine away from these customers until commit; tells whether all are
    kept away. Without *wait* nothing is waited for."""
    buckets = sorted({id % 256 for id in customer_ids})
    cursor.execute(
        "SELECT id FROM journeys_bucket WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
        + ("" if wait else " SKIP LOCKED"),
        [buckets],
    )
    return len(cursor.fetchall()) == len(buckets)


def move_walks(cursor: Any) -> None:
    """End walks that would double, then move those of the others of `merging`."""
    cursor.execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS merging_ended (merge_id bigint, id bigint,"
        " is_over boolean)"
        " ON COMMIT DELETE ROWS"
    )
    cursor.execute("TRUNCATE merging_ended")
    cursor.execute(
        f"INSERT INTO merging_ended (merge_id, id, is_over) {_DOUBLED}".format(merges="merging"), []
    )
    if cursor.rowcount:
        _end(cursor)
    moved = write_down(
        cursor,
        "journeys_enrollment",
        "changed",
        "UPDATE journeys_enrollment t SET customer_id = m.kept_id, bucket = m.kept_id % 256,"
        " entry_guard = was.guard FROM merging m, was WHERE t.customer_id = m.other_id"
        f" AND was.id = t.id RETURNING m.merge_id, {key_of(('id',))} AS key,"
        " jsonb_build_object('customer_id', m.other_id, 'bucket', was.bucket,"
        " 'entry_guard', was.entry_guard) AS before",
        before_that="was AS (SELECT o.id, o.bucket, o.entry_guard, CASE WHEN k.id IS NULL"
        " THEN o.entry_guard ELSE left(o.entry_guard, 130) || ' merged:' || m.merge_id END AS guard"
        " FROM merging m JOIN journeys_enrollment o ON o.customer_id = m.other_id"
        " LEFT JOIN journeys_enrollment k ON k.customer_id = m.kept_id"
        " AND k.journey_id = o.journey_id AND k.entry_guard = o.entry_guard),",
    )
    if moved:
        _follow(cursor, "e.customer_id IN (SELECT kept_id FROM merging)")
    _move_entrants(cursor)


def doubled(cursor: Any, kept_id: int, other_id: int) -> set[int]:
    """The walks that would end if these two were merged."""
    pair = "(VALUES (0, %s::bigint, %s::bigint)) AS"
    cursor.execute(
        _DOUBLED.format(merges=f"(SELECT * FROM {pair} given (merge_id, kept_id, other_id))"),
        [kept_id, other_id],
    )
    return {row[1] for row in cursor.fetchall() if not row[2]}


def walk_apart(cursor: Any, merge_id: int, kept_id: int, other_id: int) -> None:
    """After a merge was undone: what belongs to a walk goes where the walk went, and sums over
    the steps that are gone are taken back."""
    _follow(cursor, f"e.customer_id IN ({int(kept_id)}, {int(other_id)})")
    cursor.execute(
        """
        INSERT INTO journeys_nodecount AS c (version_id, node, outcome, hour, n)
        SELECT (after->>'version_id')::bigint, after->>'node', %(outcome)s,
            (after->>'hour')::timestamptz, -count(*)
        FROM customers_mergerow WHERE merge_id = %(merge)s AND "table" = 'journeys_stretch'
            AND was = 'made' GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
        ON CONFLICT (version_id, node, outcome, hour) DO UPDATE SET n = c.n + excluded.n
        """,
        {"merge": merge_id, "outcome": MERGED},
    )
    cursor.execute(
        """
        DELETE FROM journeys_nodecount c USING customers_mergerow r
        WHERE r.merge_id = %s AND r."table" = 'journeys_stretch' AND r.was = 'made' AND c.n = 0
          AND c.version_id = (r.after->>'version_id')::bigint AND c.outcome = %s
        """,
        [merge_id, MERGED],
    )
    note(
        cursor,
        "SELECT c.*, r.after->>'state' AS verdict, r.after->>'rule' AS rule"
        " FROM customers_mergerow r JOIN (SELECT id, journey_id, version_id, node, wanted_at, state"
        " FROM campaigns_candidate) c ON c.id = (r.key->>'id')::bigint"
        " WHERE r.merge_id = %(merge)s AND r.\"table\" = 'campaigns_candidate'"
        " AND r.was = 'changed' AND r.after->>'state' = 'stopped' AND c.state <> 'stopped'",
        {"merge": merge_id},
        taken_back=True,
    )


# helpers


def _end(cursor: Any) -> None:
    """History, counts, no more timers and listeners, and no message that still waits."""
    write_down(
        cursor,
        "journeys_enrollment",
        "changed",
        "UPDATE journeys_enrollment t SET state = 'finished', exit_reason = 'merged',"
        " finished_at = greatest(g.at, t.arrived_at), error = '' FROM was, customers_merge g"
        " WHERE t.id = was.id AND g.id = was.merge_id RETURNING was.merge_id,"
        f" {key_of(('id',))} AS key, was.before,"
        " jsonb_build_object('state', t.state, 'exit_reason', t.exit_reason) AS after",
        before_that="was AS (SELECT m.merge_id, e.id, jsonb_build_object('state', e.state,"
        " 'exit_reason', e.exit_reason, 'finished_at', e.finished_at, 'error', e.error) AS before"
        " FROM merging_ended m JOIN journeys_enrollment e USING (id) WHERE NOT m.is_over),",
    )
    cursor.execute(
        "SELECT journeys_ensure_history(e.finished_at, e.finished_at) FROM merging_ended m"
        " JOIN journeys_enrollment e USING (id) WHERE NOT m.is_over"
    )
    write_down(
        cursor,
        "journeys_stretch",
        "made",
        "INSERT INTO journeys_stretch AS t (enrollment_id, version_id, arrived_at, left_at, visit,"
        " path) SELECT e.id, e.version_id, e.arrived_at, e.finished_at, e.visit,"
        " ARRAY[journeys_way_id(e.node, 'merged')] FROM merging_ended m"
        " JOIN journeys_enrollment e USING (id) WHERE NOT m.is_over ORDER BY e.id RETURNING"
        " (SELECT merge_id FROM merging_ended m WHERE m.id = t.enrollment_id) AS merge_id,"
        f" {key_of(('enrollment_id', 'visit', 'left_at'))} AS key, NULL::jsonb AS before,"
        " jsonb_build_object('version_id', t.version_id,"
        " 'node', (SELECT e.node FROM journeys_enrollment e WHERE e.id = t.enrollment_id),"
        " 'hour', date_trunc('hour', t.left_at, 'UTC')) AS after",
    )
    cursor.execute(
        "INSERT INTO journeys_nodecount AS c (version_id, node, outcome, hour, n)"
        " SELECT e.version_id, e.node, 'merged', date_trunc('hour', e.finished_at, 'UTC'), count(*)"
        " FROM merging_ended m JOIN journeys_enrollment e USING (id) WHERE NOT m.is_over"
        " GROUP BY 1, 2, 4"
        " ORDER BY 1, 2, 4"
        " ON CONFLICT (version_id, node, outcome, hour) DO UPDATE SET n = c.n + excluded.n"
    )
    for table in ("journeys_timer", "journeys_heldtimer", "journeys_listener"):
        write_down(
            cursor,
            table,
            "removed",
            f"DELETE FROM {table} t USING merging_ended m WHERE {_OF_WALK} AND NOT m.is_over"
            f" RETURNING m.merge_id, {key_of(('id',))} AS key, to_jsonb(t) AS before",
        )
    write_down(
        cursor,
        "campaigns_candidate",
        "changed",
        "UPDATE campaigns_candidate t SET state = 'stopped', rule = 'merged', detail = '{}',"
        " decided_at = was.at FROM was WHERE t.id = was.id RETURNING was.merge_id,"
        f" {key_of(('id',))} AS key, was.before,"
        " jsonb_build_object('state', t.state, 'rule', t.rule) AS after",
        before_that="was AS (SELECT m.merge_id, c.id, g.at, jsonb_build_object('state', c.state,"
        " 'rule', c.rule, 'detail', c.detail, 'decided_at', c.decided_at) AS before"
        " FROM merging_ended m JOIN customers_merge g ON g.id = m.merge_id"
        " JOIN campaigns_candidate c ON c.enrollment_id = m.id"
        " WHERE c.state IN ('waiting', 'deferred')),",
    )
    write_down(
        cursor,
        "campaigns_decision",
        "made",
        "INSERT INTO campaigns_decision AS t (candidate_id, customer_id, decided_at, verdict, rule,"
        " detail) SELECT c.id, c.customer_id, c.decided_at, 'stopped', 'merged', '{}'"
        " FROM merging_ended m JOIN customers_merge g ON g.id = m.merge_id"
        " JOIN campaigns_candidate c ON c.enrollment_id = m.id"
        " WHERE c.rule = 'merged' AND c.decided_at = g.at RETURNING"
        " (SELECT merge_id FROM merging_ended m"
        " JOIN campaigns_candidate c ON c.enrollment_id = m.id WHERE c.id = t.candidate_id)"
        f" AS merge_id, {key_of(('candidate_id', 'id'))} AS key, NULL::jsonb AS before",
    )
    note(
        cursor,
        "SELECT c.journey_id, c.version_id, c.node, c.wanted_at, c.state AS verdict, c.rule"
        " FROM merging_ended m JOIN customers_merge g ON g.id = m.merge_id"
        " JOIN campaigns_candidate c ON c.enrollment_id = m.id"
        " WHERE c.rule = 'merged' AND c.decided_at = g.at",
        {},
    )


def _move_entrants(cursor: Any) -> None:
    """Who is to enter later does so as the one she is then; what both are to enter for, once."""
    write_down(
        cursor,
        "journeys_entrant",
        "removed",
        "DELETE FROM journeys_entrant t USING merging m WHERE t.customer_id = m.other_id AND EXISTS"
        " (SELECT 1 FROM journeys_entrant k WHERE k.customer_id = m.kept_id"
        " AND (k.journey_id, k.node, k.token) = (t.journey_id, t.node, t.token))"
        f" RETURNING m.merge_id, {key_of(('id',))} AS key, to_jsonb(t) AS before",
    )
    write_down(
        cursor,
        "journeys_entrant",
        "changed",
        "UPDATE journeys_entrant t SET customer_id = m.kept_id FROM merging m"
        f" WHERE t.customer_id = m.other_id RETURNING m.merge_id, {key_of(('id',))} AS key,"
        " jsonb_build_object('customer_id', m.other_id) AS before",
    )


def _follow(cursor: Any, whose: str) -> None:
    """Give what hangs on walks the customer and bucket of its walk.

    Nothing of it has to be written down: wherever a walk goes, back too, this goes with it.
    """
    walks = f"FROM journeys_enrollment e WHERE {whose} AND t.enrollment_id = e.id"
    for table in ("journeys_timer", "journeys_heldtimer"):
        cursor.execute(
            f"UPDATE {table} t SET bucket = e.bucket {walks} AND e.state <> 'finished'"
            " AND t.bucket <> e.bucket"
        )
    cursor.execute(
        f"UPDATE journeys_listener t SET customer_id = e.customer_id, bucket = e.bucket {walks}"
        " AND t.customer_id <> e.customer_id"
    )
    for table in ("journeys_webhookcall", "campaigns_task"):
        cursor.execute(
            f"UPDATE {table} t SET customer_id = e.customer_id {walks}"
            " AND t.customer_id <> e.customer_id"
        )
    cursor.execute(
        "UPDATE campaigns_candidate t SET customer_id = e.customer_id,"
        f" bucket = e.customer_id % 256 {walks} AND t.customer_id <> e.customer_id"
    )
    cursor.execute(
        "UPDATE campaigns_message t SET customer_id = c.customer_id FROM campaigns_candidate c"
        f" JOIN journeys_enrollment e ON e.id = c.enrollment_id WHERE {whose}"
        " AND t.candidate_id = c.id AND t.customer_id <> c.customer_id"
    )
    cursor.execute(
        "UPDATE campaigns_decision t SET customer_id = c.customer_id FROM campaigns_candidate c"
        f" JOIN journeys_enrollment e ON e.id = c.enrollment_id WHERE {whose}"
        " AND t.candidate_id = c.id AND t.customer_id <> c.customer_id"
    )
