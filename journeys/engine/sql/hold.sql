-- name: release_held
-- Timers of journeys that are not paused any more fall due again, at the time they had.
WITH free AS (
    SELECT j.id FROM journeys_journey j
    WHERE j.state <> 'paused' AND EXISTS (
        SELECT 1 FROM journeys_heldtimer h WHERE h.journey_id = j.id AND h.reason = 'paused')
), chosen AS MATERIALIZED (
    SELECT h.id FROM journeys_heldtimer h JOIN free ON free.id = h.journey_id
    WHERE h.reason = 'paused' LIMIT %(limit)s FOR UPDATE OF h SKIP LOCKED
), freed AS (
    DELETE FROM journeys_heldtimer h USING chosen WHERE h.id = chosen.id RETURNING h.*
)
INSERT INTO journeys_timer (
    version_id, enrollment_id, visit, bucket, due_at, kind, event_id, event_at, label
)
SELECT version_id, enrollment_id, visit, bucket, due_at, kind, event_id, event_at, label FROM freed;

-- name: free_set_aside
-- Customers who were set aside are tried again where they stand, with what woke them.
WITH back AS (
    UPDATE journeys_enrollment SET state = 'active', error = ''
    WHERE id = ANY(%(ids)b::bigint[]) AND state = 'set_aside'
    RETURNING id
), freed AS (
    DELETE FROM journeys_heldtimer h USING back
    WHERE h.enrollment_id = back.id AND h.reason = 'set_aside' RETURNING h.*
)
INSERT INTO journeys_timer (
    version_id, enrollment_id, visit, bucket, due_at, kind, event_id, event_at, label
)
SELECT version_id, enrollment_id, visit, bucket, due_at, kind, event_id, event_at, label FROM freed;

-- name: last_arrival
-- The latest moment at which anybody inside a journey arrived where she stands.
SELECT max(arrived_at) FROM journeys_enrollment
WHERE journey_id = %(journey)s AND state <> 'finished';

-- name: leave_all
-- Everybody who is inside a journey leaves it now, with history and counts. Who has not been
-- looked at since she entered is not yet counted as arrived.
WITH inside AS MATERIALIZED (
    SELECT id, visit = 1 AND state = 'active' AS is_new FROM journeys_enrollment
    WHERE journey_id = %(journey)s AND state <> 'finished' ORDER BY id FOR UPDATE
), gone AS (
    UPDATE journeys_enrollment e
    SET state = 'finished', finished_at = greatest(%(now)s, e.arrived_at),
        exit_reason = %(reason)s
    FROM inside WHERE e.id = inside.id
    RETURNING e.id, e.visit, e.version_id, e.node, e.arrived_at, e.finished_at,
              inside.is_new
), ways AS MATERIALIZED (
    SELECT node, journeys_way_id(node, %(reason)s) AS id
    FROM (SELECT DISTINCT node FROM gone ORDER BY node) nodes
), told AS (
    INSERT INTO journeys_stretch (enrollment_id, version_id, arrived_at, left_at, visit, path)
    SELECT g.id, g.version_id, g.arrived_at, g.finished_at, g.visit, ARRAY[w.id]
    FROM gone g JOIN ways w USING (node)
), sums AS (
    SELECT version_id, node, %(reason)s::text AS outcome,
           date_trunc('hour', finished_at, 'UTC') AS hour, count(*) AS n
    FROM gone GROUP BY 1, 2, 4
    UNION ALL
    SELECT version_id, node, '', date_trunc('hour', arrived_at, 'UTC'), count(*)
    FROM gone WHERE is_new GROUP BY 1, 2, 4
), counted AS (
    INSERT INTO journeys_nodecount AS c (version_id, node, outcome, hour, n)
    SELECT * FROM sums ORDER BY version_id, node, outcome, hour
    ON CONFLICT (version_id, node, outcome, hour) DO UPDATE SET n = c.n + excluded.n
)
SELECT count(*) FROM gone;

-- name: silence_journey
DELETE FROM journeys_listener l USING journeys_journeyversion v
WHERE v.id = l.version_id AND v.journey_id = %(journey)s;

-- name: forget_held
DELETE FROM journeys_heldtimer WHERE journey_id = %(journey)s;

-- name: forget_listeners
-- Goals of finished walks whose time has been over for a day: a late event would come too late.
DELETE FROM journeys_listener WHERE until < %(before)s AND NOT EXISTS (
    SELECT 1 FROM journeys_enrollment e
    WHERE e.id = enrollment_id AND e.state <> 'finished' AND e.visit = journeys_listener.visit);

-- name: ask_late
-- What is too late stays held until somebody says what then. All that one person has, so that an
-- event and the end of its wait are not torn apart.
UPDATE journeys_heldtimer h SET reason = 'late'
WHERE h.journey_id = %(journey)s AND h.reason = 'paused' AND h.enrollment_id IN (
    SELECT enrollment_id FROM journeys_heldtimer
    WHERE journey_id = %(journey)s AND reason = 'paused' AND due_at < %(before)s);

-- name: late_from_now
-- What is late falls due now. A timer beside it says that no visit of theirs ends before now; it
-- is due at the same moment, so that the engine claims both at once.
WITH late AS (
    UPDATE journeys_heldtimer h SET due_at = %(now)s
    WHERE h.journey_id = %(journey)s AND h.reason = %(reason)s AND h.visit > 0
      AND h.enrollment_id IN (
        SELECT enrollment_id FROM journeys_heldtimer
        WHERE journey_id = %(journey)s AND reason = %(reason)s AND due_at < %(before)s)
    RETURNING h.version_id, h.enrollment_id, h.visit, h.bucket
)
INSERT INTO journeys_heldtimer (journey_id, reason, version_id, enrollment_id, visit, bucket,
                                due_at, kind, label)
SELECT DISTINCT %(journey)s, %(reason)s, version_id, enrollment_id, visit, bucket, %(now)s::timestamptz, 1,
       %(label)s FROM late;

-- name: release_late
UPDATE journeys_heldtimer SET reason = 'paused'
WHERE journey_id = %(journey)s AND reason = 'late';
