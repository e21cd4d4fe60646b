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

-- name: tag_id
SELECT id FROM customers_tag WHERE code = %(code)s;

-- name: segment_id
SELECT id, built_at IS NOT NULL OR kind = 'list' FROM customers_segment WHERE code = %(code)s;
