-- name: move_enrollments
-- The new place of everybody who moved. No index covers these columns: the rows stay in place.
UPDATE journeys_enrollment e
SET node = new.node, visit = new.visit, arrived_at = new.arrived_at, state = new.state,
    finished_at = new.finished_at, exit_reason = new.exit_reason, goal_at = new.goal_at,
    error = new.error
FROM unnest(%(ids)b::bigint[], %(nodes)b::text[], %(visits)b::int[], %(arrived)b::timestamptz[],
            %(states)b::text[], %(finished)b::timestamptz[], %(reasons)b::text[],
            %(goals)b::timestamptz[], %(errors)b::text[])
    AS new (id, node, visit, arrived_at, state, finished_at, exit_reason, goal_at, error)
WHERE e.id = new.id;

-- name: drop_listeners
-- Nobody listens any more for visits that ended (all but the goal, visit 0).
DELETE FROM journeys_listener
WHERE enrollment_id = ANY(%(ids)b::bigint[]) AND visit > 0;

-- name: drop_all_listeners
DELETE FROM journeys_listener WHERE enrollment_id = ANY(%(ids)b::bigint[]);

-- name: put_variables
-- What acts have found out about a walk, as its messages, branches and webhooks may use it.
UPDATE journeys_enrollment e
SET context = e.context || jsonb_build_object('vars', new.variables::jsonb)
FROM unnest(%(ids)b::bigint[], %(variables)b::text[]) AS new (id, variables)
WHERE e.id = new.id;

-- name: insert_candidates
-- One message wish per (enrollment, node, visit), by a unique key, whatever is killed. Channel and
-- purpose are the content's, priority the node's or else the journey's.
INSERT INTO campaigns_candidate (
    brand_id, customer_id, bucket, journey_id, version_id, enrollment_id, node, visit,
    campaign_id, content_id, channel, purpose, priority, context, wanted_at, due_at, expires_at,
    state, rule, detail
)
SELECT j.brand_id, e.customer_id, e.bucket, j.id, e.version_id, e.id, want.node, want.visit,
       j.campaign_id, c.id, c.channel, c.purpose, coalesce(want.priority, j.priority),
       -- The variables as they were at this visit: a later one may have set them anew by now.
       e.context || coalesce('{"vars": ' || want.variables || '}', '{}')::jsonb
           || jsonb_build_object('journey', jsonb_build_object(
               'code', j.code, 'name', j.name, 'timezone', j.timezone)),
       want.wanted_at, want.wanted_at, want.expires_at, 'waiting', '', '{}'
FROM unnest(%(enrollments)b::bigint[], %(nodes)b::text[], %(visits)b::int[],
            %(contents)b::bigint[], %(priorities)b::int[], %(wanted)b::timestamptz[],
            %(expires)b::timestamptz[], %(variables)b::text[])
    AS want (enrollment_id, node, visit, content_id, priority, wanted_at, expires_at, variables)
JOIN journeys_enrollment e ON e.id = want.enrollment_id
JOIN journeys_journey j ON j.id = e.journey_id
JOIN campaigns_content c ON c.id = want.content_id
ON CONFLICT (enrollment_id, node, visit) DO NOTHING;

-- name: count_nodes
-- Sums per node, outcome and hour. Last of all statements and in the order of the key, since all
-- workers write these few rows and must never wait for each other in a circle.
INSERT INTO journeys_nodecount AS c (version_id, node, outcome, hour, n)
SELECT * FROM unnest(%(versions)b::bigint[], %(nodes)b::text[], %(outcomes)b::text[],
                     %(hours)b::timestamptz[], %(ns)b::bigint[])
ON CONFLICT (version_id, node, outcome, hour) DO UPDATE SET n = c.n + excluded.n;
