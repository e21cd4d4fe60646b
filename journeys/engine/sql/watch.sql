-- name: find_trouble
-- The next enrollments by their number, and who of them is stuck or lost. Returns the last number,
-- how many were looked at, and how many are in trouble and were not known.
WITH chunk AS MATERIALIZED (
    SELECT id, journey_id, version_id, node, visit, state, arrived_at FROM journeys_enrollment
    WHERE id > %(after)s ORDER BY id LIMIT %(span)s
), inside AS MATERIALIZED (
    SELECT c.*, NOT coalesce(v.graph -> 'nodes' ? c.node, false) AS is_lost
    FROM chunk c JOIN journeys_journeyversion v ON v.id = c.version_id
    JOIN journeys_journey j ON j.id = c.journey_id
    WHERE c.state = 'active' AND c.arrived_at < %(before)s
      AND j.state IN ('running', 'paused', 'draining')
), troubled AS (
    SELECT i.id, i.journey_id, i.version_id, i.node,
           CASE WHEN i.is_lost THEN 'lost' ELSE 'stuck' END AS kind
    FROM inside i
    WHERE i.is_lost OR NOT (
        EXISTS (SELECT 1 FROM journeys_timer t WHERE t.enrollment_id = i.id AND t.visit = i.visit)
        OR EXISTS (SELECT 1 FROM journeys_listener l
                   WHERE l.enrollment_id = i.id AND l.visit = i.visit)
        OR EXISTS (SELECT 1 FROM journeys_heldtimer h
                   WHERE h.enrollment_id = i.id AND h.visit = i.visit))
    LIMIT 10000
), noted AS (
    INSERT INTO journeys_trouble (enrollment_id, journey_id, version_id, node, kind, found_at)
    SELECT id, journey_id, version_id, node, kind, %(now)s FROM troubled
    ON CONFLICT (enrollment_id) DO NOTHING RETURNING 1
)
SELECT coalesce((SELECT max(id) FROM chunk), 0), (SELECT count(*) FROM chunk),
       (SELECT count(*) FROM noted);

-- name: forget_mended
-- Who was in trouble and is not any more.
DELETE FROM journeys_trouble x
WHERE NOT EXISTS (
    SELECT 1 FROM journeys_enrollment e
    JOIN journeys_journeyversion v ON v.id = e.version_id
    JOIN journeys_journey j ON j.id = e.journey_id
    WHERE e.id = x.enrollment_id AND e.state = 'active' AND e.node = x.node
      AND e.version_id = x.version_id AND j.state IN ('running', 'paused', 'draining')
      AND (NOT coalesce(v.graph -> 'nodes' ? e.node, false) OR NOT (
        EXISTS (SELECT 1 FROM journeys_timer t WHERE t.enrollment_id = e.id AND t.visit = e.visit)
        OR EXISTS (SELECT 1 FROM journeys_listener l
                   WHERE l.enrollment_id = e.id AND l.visit = e.visit)
        OR EXISTS (SELECT 1 FROM journeys_heldtimer h
                   WHERE h.enrollment_id = e.id AND h.visit = e.visit))));

-- name: drop_orphans
-- What would wake walks that are not there, of those between two numbers (both inclusive).
WITH gone AS MATERIALIZED (
    SELECT t.id, 'timer' AS what FROM journeys_timer t
    WHERE t.enrollment_id BETWEEN %(first)s AND %(last)s
      AND NOT EXISTS (SELECT 1 FROM journeys_enrollment e WHERE e.id = t.enrollment_id)
    UNION ALL
    SELECT h.id, 'held' FROM journeys_heldtimer h
    WHERE h.enrollment_id BETWEEN %(first)s AND %(last)s
      AND NOT EXISTS (SELECT 1 FROM journeys_enrollment e WHERE e.id = h.enrollment_id)
    UNION ALL
    SELECT l.id, 'listener' FROM journeys_listener l
    WHERE l.enrollment_id BETWEEN %(first)s AND %(last)s
      AND NOT EXISTS (SELECT 1 FROM journeys_enrollment e WHERE e.id = l.enrollment_id)
), timers AS (
    DELETE FROM journeys_timer t USING gone g WHERE g.what = 'timer' AND t.id = g.id RETURNING 1
), held AS (
    DELETE FROM journeys_heldtimer h USING gone g WHERE g.what = 'held' AND h.id = g.id RETURNING 1
), listeners AS (
    DELETE FROM journeys_listener l USING gone g WHERE g.what = 'listener' AND l.id = g.id RETURNING 1
)
SELECT (SELECT count(*) FROM timers) + (SELECT count(*) FROM held)
       + (SELECT count(*) FROM listeners);

-- name: note_lag
INSERT INTO journeys_lagcount AS c (minute, at_most_ms, n)
SELECT %(minute)s, * FROM unnest(%(bounds)b::bigint[], %(ns)b::bigint[])
ON CONFLICT (minute, at_most_ms) DO UPDATE SET n = c.n + excluded.n;
