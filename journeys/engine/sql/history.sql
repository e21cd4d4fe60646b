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
