-- name: due_versions
-- The versions that anybody is due in, with how many (as far as a batch would take), the smallest
-- first: a journey with a million due timers must not make one with ten wait.
SELECT d.version_id, v.published_at, j.id, j.code, j.state, j.brand_id, d.due_at, few.n
FROM journeys_due d
JOIN journeys_journeyversion v ON v.id = d.version_id
JOIN journeys_journey j ON j.id = v.journey_id
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        SELECT 1 FROM journeys_timer t
        WHERE t.version_id = d.version_id AND t.due_at <= %(now)s LIMIT %(limit)s
    ) due
) few
WHERE d.due_at <= %(now)s
ORDER BY few.n, d.due_at, d.version_id;

-- name: due_buckets
-- Buckets with timers that are due among the version's next %(limit)s, with how many. Reads the
-- index timer_due only.
SELECT bucket, count(*)
FROM (
    SELECT bucket FROM journeys_timer WHERE version_id = %(version)s AND due_at <= %(now)s
    ORDER BY due_at, enrollment_id LIMIT %(limit)s
) due
GROUP BY bucket;

-- name: lease_buckets
-- Locks the buckets that no other worker owns, until commit. A statement of its own, before
-- anything is read: each statement sees what was committed when it began. It shuts out other
-- workers and merges (FOR UPDATE), but not entries of audiences (FOR KEY SHARE), whose walks nobody
-- else can see before they commit.
SELECT id FROM journeys_bucket WHERE id = ANY(%(buckets)b::smallint[])
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED;

-- name: share_buckets
-- Waits for merges under way and keeps new ones away, until commit; workers go on.
SELECT count(*) FROM (SELECT 1 FROM journeys_bucket ORDER BY id FOR KEY SHARE) shared;

-- name: claim_timers
-- Consumes the timers of a version that are due in the leased buckets, oldest first. WITH TIES
-- takes all that one enrollment has at the same moment: an event at the deadline must meet the
-- timeout. The claim is materialised because a DELETE by an array of ids is planned for ten rows.
WITH due AS MATERIALIZED (
    SELECT id FROM journeys_timer
    WHERE version_id = %(version)s AND due_at <= %(now)s
      AND bucket = ANY(%(buckets)b::smallint[])
    ORDER BY due_at, enrollment_id
    FETCH FIRST %(limit)s ROWS WITH TIES
)
DELETE FROM journeys_timer t USING due WHERE t.id = due.id
RETURNING t.version_id, t.enrollment_id, t.visit, t.bucket, t.due_at, t.kind, t.event_id,
          t.event_at, t.label;

-- name: lock_enrollments
-- Locks and reads the enrollments of claimed timers.
SELECT e.id, e.version_id, e.customer_id, e.bucket, e.node, e.visit, e.entry_key, e.entered_at,
       e.arrived_at, e.state, e.goal_at, (e.context #>> '{event,id}')::bigint, e.context::text,
       e.finished_at, e.exit_reason, e.error
FROM journeys_enrollment e
WHERE e.id = ANY(%(ids)b::bigint[])
ORDER BY e.id FOR UPDATE;

-- name: lock_customers
-- Makes ingest and engine take turns about a customer who may begin to listen. The door locks the
-- customers of its events (FOR NO KEY UPDATE, in the order of ids) until it commits: waiting for
-- it lets the next statement see these events, and holding her lets the door wait until her
-- listener can be seen. Without it an event could fall between the two.
SELECT count(*) FROM (
    SELECT 1 FROM customers_customer WHERE id = ANY(%(ids)b::bigint[]) ORDER BY id FOR SHARE
) locked;

-- name: lock_customers_to_change
-- The same for who is about to be changed by an act, as the door locks.
SELECT count(*) FROM (
    SELECT 1 FROM customers_customer WHERE id = ANY(%(ids)b::bigint[]) ORDER BY id
    FOR NO KEY UPDATE
) locked;

-- name: read_versions
-- The journeys that versions belong to, as they are now.
SELECT v.id, v.published_at, j.id, j.code, j.state, j.brand_id, j.current_id = v.id
FROM journeys_journeyversion v JOIN journeys_journey j ON j.id = v.journey_id
WHERE v.id = ANY(%(ids)b::bigint[]);

-- name: read_graph
SELECT graph::text FROM journeys_journeyversion WHERE id = %(id)s;

-- name: read_lag
-- The oldest timer that is due.
SELECT min(due_at) FROM journeys_due WHERE due_at <= %(now)s;

-- name: next_due
-- When the engine has to look next.
SELECT min(due_at) FROM journeys_due;

-- name: known_rows
-- Tables that the planner believes to be much smaller than they are: it knows of fewer rows than were
-- written just now, and since it looked they have grown by half, or it knows of next to none. What is
-- empty, or was counted and has only shrunk since, needs no look.
SELECT t.relname FROM (
    SELECT relname, reltuples, relpages,
           pg_relation_size(oid) / current_setting('block_size')::int AS pages
    FROM pg_class WHERE oid = ANY(%(tables)s::regclass[])
) t
WHERE t.reltuples < %(rows)s AND t.pages > 0
  AND (t.pages > 1.5 * t.relpages OR t.reltuples < %(rows)s / 10.0);
