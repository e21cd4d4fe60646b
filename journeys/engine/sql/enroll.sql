-- name: running_versions
-- The versions that entries take just now.
SELECT v.id, v.published_at, j.id, j.code, j.state, j.brand_id
FROM journeys_journey j JOIN journeys_journeyversion v ON v.id = j.current_id
WHERE j.state = 'running'
  AND (j.starts_at IS NULL OR j.starts_at <= %(now)s) AND (j.ends_at IS NULL OR j.ends_at > %(now)s)
ORDER BY j.id;

-- name: enroll
-- Enrolls by one trigger and sets the timer of arrival, in one statement.
--   wanted:  who would enter, with entry key, context and a token that is unique per entry
--   guarded: who may, and the re-entry rule as the unique key that makes it exact under
--            concurrency: once ever '', once per key the key, always the token, and else the last
--            walk's id: of two that saw the same last walk only one can enter
--   chosen:  the first ones, when there is room for some only
--   entered: who was really new
WITH wanted AS (
    {source}
), guarded AS (
    SELECT w.*, {guard} AS guard FROM wanted w {customer}
    WHERE (%(opens)s::timestamptz IS NULL OR w.at >= %(opens)s)
      AND (%(closes)s::timestamptz IS NULL OR w.at < %(closes)s)
      AND {may_enter}
), firsts AS (
    SELECT DISTINCT ON (customer_id, guard) * FROM guarded
    ORDER BY customer_id, guard, at, place
), chosen AS (
    SELECT * FROM firsts ORDER BY at, place LIMIT %(room)s
), entered AS (
    INSERT INTO journeys_enrollment (
        journey_id, version_id, customer_id, bucket, entry_key, entry_guard, entered_at, node,
        visit, arrived_at, state, exit_reason, error, context
    )
    SELECT %(journey)s, %(version)s, customer_id, customer_id %% 256, entry_key, guard,
           at, %(node)s, 1, at, 'active', '', '', context
    FROM chosen ORDER BY customer_id, guard
    ON CONFLICT (customer_id, journey_id, entry_guard) DO NOTHING
    RETURNING id, bucket, entered_at
)
INSERT INTO journeys_timer (version_id, enrollment_id, visit, bucket, due_at, kind, label)
SELECT %(version)s, id, 1, bucket, entered_at, 0, '' FROM entered;

-- name: make_tally
-- A limit may be set when some have entered already.
INSERT INTO journeys_entrytally (journey_id, entered)
SELECT %(journey)s::bigint, count(*) FROM journeys_enrollment WHERE journey_id = %(journey)s::bigint
  AND NOT EXISTS (SELECT 1 FROM journeys_entrytally WHERE journey_id = %(journey)s)
HAVING NOT EXISTS (SELECT 1 FROM journeys_entrytally WHERE journey_id = %(journey)s)
ON CONFLICT (journey_id) DO NOTHING;

-- name: lock_tally
SELECT entered FROM journeys_entrytally WHERE journey_id = %(journey)s FOR UPDATE;

-- name: note_tally
UPDATE journeys_entrytally SET entered = entered + %(n)s WHERE journey_id = %(journey)s;

-- name: journey_clock
SELECT coalesce(nullif(j.timezone, ''), b.timezone)
FROM journeys_journey j JOIN customers_brand b ON b.id = j.brand_id WHERE j.id = %(journey)s;

-- name: wanted_by_event
-- The source of entries by an event that has just come in.
SELECT e.id AS place, 'event:' || e.id AS token, e.customer_id, e.occurred_at AS at,
       coalesce(e.properties ->> %(key)s, '') AS entry_key,
       jsonb_build_object('event', jsonb_build_object(
           'name', %(event)s::text, 'id', e.id, 'at', e.occurred_at,
           'properties', e.properties)) AS context
FROM ingested_events e
WHERE e.event_type_id = %(type)s
  AND (e.brand_id IS NULL OR e.brand_id = %(brand)s)
  AND e.occurred_at >= %(earliest)s
  AND (%(ends)s::timestamptz IS NULL OR e.occurred_at < %(ends)s)
  AND (%(key)s = '' OR length(e.properties ->> %(key)s) BETWEEN 1 AND 120)
  AND {where};

-- name: await_entry
-- Who did one thing enters later, unless she does another until then.
WITH wanted AS ({source})
INSERT INTO journeys_entrant (journey_id, node, customer_id, token, since, due_at, entry_key,
                              context)
SELECT %(journey)s::bigint, %(node)s::text, customer_id, token, at, at + %(within)s::interval, entry_key, context
FROM wanted ORDER BY customer_id, token
ON CONFLICT (customer_id, journey_id, node, token) DO NOTHING;

-- name: wanted_by_move
-- The source of entries of who joined a segment or left it, at this very moment.
SELECT m.customer_id AS place, %(token)s::text AS token, m.customer_id, %(at)s::timestamptz AS at,
       '' AS entry_key, %(context)s::jsonb AS context
FROM segment_moves m WHERE m.comes = %(comes)s;

-- name: lock_moving
-- Makes merging and entering take turns, in the order of ids as everybody locks them.
SELECT count(*) FROM (
    SELECT 1 FROM customers_customer c
    WHERE c.id IN (SELECT customer_id FROM segment_moves WHERE comes = %(comes)s)
    ORDER BY c.id FOR SHARE
) locked;

-- name: segment_code
SELECT code FROM customers_segment WHERE id = %(id)s;

-- name: trigger_clock
-- Up to when a trigger has been looked at; a new one from when it was published.
WITH made AS (
    INSERT INTO journeys_triggerclock (journey_id, node, looked_until)
    SELECT %(journey)s::bigint, %(node)s::text, %(since)s::timestamptz
    WHERE NOT EXISTS (SELECT 1 FROM journeys_triggerclock
                      WHERE journey_id = %(journey)s::bigint AND node = %(node)s::text)
    ON CONFLICT DO NOTHING RETURNING looked_until
)
SELECT looked_until FROM journeys_triggerclock
WHERE journey_id = %(journey)s::bigint AND node = %(node)s::text
UNION ALL SELECT looked_until FROM made;

-- name: lock_trigger_clock
SELECT looked_until FROM journeys_triggerclock
WHERE journey_id = %(journey)s AND node = %(node)s FOR UPDATE SKIP LOCKED;

-- name: note_trigger_clock
UPDATE journeys_triggerclock SET looked_until = %(until)s
WHERE journey_id = %(journey)s AND node = %(node)s;

-- name: make_runs
INSERT INTO journeys_triggerrun (journey_id, node, due_at, started_at, after_customer_id, looked,
                                 entered)
SELECT %(journey)s::bigint, %(node)s::text, due_at, %(now)s, 0, 0, 0
FROM unnest(%(moments)b::timestamptz[]) AS due_at
ON CONFLICT (journey_id, node, due_at) DO NOTHING;

-- name: open_runs
SELECT journey_id, node, id FROM journeys_triggerrun
WHERE journey_id = ANY(%(journeys)b::bigint[]) AND finished_at IS NULL ORDER BY due_at, id;

-- name: lock_run
SELECT due_at, started_at, after_customer_id, entered, wave_size FROM journeys_triggerrun
WHERE id = %(id)s AND finished_at IS NULL FOR UPDATE SKIP LOCKED;

-- name: note_run
UPDATE journeys_triggerrun
SET after_customer_id = %(after)s, looked = looked + %(looked)s, entered = entered + %(entered)s,
    finished_at = %(finished)s
WHERE id = %(id)s;

-- name: set_wave_size
-- Of waves in equal groups: how large one is, as the audience is when the run begins.
UPDATE journeys_triggerrun
SET wave_size = greatest(1, ((SELECT count(*) FROM ({audience}) AS a) + %(groups)s - 1) / %(groups)s)
WHERE id = %(id)s
RETURNING wave_size;

-- name: next_of_audience
SELECT a.id FROM ({audience}) AS a WHERE a.id > %(after)s ORDER BY a.id LIMIT %(limit)s;

-- name: plan_dates
-- Whose date, moved by whole days, falls into the window at the given time of her own clock.
INSERT INTO journeys_entrant (journey_id, node, customer_id, token, since, due_at, entry_key,
                              context)
SELECT %(journey)s::bigint, %(node)s::text, id, 'date:' || day, due, due, '',
       jsonb_build_object('event', jsonb_build_object('name', 'date', 'at', due, 'properties',
           jsonb_build_object('attribute', %(code)s::text, 'value', value, 'date', day)))
FROM (
    SELECT c.id, d.value, d.day, (d.day + %(offset)s::int + %(at)s::time)
               AT TIME ZONE coalesce(nullif(c.timezone, ''), %(clock)s) AS due
    FROM customers_customer c
    CROSS JOIN LATERAL (
        SELECT v.value, CASE
            WHEN v.value ~ '^\d{4}-\d\d-\d\d$' THEN v.value::date
            WHEN v.value ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$'
                THEN (v.value::timestamptz
                      AT TIME ZONE coalesce(nullif(c.timezone, ''), %(clock)s))::date
        END AS day
        FROM (SELECT c.attributes ->> %(code)s::text AS value) v
    ) d
    WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL AND c.attributes ? %(code)s::text
      AND d.day BETWEEN (%(since)s::timestamptz - interval '2 days')::date - %(offset)s::int
                    AND (%(until)s::timestamptz + interval '2 days')::date - %(offset)s::int
) planned
WHERE due > %(since)s AND due <= %(until)s
ORDER BY id
ON CONFLICT (customer_id, journey_id, node, token) DO NOTHING;

-- name: plan_yearly
-- The same every year: of the days in the window those that are an anniversary. One of 29 February
-- is kept on the 28th when the year has none.
INSERT INTO journeys_entrant (journey_id, node, customer_id, token, since, due_at, entry_key,
                              context)
SELECT %(journey)s::bigint, %(node)s::text, id, 'date:' || day, due, due, '',
       jsonb_build_object('event', jsonb_build_object('name', 'date', 'at', due, 'properties',
           jsonb_build_object('attribute', %(code)s::text, 'value', value, 'date', day)))
FROM (
    SELECT c.id, d.value, days.day, (days.day + %(offset)s::int + %(at)s::time)
               AT TIME ZONE coalesce(nullif(c.timezone, ''), %(clock)s) AS due
    FROM customers_customer c
    CROSS JOIN LATERAL (
        SELECT v.value, CASE
            WHEN v.value ~ '^\d{4}-\d\d-\d\d$' THEN v.value::date
            WHEN v.value ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$'
                THEN (v.value::timestamptz
                      AT TIME ZONE coalesce(nullif(c.timezone, ''), %(clock)s))::date
        END AS born
        FROM (SELECT c.attributes ->> %(code)s::text AS value) v
    ) d
    JOIN (
        SELECT day::date AS day, to_char(day, 'MM-DD') AS name,
               to_char(day, 'MM-DD') = '02-28' AND to_char(day + interval '1 day', 'DD') = '01'
                   AS is_short
        FROM generate_series((%(since)s::timestamptz - interval '2 days')::date - %(offset)s::int,
                             (%(until)s::timestamptz + interval '2 days')::date - %(offset)s::int,
                             interval '1 day') AS day
    ) days ON days.name = to_char(d.born, 'MM-DD')
           OR (days.is_short AND to_char(d.born, 'MM-DD') = '02-29')
    WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL AND c.attributes ? %(code)s::text
      AND days.day >= d.born
) planned
WHERE due > %(since)s AND due <= %(until)s
ORDER BY id
ON CONFLICT (customer_id, journey_id, node, token) DO NOTHING;

-- name: entrants_due
SELECT DISTINCT journey_id FROM journeys_entrant
WHERE due_at <= %(now)s AND journey_id = ANY(%(journeys)b::bigint[]) ORDER BY journey_id;

-- name: claim_entrants
-- Takes those who are due, the longest waiting first; merging waits for them or they for it.
WITH due AS MATERIALIZED (
    SELECT id FROM journeys_entrant
    WHERE due_at <= %(now)s AND journey_id = ANY(%(journeys)b::bigint[])
    ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
DELETE FROM journeys_entrant t USING due WHERE t.id = due.id
RETURNING t.journey_id, t.node, t.customer_id, t.token, t.since, t.due_at, t.entry_key,
          t.context::text;

-- name: merged_into
SELECT id, merged_into_id FROM customers_customer
WHERE id = ANY(%(ids)b::bigint[]) AND merged_into_id IS NOT NULL;

-- name: who_did
-- Of those who are about to enter because they did not: who did, in her window, both ends included.
SELECT asked.n
FROM unnest(%(ns)b::int[], %(customers)b::bigint[], %(sinces)b::timestamptz[],
            %(dues)b::timestamptz[], %(keys)b::text[]) AS asked (n, customer_id, since, due, key)
WHERE EXISTS (
    SELECT 1 FROM customers_event e
    WHERE e.customer_id = asked.customer_id AND e.event_type_id = %(type)s
      AND e.occurred_at BETWEEN asked.since AND asked.due
      AND (e.brand_id IS NULL OR e.brand_id = %(brand)s)
      AND (%(prop)s = '' OR e.properties ->> %(prop)s = asked.key)
      AND {where}
);

-- name: same_dates
SELECT asked.n
FROM unnest(%(ns)b::int[], %(customers)b::bigint[], %(contexts)b::text[])
    AS asked (n, customer_id, context)
JOIN customers_customer c ON c.id = asked.customer_id
WHERE c.attributes ->> %(code)s::text = asked.context::jsonb #>> '{event,properties,value}';

-- name: forget_entrants
-- Of journeys that take nobody in any more, or too late for everybody.
DELETE FROM journeys_entrant t USING journeys_journey j
WHERE j.id = t.journey_id AND (j.state IN ('stopped', 'archived') OR t.due_at < %(before)s);

-- name: take_out
-- Whoever walks through one of these journeys is taken out of it in the next look; not the walk
-- that says so.
INSERT INTO journeys_timer (version_id, enrollment_id, visit, bucket, due_at, kind, label)
SELECT DISTINCT ON (x.id) x.version_id, x.id, 0, x.bucket, greatest(asked.at, x.entered_at), 4, 'left'
FROM unnest(%(customers)b::bigint[], %(brands)b::bigint[], %(codes)b::text[], %(own)b::bigint[],
            %(ats)b::timestamptz[]) AS asked (customer_id, brand_id, code, own, at)
JOIN journeys_journey j ON j.brand_id = asked.brand_id AND j.code = asked.code
JOIN journeys_enrollment x ON x.journey_id = j.id AND x.customer_id = asked.customer_id
    AND x.state <> 'finished' AND x.id <> asked.own
ORDER BY x.id, asked.at;

-- name: list_id
SELECT id FROM customers_segment WHERE code = %(code)s AND kind = 'list';

-- name: entered_by_call
-- How many walks began by the calls that have just come in.
SELECT count(*)
FROM customers_event e
JOIN customers_eventtype t ON t.id = e.event_type_id AND t.code = %(event)s
JOIN journeys_enrollment x ON x.customer_id = e.customer_id AND x.journey_id = %(journey)s
    AND (x.context #>> '{event,id}')::bigint = e.id
WHERE e.customer_id = ANY(%(customers)b::bigint[]) AND e.received_at = %(now)s;
