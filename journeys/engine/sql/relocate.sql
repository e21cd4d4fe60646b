-- name: own_buckets
-- Keeps the workers of the engine, which skip what is locked, away from these customers.
SELECT id FROM journeys_bucket WHERE id = ANY(%(buckets)b::smallint[]) ORDER BY id FOR UPDATE;

-- name: number_of
SELECT number FROM journeys_journeyversion WHERE id = %(version)s;

-- name: never_looked_at
-- Who has entered and was not yet looked at: she is not counted as arrived, and has no goal yet.
SELECT enrollment_id FROM journeys_timer
WHERE enrollment_id = ANY(%(ids)b::bigint[]) AND visit = 1 AND kind = 0 AND label = ''
UNION
SELECT enrollment_id FROM journeys_heldtimer
WHERE enrollment_id = ANY(%(ids)b::bigint[]) AND visit = 1 AND kind = 0 AND label = ''
  AND reason = 'paused';

-- name: set_version
-- With what may still wake them: the goal, and the entry of who was never looked at.
WITH timers AS (
    UPDATE journeys_timer SET version_id = %(version)s WHERE enrollment_id = ANY(%(ids)b::bigint[])
), held AS (
    UPDATE journeys_heldtimer SET version_id = %(version)s
    WHERE enrollment_id = ANY(%(ids)b::bigint[])
)
UPDATE journeys_enrollment SET version_id = %(version)s WHERE id = ANY(%(ids)b::bigint[]);

-- name: drop_timers
DELETE FROM journeys_timer WHERE enrollment_id = ANY(%(ids)b::bigint[]) AND visit > 0;

-- name: drop_held
DELETE FROM journeys_heldtimer WHERE enrollment_id = ANY(%(ids)b::bigint[]) AND visit > 0;

-- name: drop_goals
DELETE FROM journeys_listener WHERE enrollment_id = ANY(%(ids)b::bigint[]) AND visit = 0;

-- name: listen_for_goal
-- As at entry, by the goal of another version; not where its time has been over for a day.
INSERT INTO journeys_listener (customer_id, event_type_id, enrollment_id, visit, bucket, version_id,
                               node, label, opened_at, until, match_property, match_value)
SELECT customer_id, %(type)s, id, 0, bucket, %(version)s, node, 'goal', entered_at,
       entered_at + %(within)s::interval, '', ''
FROM journeys_enrollment
WHERE id = ANY(%(ids)b::bigint[])
  AND (%(within)s::interval IS NULL
       OR entered_at + %(within)s::interval > %(now)s::timestamptz - interval '1 day')
ORDER BY id;

-- name: carry_candidates
-- The wish of a visit becomes that of the next one, which a move to another version begins.
UPDATE campaigns_candidate k SET visit = k.visit + 1
FROM unnest(%(ids)b::bigint[], %(visits)b::int[]) AS old (enrollment_id, visit)
WHERE k.enrollment_id = old.enrollment_id AND k.node = %(node)s AND k.visit = old.visit;

-- name: outdate_candidates
-- The gate stops what would come too late, and says so.
UPDATE campaigns_candidate SET expires_at = %(now)s, due_at = %(now)s
WHERE enrollment_id = ANY(%(ids)b::bigint[]) AND state IN ('waiting', 'deferred');

-- name: free_again
UPDATE journeys_enrollment SET state = 'active', error = ''
WHERE id = ANY(%(ids)b::bigint[]) AND state = 'set_aside';

-- name: collect_move
-- Who is to be moved, bucket by bucket. Whoever stands elsewhere when her bucket has its turn is
-- treated as one who stands there. Who came late was being enrolled while her version was replaced.
WITH who AS (
    SELECT bucket, id FROM journeys_enrollment
    WHERE journey_id = %(journey)s AND version_id = %(version)s AND state <> 'finished'
      AND (%(node)s = '' OR node = %(node)s)
      AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s::bigint[]))
      AND (%(turn)s = 0 OR id NOT IN (
          SELECT unnest(enrollment_ids) FROM journeys_peoplemovepart WHERE move_id = %(move)s))
), parts AS (
    INSERT INTO journeys_peoplemovepart (move_id, bucket, turn, enrollment_ids, is_done)
    SELECT %(move)s, bucket, %(turn)s, array_agg(id ORDER BY id), false FROM who GROUP BY bucket
    RETURNING cardinality(enrollment_ids) AS n
)
SELECT coalesce(sum(n), 0)::bigint FROM parts;

-- name: end_moves
WITH ended AS (
    UPDATE journeys_peoplemove SET state = 'stopped', finished_at = %(now)s, swept_at = %(now)s
    WHERE journey_id = %(journey)s AND swept_at IS NULL RETURNING id
)
DELETE FROM journeys_peoplemovepart p USING ended WHERE p.move_id = ended.id;
