-- name: way_ids
-- The numbers of ways out of nodes; new ones are made.
SELECT node, outcome, journeys_way_id(node, outcome)
FROM unnest(%(nodes)b::text[], %(outcomes)b::text[]) WITH ORDINALITY AS w (node, outcome, place)
ORDER BY place;

-- name: ensure_history
-- The monthly partitions for history between two moments. Nearly always there already.
SELECT journeys_ensure_history(%(first)s, %(last)s);

-- name: drop_history
SELECT journeys_drop_history(%(before)s);

-- name: fold_node_counts
-- Sums per hour become sums per day (UTC), so that pages which add up all of them stay fast for
-- years. Every sum stays what it was.
WITH old AS (
    DELETE FROM journeys_nodecount
    WHERE hour < %(before)s AND hour <> date_trunc('day', hour, 'UTC')
    RETURNING version_id, node, outcome, date_trunc('day', hour, 'UTC') AS day, n
)
INSERT INTO journeys_nodecount AS c (version_id, node, outcome, hour, n)
SELECT version_id, node, outcome, day, sum(n) FROM old GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (version_id, node, outcome, hour) DO UPDATE SET n = c.n + excluded.n;

-- name: fold_verdict_counts
-- The same of what the gate has said.
WITH old AS (
    DELETE FROM campaigns_verdictcount
    WHERE hour < %(before)s AND hour <> date_trunc('day', hour, 'UTC')
    RETURNING journey_id, version_id, node, date_trunc('day', hour, 'UTC') AS day, verdict, rule, n
)
INSERT INTO campaigns_verdictcount AS c (journey_id, version_id, node, hour, verdict, rule, n)
SELECT journey_id, version_id, node, day, verdict, rule, sum(n)
FROM old GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
ON CONFLICT (journey_id, version_id, node, hour, verdict, rule)
    DO UPDATE SET n = c.n + excluded.n;

-- name: forget_calls
-- Calls of other systems that were settled long ago, with what they said of customers.
DELETE FROM journeys_webhookcall WHERE state <> 'waiting' AND created_at < %(before)s;
