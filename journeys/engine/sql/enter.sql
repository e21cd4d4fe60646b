-- name: wake_listeners
-- A timer for everybody who waits for one of these events: the first match of each listener.
-- An event without a brand is every brand's.
INSERT INTO journeys_timer (
    version_id, enrollment_id, visit, bucket, due_at, kind, event_id, event_at, label
)
SELECT DISTINCT ON (l.id)
       l.version_id, l.enrollment_id, l.visit, l.bucket, i.occurred_at, 2, i.id, i.occurred_at, l.label
FROM ingested_events i
JOIN journeys_listener l
    ON l.customer_id = i.customer_id AND l.event_type_id = i.event_type_id
    AND i.occurred_at >= l.opened_at AND (l.until IS NULL OR i.occurred_at <= l.until)
    AND (l.match_property = '' OR i.properties ->> l.match_property = l.match_value)
JOIN journeys_journeyversion v ON v.id = l.version_id
JOIN journeys_journey j ON j.id = v.journey_id
WHERE i.brand_id IS NULL OR i.brand_id = j.brand_id
ORDER BY l.id, i.occurred_at, i.id;

-- name: awaits_events
-- Whether events of these types concern anybody: asked before many are told.
SELECT EXISTS (SELECT 1 FROM journeys_listener) OR EXISTS (
    SELECT 1 FROM journeys_eventtrigger t
    JOIN journeys_journeyversion v ON v.id = t.version_id
    JOIN journeys_journey j ON j.current_id = v.id
    WHERE t.event_type_id = ANY(%(types)b::bigint[]) AND j.state = 'running');

-- name: open_triggers
-- The triggers of running journeys for these event types, in the version that entries take.
SELECT t.node, t.event_type_id, v.id, v.published_at, j.id, j.code, j.state, j.brand_id,
       j.starts_at, j.ends_at
FROM journeys_eventtrigger t
JOIN journeys_journeyversion v ON v.id = t.version_id
JOIN journeys_journey j ON j.current_id = v.id
WHERE t.event_type_id = ANY(%(types)b::bigint[]) AND j.state = 'running'
ORDER BY j.id, t.node;

-- name: open_audiences
-- Running journeys; the engine knows which of them have an audience that is not yet all in.
SELECT v.id, v.published_at, j.id, j.code, j.state, j.brand_id, j.starts_at, j.ends_at
FROM journeys_journey j JOIN journeys_journeyversion v ON v.id = j.current_id
WHERE j.state = 'running';

-- name: slices_of
-- Where a large audience is cut into slices of about as many ids each.
SELECT n, first + (last - first + 1) * n / %(parts)s,
       CASE WHEN n < %(parts)s - 1 THEN first + (last - first + 1) * (n + 1) / %(parts)s END
FROM (
    SELECT min(customer_id) - 1 AS first, max(customer_id) - 1 AS last
    FROM customers_segmentmember WHERE segment_id = %(segment)s
) ids, generate_series(0, %(parts)s - 1) AS n
WHERE last > first OR n = 0 ORDER BY n;

-- name: lease_audience
-- The place where a slice of an audience has got to; nothing when other workers are at all of them
-- or all are in.
SELECT id, after_customer_id, coalesce(last_customer_id, 9223372036854775807)
FROM journeys_audienceentry
WHERE version_id = %(version)s AND node = %(node)s AND finished_at IS NULL
ORDER BY part LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: lock_audience
-- Makes merging and entering take turns: a customer who is being merged is waited for, and nobody
-- is merged between being read and being enrolled. In the order of ids, as everybody locks them.
SELECT count(*) FROM (
    SELECT 1 FROM customers_customer c
    WHERE c.id IN (
        SELECT customer_id FROM customers_segmentmember
        WHERE segment_id = %(segment)s AND customer_id > %(after)s AND customer_id <= %(last)s
        ORDER BY customer_id LIMIT %(limit)s)
    ORDER BY c.id FOR SHARE
) locked;

-- name: enter_audience
-- The next members of a segment enter, in the order of their ids. Returns how many members were
-- looked at, the last of them, and how many entered. Members are locked against a merge in the same
-- moment: who is merged meanwhile does not enter, and who has entered is moved by the merge. Who is
-- in already is asked row by row, see enter_compiled and by_index_only.
WITH members AS MATERIALIZED (
    SELECT m.customer_id
    FROM customers_segmentmember m JOIN customers_customer c ON c.id = m.customer_id
    WHERE m.segment_id = %(segment)s AND m.customer_id > %(after)s AND m.customer_id <= %(last)s
      AND c.merged_into_id IS NULL AND c.erased_at IS NULL
    ORDER BY m.customer_id LIMIT %(limit)s
    FOR SHARE OF c
), entered AS (
    INSERT INTO journeys_enrollment (
        journey_id, version_id, customer_id, bucket, entry_key, entry_guard, entered_at, node,
        visit, arrived_at, state, exit_reason, error, context
    )
    SELECT %(journey)s, %(version)s, m.customer_id, m.customer_id %% 256, '', '', %(now)s,
           %(node)s, 1, %(now)s, 'active', '', '', '{}'
    FROM members m
    WHERE NOT EXISTS (
        SELECT 1 FROM journeys_enrollment x
        WHERE x.customer_id = m.customer_id AND x.journey_id + 0 = %(journey)s
    )
    ORDER BY m.customer_id
    ON CONFLICT (customer_id, journey_id, entry_guard) DO NOTHING
    RETURNING id, bucket
), timed AS (
    INSERT INTO journeys_timer (version_id, enrollment_id, visit, bucket, due_at, kind, label)
    SELECT %(version)s, id, 1, bucket, %(now)s, 0, '' FROM entered
    RETURNING 1
)
SELECT (SELECT count(*) FROM members), (SELECT max(customer_id) FROM members),
       (SELECT count(*) FROM timed);

-- name: note_audience
UPDATE journeys_audienceentry
SET after_customer_id = coalesce(%(after)s, after_customer_id), entered = entered + %(entered)s,
    finished_at = %(finished)s
WHERE id = %(id)s
RETURNING entered;
