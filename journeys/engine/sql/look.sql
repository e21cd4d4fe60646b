-- name: first_events
-- For each member the first event of one type in her window, both ends included; served by the
-- index customers_event_by_customer, one probe per member.
SELECT asked.place, found.id, found.occurred_at
FROM unnest(%(places)b::int[], %(customers)b::bigint[], %(starts)b::timestamptz[],
            %(ends)b::timestamptz[], %(values)b::text[], %(spent)b::text[])
    AS asked (place, customer_id, starts, ends, value, spent)
CROSS JOIN LATERAL (
    SELECT e.id, e.occurred_at FROM customers_event e
    WHERE e.customer_id = asked.customer_id AND e.event_type_id = %(type)s
      AND e.occurred_at BETWEEN asked.starts AND asked.ends
      AND (e.brand_id IS NULL OR e.brand_id = %(brand)s)
      AND (%(prop)s = '' OR e.properties ->> %(prop)s = asked.value)
      AND e.id <> ALL (asked.spent::bigint[])
      AND {where}
    ORDER BY e.occurred_at, e.id LIMIT 1
) found;

-- name: matching
-- The members of a cohort whose customer matches a rule just now.
SELECT x.id
FROM unnest(%(ids)b::bigint[]) AS asked (id)
JOIN journeys_enrollment x ON x.id = asked.id
JOIN customers_customer c ON c.id = x.customer_id
WHERE {rule};

-- name: event_types
SELECT code, id FROM customers_eventtype WHERE code = ANY(%(codes)b::text[]);

-- name: make_event_types
-- A journey may wait for what nobody has sent yet.
INSERT INTO customers_eventtype (code, name, names, description, first_seen_at, last_seen_at)
SELECT code, code, '{}', '', %(now)s, %(now)s FROM unnest(%(codes)b::text[]) AS code ORDER BY code
ON CONFLICT (code) DO NOTHING;

-- name: content_id
SELECT id FROM campaigns_content WHERE brand_id = %(brand)s AND code = %(code)s;

-- name: content_way
SELECT channel, purpose FROM campaigns_content WHERE brand_id = %(brand)s AND code = %(code)s;

-- name: tag_id
SELECT id FROM customers_tag WHERE code = %(code)s;

-- name: segment_id
SELECT id, built_at IS NOT NULL OR kind = 'list' FROM customers_segment WHERE code = %(code)s;

-- name: zones
-- Whose clock counts for each walk: the customer's own, else the journey's, else the brand's.
SELECT x.id, coalesce(CASE WHEN %(own)s THEN nullif(c.timezone, '') END,
                      nullif(j.timezone, ''), b.timezone)
FROM journeys_enrollment x
JOIN customers_customer c ON c.id = x.customer_id
JOIN journeys_journey j ON j.id = x.journey_id
JOIN customers_brand b ON b.id = j.brand_id
WHERE x.id = ANY(%(ids)b::bigint[]);

-- name: attribute_of
SELECT x.id, c.attributes -> %(code)s::text
FROM journeys_enrollment x JOIN customers_customer c ON c.id = x.customer_id
WHERE x.id = ANY(%(ids)b::bigint[]) AND c.attributes ? %(code)s::text;

-- name: last_events
-- When each member last did something; one probe of the index customers_event_by_customer each.
SELECT asked.id, found.occurred_at
FROM unnest(%(ids)b::bigint[], %(customers)b::bigint[]) AS asked (id, customer_id)
CROSS JOIN LATERAL (
    SELECT e.occurred_at FROM customers_event e
    WHERE e.customer_id = asked.customer_id AND e.event_type_id = %(type)s
      AND e.occurred_at <= %(now)s AND (e.brand_id IS NULL OR e.brand_id = %(brand)s)
    ORDER BY e.occurred_at DESC LIMIT 1
) found;

-- name: became
-- The last message that a node wanted for each walk, and what became of it.
SELECT DISTINCT ON (k.enrollment_id)
       k.enrollment_id, k.state, m.state, m.delivered_at, m.opened_at, m.clicked_at
FROM campaigns_candidate k LEFT JOIN campaigns_message m ON m.candidate_id = k.id
WHERE k.enrollment_id = ANY(%(ids)b::bigint[]) AND k.node = %(node)s
ORDER BY k.enrollment_id, k.visit DESC;

-- name: throttle
-- The place of a throttle in time, locked until commit: workers take places one after the other.
WITH made AS (
    INSERT INTO journeys_throttle (journey_id, node, slot, used)
    VALUES (%(journey)s, %(node)s, 0, 0)
    ON CONFLICT (journey_id, node) DO UPDATE SET used = journeys_throttle.used
    RETURNING slot, used
)
SELECT slot, used FROM made;

-- name: note_throttle
UPDATE journeys_throttle SET slot = %(slot)s, used = %(used)s
WHERE journey_id = %(journey)s AND node = %(node)s;

-- name: carry_places
-- The places of walks that are moved to another version, in what they carry. A paused journey holds
-- its timers.
UPDATE journeys_enrollment e
SET context = e.context || jsonb_build_object('place', jsonb_build_object(
        'visit', old.visit + 1, 'at', own.due_at))
FROM unnest(%(ids)b::bigint[], %(visits)b::int[]) AS old (enrollment_id, visit)
CROSS JOIN LATERAL (
    SELECT max(t.due_at) AS due_at FROM (
        SELECT due_at FROM journeys_timer
        WHERE enrollment_id = old.enrollment_id AND visit = old.visit AND kind = 1
        UNION ALL
        SELECT due_at FROM journeys_heldtimer
        WHERE enrollment_id = old.enrollment_id AND visit = old.visit AND kind = 1
    ) t
) own
WHERE e.id = old.enrollment_id AND own.due_at IS NOT NULL;

-- name: campaign_of
SELECT campaign_id FROM journeys_journey WHERE id = %(journey)s;

-- name: tags_of
-- The values of one tag that one customer has; for explanations.
SELECT value FROM customers_customertag WHERE customer_id = %(customer)s AND tag_id = %(tag)s
ORDER BY value;

-- name: times_done
-- How often one customer did something, and when last; for explanations.
SELECT count(*), max(e.occurred_at) FROM customers_event e
JOIN customers_eventtype t ON t.id = e.event_type_id
WHERE e.customer_id = %(customer)s AND t.code = %(event)s AND e.occurred_at <= %(now)s;
