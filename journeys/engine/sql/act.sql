-- name: open_tasks
-- One task per visit, by a unique key, whatever is killed.
INSERT INTO campaigns_task (brand_id, customer_id, title, instructions, journey_id, enrollment_id,
                            node, visit, state, note, opened_at, due_at)
SELECT t.brand_id, t.customer_id, t.title, t.instructions, t.journey_id, t.enrollment_id, t.node,
       t.visit, 'open', '', t.opened_at, t.due_at
FROM unnest(%(brands)b::bigint[], %(customers)b::bigint[], %(titles)b::text[],
            %(instructions)b::text[], %(journeys)b::bigint[], %(enrollments)b::bigint[],
            %(nodes)b::text[], %(visits)b::int[], %(opened)b::timestamptz[],
            %(dues)b::timestamptz[])
    AS t (brand_id, customer_id, title, instructions, journey_id, enrollment_id, node, visit,
          opened_at, due_at)
ON CONFLICT (enrollment_id, visit) DO UPDATE
-- One that was carried here from an older version is from now on what this version asks for.
SET title = excluded.title, instructions = excluded.instructions, due_at = excluded.due_at
WHERE campaigns_task.state = 'open';

-- name: close_tasks
UPDATE campaigns_task t SET state = 'expired', finished_at = gone.at
FROM unnest(%(enrollments)b::bigint[], %(visits)b::int[], %(ats)b::timestamptz[])
    AS gone (enrollment_id, visit, at)
WHERE t.enrollment_id = gone.enrollment_id AND t.visit = gone.visit AND t.state = 'open';

-- name: close_tasks_of_ended
-- Tasks of walks that ended or went on by another cause: a goal, a stop, somebody taken out.
UPDATE campaigns_task t SET state = 'expired', finished_at = greatest(%(now)s, t.opened_at)
WHERE t.state = 'open' AND NOT EXISTS (
    SELECT 1 FROM journeys_enrollment e
    WHERE e.id = t.enrollment_id AND e.state <> 'finished' AND e.visit = t.visit);

-- name: carry_tasks
-- The task of a visit becomes that of the next one, which a move to another version begins.
UPDATE campaigns_task t SET visit = t.visit + 1
FROM unnest(%(ids)b::bigint[], %(visits)b::int[]) AS old (enrollment_id, visit)
WHERE t.enrollment_id = old.enrollment_id AND t.visit = old.visit AND t.state <> 'expired';

-- name: finished_tasks
-- What people said of the last task of these walks at one node.
SELECT DISTINCT ON (t.enrollment_id)
       t.enrollment_id, t.visit, t.state, t.note, t.finished_at, t.finished_by_id
FROM campaigns_task t
WHERE t.enrollment_id = ANY(%(ids)b::bigint[]) AND t.node = %(node)s
  AND t.state IN ('done', 'not_done')
ORDER BY t.enrollment_id, t.visit DESC;

-- name: answer_walk
-- An answer that a visit was waiting for; nothing when the walk has gone on.
INSERT INTO journeys_timer (version_id, enrollment_id, visit, bucket, due_at, kind, event_id, event_at,
                            label)
SELECT e.version_id, e.id, e.visit, e.bucket, greatest(given.at, e.arrived_at), 3, NULL, NULL, given.label
FROM unnest(%(enrollments)b::bigint[], %(visits)b::int[], %(ats)b::timestamptz[],
            %(labels)b::text[]) AS given (enrollment_id, visit, at, label)
JOIN journeys_enrollment e ON e.id = given.enrollment_id AND e.visit = given.visit
WHERE e.state <> 'finished';

-- name: people
-- What the templates of acts may say of customers.
SELECT id, display_name, language, attributes::text FROM customers_customer
WHERE id = ANY(%(ids)b::bigint[]);

-- name: around
-- What they may say of the brand and the journey: the same as the texts of messages.
SELECT jsonb_build_object('name', b.name, 'code', b.code, 'language', b.language,
                          'currency', b.currency,
                          'sender_name', coalesce(nullif(b.sender_name, ''), b.name))::text,
       jsonb_build_object('code', j.code, 'name', j.name, 'timezone', j.timezone)::text
FROM journeys_journey j JOIN customers_brand b ON b.id = j.brand_id WHERE j.id = %(journey)s;

-- name: offer
SELECT id, starts_at, ends_at FROM campaigns_offer
WHERE brand_id = %(brand)s AND code = %(code)s;

-- name: webhook_id
SELECT id FROM journeys_webhook WHERE brand_id = %(brand)s AND code = %(code)s;

-- name: call_webhooks
-- One call per visit, by a unique key; workers of the default queue make it.
INSERT INTO journeys_webhookcall (webhook_id, enrollment_id, visit, customer_id, node, body,
                                  headers, state, attempts, next_at, created_at, gives_up_at, error,
                                  answer)
SELECT c.webhook_id, c.enrollment_id, c.visit, c.customer_id, c.node, c.body::jsonb,
       c.headers::jsonb, 'waiting', 0,
       %(now)s, c.at, c.gives_up_at, '', NULL
FROM unnest(%(webhooks)b::bigint[], %(enrollments)b::bigint[], %(visits)b::int[],
            %(customers)b::bigint[], %(nodes)b::text[], %(bodies)b::text[], %(headers)b::text[],
            %(ats)b::timestamptz[], %(ends)b::timestamptz[])
    AS c (webhook_id, enrollment_id, visit, customer_id, node, body, headers, at, gives_up_at)
ON CONFLICT (enrollment_id, visit) DO UPDATE SET gives_up_at = excluded.gives_up_at
WHERE journeys_webhookcall.state = 'waiting';

-- name: carry_webhook_calls
-- As carry_tasks. The row stays the same, and with it the id that the receiver knows the call by.
UPDATE journeys_webhookcall c SET visit = c.visit + 1
FROM unnest(%(ids)b::bigint[], %(visits)b::int[]) AS old (enrollment_id, visit), journeys_webhook w
WHERE c.enrollment_id = old.enrollment_id AND c.visit = old.visit
  AND w.id = c.webhook_id AND w.brand_id = %(brand)s AND w.code = %(code)s;

-- name: webhook_answers
SELECT DISTINCT ON (c.enrollment_id)
       c.enrollment_id, c.visit, c.state, c.status, c.answer::text, c.error
FROM journeys_webhookcall c
WHERE c.enrollment_id = ANY(%(ids)b::bigint[]) AND c.node = %(node)s
  AND c.state IN ('ok', 'failed')
ORDER BY c.enrollment_id, c.visit DESC;

-- name: drop_webhook_calls
-- Nobody waits for the answer any more.
UPDATE journeys_webhookcall c SET state = 'failed', error = 'too late', next_at = NULL
FROM unnest(%(enrollments)b::bigint[], %(visits)b::int[]) AS gone (enrollment_id, visit)
WHERE c.enrollment_id = gone.enrollment_id AND c.visit = gone.visit AND c.state = 'waiting';

-- name: claim_webhook_calls
-- Takes calls that are due for some time: a worker that dies leaves them to the next one.
WITH due AS MATERIALIZED (
    SELECT id FROM journeys_webhookcall
    WHERE state = 'waiting' AND next_at <= %(now)s ORDER BY next_at, id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE journeys_webhookcall c SET attempts = c.attempts + 1, next_at = %(until)s
FROM due, journeys_webhook w
WHERE c.id = due.id AND w.id = c.webhook_id
RETURNING c.id, c.attempts, c.gives_up_at, w.url, w.secret, c.body::text, c.headers::text,
          c.created_at, w.is_active,
          CASE WHEN w.old_until > %(now)s THEN w.old_secret END;

-- name: settle_webhook_calls
-- What became of calls. One that was settled meanwhile keeps what it has.
UPDATE journeys_webhookcall c
SET state = new.state, status = new.status, answer = new.answer::jsonb, error = new.error,
    next_at = new.next_at
FROM unnest(%(ids)b::bigint[], %(states)b::text[], %(statuses)b::int[], %(answers)b::text[],
            %(errors)b::text[], %(nexts)b::timestamptz[])
    AS new (id, state, status, answer, error, next_at)
WHERE c.id = new.id AND c.state = 'waiting'
RETURNING c.enrollment_id, c.visit, c.state;

-- name: webhook_calls_due
SELECT min(next_at) FROM journeys_webhookcall WHERE state = 'waiting';
