-- The statements of the compiler. In braces stand the trees of a version, as SQL; what each of them
-- is says journeys/engine/compiled/program.py.

-- name: due_ids
-- The timers that are due in the leased buckets, oldest first, with all that one enrollment has at
-- the same moment; see claim_timers.
SELECT t.id, e.customer_id
FROM (
    SELECT id, enrollment_id FROM journeys_timer
    WHERE version_id = %(version)s AND due_at <= %(now)s
      AND bucket = ANY(%(buckets)b::smallint[])
    ORDER BY due_at, enrollment_id
    FETCH FIRST %(limit)s ROWS WITH TIES
) t
JOIN journeys_enrollment e ON e.id = t.enrollment_id;

-- name: timers_of
-- All timers of some walks of a version that are due.
SELECT t.id, e.customer_id
FROM journeys_timer t JOIN journeys_enrollment e ON e.id = t.enrollment_id
WHERE t.enrollment_id = ANY(%(ids)b::bigint[]) AND t.version_id = %(version)s
  AND t.due_at <= %(now)s;

-- name: due
-- Part of move_compiled: whom to claim, when nobody listens.
SELECT id FROM journeys_timer
WHERE version_id = %(version)s AND due_at <= %(now)s AND bucket = ANY(%(buckets)b::smallint[])
ORDER BY due_at, enrollment_id
FETCH FIRST %(limit)s ROWS WITH TIES;

-- name: chosen
-- Part of move_compiled: whom to claim, when their customers had to be locked before.
SELECT unnest(%(ids)b::bigint[]) AS id;

-- name: move_compiled
-- Everybody who was due stands at the end of her stretch, with all that it brings.
--   claimed: the timers, consumed
--   single:  who has just one; two at once need the interpreter
--   here:    where she stands, when she leaves, and by which leaf; none for who is not plain
--   moved:   who really moved. Only from here on anything else is written, so that whoever was moved
--            meanwhile by somebody else (a stopped journey, a repair) is left alone
-- Returns sums by leaf and hour, how late timers were done (16 bins for each power of two of
-- milliseconds), and who is left to the interpreter: claimed timers of who did not
-- move, and a timer of arrival for who stands at a cut.
WITH leaf (leaf, node, visits, path, reason, ends) AS (VALUES {leaves}),
want (leaf, node, back, content_id, priority, late) AS (VALUES {wants}),
due AS MATERIALIZED ({due}),
claimed AS (
    DELETE FROM journeys_timer t USING due WHERE t.id = due.id
    RETURNING t.enrollment_id, t.visit, t.bucket, t.due_at, t.kind, t.event_id, t.event_at, t.label
), single AS (
    SELECT enrollment_id, min(visit) AS visit, min(kind) AS kind, min(label) AS label
    FROM claimed GROUP BY enrollment_id HAVING count(*) = 1
), here AS MATERIALIZED (
    SELECT x.id, x.visit, x.arrived_at, x.moment, x.node AS root, x.kind = 0 AS is_fresh,
           CASE WHEN {aim} THEN NULL
                WHEN x.kind = 1 AND x.label = '' THEN {rested}
                WHEN x.kind = 0 AND x.visit = 1 AND x.label = '' THEN {fresh} END AS leaf
    FROM (
        SELECT e.*, t.kind, t.label,
               least(greatest(CASE t.kind WHEN 1 THEN {moment} ELSE e.arrived_at END, e.arrived_at),
                     greatest(%(now)s, e.arrived_at)) AS moment
        FROM single t JOIN journeys_enrollment e ON e.id = t.enrollment_id AND e.visit = t.visit
        WHERE e.state = 'active' AND e.version_id = %(version)s
    ) x
    JOIN customers_customer c ON c.id = x.customer_id
), moved AS (
    UPDATE journeys_enrollment e
    SET node = l.node, visit = e.visit + l.visits,
        arrived_at = CASE WHEN l.visits > 0 THEN h.moment ELSE e.arrived_at END,
        state = CASE WHEN l.ends = 'over' THEN 'finished' ELSE e.state END,
        finished_at = CASE WHEN l.ends = 'over' THEN h.moment END, exit_reason = l.reason
    FROM here h JOIN leaf l ON l.leaf = h.leaf
    WHERE e.id = h.id AND e.visit = h.visit AND e.state = 'active'
    RETURNING e.id, e.customer_id, e.bucket, e.visit, e.entry_key, e.entered_at, e.arrived_at,
              e.context, e.goal_at, h.visit AS was, h.arrived_at AS came, h.moment, h.root,
              h.is_fresh, l.leaf, l.reason, l.path, l.ends
), {writes}
SELECT 'sum', m.leaf, date_trunc('hour', m.moment, 'UTC'), count(*), NULL::bigint, NULL::integer,
       NULL::smallint, NULL::timestamptz, NULL::smallint, NULL::bigint, NULL::timestamptz,
       NULL::varchar
FROM moved m GROUP BY 2, 3
UNION ALL
SELECT 'claim', NULL, NULL, count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM claimed
UNION ALL
SELECT 'lag', floor(16 * ln(1 + 1000 * extract(epoch FROM %(now)s - t.due_at)::float8) / ln(2))::int,
       NULL, count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM claimed t WHERE t.kind = 1 GROUP BY 2
UNION ALL
SELECT 'left', NULL, NULL, NULL, t.enrollment_id, t.visit, t.bucket, t.due_at, t.kind, t.event_id,
       t.event_at, t.label
FROM claimed t WHERE t.enrollment_id NOT IN (SELECT id FROM moved)
UNION ALL
SELECT 'left', NULL, NULL, NULL, m.id, m.visit, m.bucket, m.arrived_at, 0, NULL, NULL, 'again'
FROM moved m WHERE m.ends = 'cut'
UNION ALL
SELECT 'tag', m.leaf, m.moment, NULL, m.customer_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM moved m WHERE m.leaf = ANY(%(tagging)s::integer[]);

-- name: compiled_writes
-- Part of both statements: history, the timer of the wait that begins, messages.
told AS (
    INSERT INTO journeys_stretch (enrollment_id, version_id, arrived_at, left_at, visit, path)
    SELECT m.id, %(version)s, m.came, m.moment, m.was, m.path FROM moved m WHERE m.path <> '{}'
), timed AS (
    INSERT INTO journeys_timer (version_id, enrollment_id, visit, bucket, due_at, kind, label)
    SELECT %(version)s, x.id, x.visit, x.bucket, {until}, 1, '' FROM moved x WHERE x.ends = 'rest'
), wished AS (
    INSERT INTO campaigns_candidate (
        brand_id, customer_id, bucket, journey_id, version_id, enrollment_id, node, visit,
        campaign_id, content_id, channel, purpose, priority, context, wanted_at, due_at, expires_at,
        state, rule, detail
    )
    SELECT j.brand_id, m.customer_id, m.bucket, j.id, %(version)s, m.id, w.node, m.visit - w.back,
           j.campaign_id, p.id, p.channel, p.purpose, coalesce(w.priority, j.priority),
           m.context || j.told, m.moment, m.moment, m.moment + w.late, 'waiting', '', '{}'
    FROM moved m
    JOIN want w ON w.leaf = m.leaf
    JOIN campaigns_content p ON p.id = w.content_id
    CROSS JOIN (
        SELECT id, brand_id, campaign_id, priority, jsonb_build_object('journey', jsonb_build_object(
            'code', code, 'name', name, 'timezone', timezone)) AS told
        FROM journeys_journey WHERE id = %(journey)s OFFSET 0
    ) j
    ON CONFLICT (enrollment_id, node, visit) DO NOTHING
){goal}

-- name: enter_compiled
-- The next members of a segment enter and stand at the end of their first stretch, in one statement:
-- see enter_audience and move_compiled. Merges are kept away by the buckets (share_buckets).
-- The planner takes an anti-join with a table that knows none of them for one row, and what is joined
-- with it is then done in nested loops: so who is in already is asked row by row, and who really
-- entered by a hashed list, which IS TRUE keeps from becoming a join. NOT IN above is one too. And
-- + 0 and OFFSET 0 keep tables without statistics from being asked by journey, or by who was merged,
-- instead of by customer.
-- A member for whom the interpreter must begin (her goal is known already) stands at the trigger.
WITH leaf (leaf, node, visits, path, reason, ends) AS (
    VALUES (-1, {trigger}, 0, '{}'::integer[], '', 'unseen'), {leaves}
),
want (leaf, node, back, content_id, priority, late) AS (VALUES {wants}),
members AS MATERIALIZED ({members}),
here AS MATERIALIZED (
    SELECT x.*, coalesce(CASE WHEN {aim} THEN NULL ELSE {tree} END, -1) AS leaf
    FROM (
        SELECT nextval('journeys_enrollment_id_seq') AS id, m.customer_id,
               (m.customer_id %% 256)::smallint AS bucket, ''::text AS entry_key,
               %(now)s::timestamptz AS entered_at, %(now)s::timestamptz AS moment,
               '{}'::jsonb AS context, NULL::timestamptz AS goal_at
        FROM members m
        WHERE coalesce((
            SELECT false FROM journeys_enrollment n
            WHERE n.customer_id = m.customer_id AND n.journey_id + 0 = %(journey)s LIMIT 1
        ), true)
        OFFSET 0
    ) x
    CROSS JOIN LATERAL (
        SELECT * FROM customers_customer k
        WHERE k.id = x.customer_id AND k.merged_into_id IS NULL AND k.erased_at IS NULL OFFSET 0
    ) c
), entered AS (
    INSERT INTO journeys_enrollment (
        id, journey_id, version_id, customer_id, bucket, entry_key, entry_guard, entered_at, node,
        visit, arrived_at, state, finished_at, exit_reason, error, context
    )
    SELECT h.id, %(journey)s, %(version)s, h.customer_id, h.bucket, '', '', %(now)s, l.node,
           1 + l.visits, %(now)s, CASE WHEN l.ends = 'over' THEN 'finished' ELSE 'active' END,
           CASE WHEN l.ends = 'over' THEN %(now)s END, l.reason, '', '{}'
    FROM here h JOIN leaf l ON l.leaf = h.leaf
    ON CONFLICT (customer_id, journey_id, entry_guard) DO NOTHING
    RETURNING id
), moved AS (
    SELECT h.*, 1 + l.visits AS visit, 1 AS was, h.moment AS came, h.moment AS arrived_at,
           {trigger} AS root, h.leaf >= 0 AS is_fresh, l.reason, l.path, l.ends
    FROM here h JOIN leaf l ON l.leaf = h.leaf
    WHERE (h.id IN (SELECT id FROM entered)) IS TRUE
), {writes}
SELECT 'sum', m.leaf, date_trunc('hour', m.moment, 'UTC'), count(*), NULL::bigint, NULL::integer,
       NULL::smallint, NULL::timestamptz, NULL::smallint, NULL::bigint, NULL::timestamptz,
       NULL::varchar
FROM moved m WHERE m.leaf >= 0 GROUP BY 2, 3
UNION ALL
SELECT 'claim', NULL, NULL, count(*), (SELECT max(customer_id) FROM members), NULL, NULL, NULL, NULL,
       NULL, NULL, NULL FROM members
UNION ALL
SELECT 'entered', NULL, NULL, count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM entered
UNION ALL
SELECT 'left', NULL, NULL, NULL, m.id, m.visit, m.bucket, m.arrived_at, 0, NULL, NULL,
       CASE m.ends WHEN 'cut' THEN 'again' ELSE '' END
FROM moved m WHERE m.ends IN ('cut', 'unseen')
UNION ALL
SELECT 'tag', m.leaf, m.moment, NULL, m.customer_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM moved m WHERE m.leaf = ANY(%(tagging)s::integer[]);

-- name: by_index_only
-- Until by_any_plan, or the end of the transaction: no table is read whole where an index would do.
SET LOCAL enable_seqscan = off;

-- name: by_any_plan
-- The end of by_index_only.
SET LOCAL enable_seqscan = DEFAULT;

-- name: next_members
-- Part of enter_compiled: the next of the segment, when nobody listens.
SELECT customer_id FROM customers_segmentmember
WHERE segment_id = %(segment)s AND customer_id > %(after)s AND customer_id <= %(last)s
ORDER BY customer_id LIMIT %(limit)s;

-- name: chosen_members
-- Part of enter_compiled: the next of the segment, when they had to be locked before.
SELECT unnest(%(ids)b::bigint[]) AS customer_id;

-- name: lock_members
-- Locks the next members of a segment, so that no event falls between being read and listening; see
-- lock_customers.
SELECT c.id FROM customers_customer c
WHERE c.id IN (
    SELECT customer_id FROM customers_segmentmember
    WHERE segment_id = %(segment)s AND customer_id > %(after)s AND customer_id <= %(last)s
    ORDER BY customer_id LIMIT %(limit)s)
ORDER BY c.id FOR SHARE;

-- name: due_at_the_door
-- Walks of the customers of new events with a timer that is due: the events' own doing, since
-- anybody else would have been moved by now.
SELECT DISTINCT e.id, e.version_id, e.bucket
FROM (SELECT DISTINCT customer_id FROM ingested_events) i
JOIN journeys_enrollment e ON e.customer_id = i.customer_id
JOIN journeys_timer t ON t.enrollment_id = e.id AND t.due_at <= %(now)s
LIMIT %(most)s;

-- name: claim_timers_of
-- As claim_timers, for some walks.
DELETE FROM journeys_timer t
WHERE t.enrollment_id = ANY(%(ids)b::bigint[]) AND t.version_id = %(version)s AND t.due_at <= %(now)s
RETURNING t.version_id, t.enrollment_id, t.visit, t.bucket, t.due_at, t.kind, t.event_id,
          t.event_at, t.label;
