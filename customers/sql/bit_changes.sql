-- Who tells the kept sets of customers what has changed; see bits.sql.

CREATE FUNCTION customers_bits_of_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_bitchange (kind, ref, chunk, places)
    SELECT DISTINCT b.kind, b.ref, (NEW.id / 15000)::int, ARRAY[mod(NEW.id, 15000)::smallint]
    FROM customers_bitset b
    WHERE b.kind = 'record'
        AND (OLD.merged_into_id, OLD.erased_at, OLD.is_known)
            IS DISTINCT FROM (NEW.merged_into_id, NEW.erased_at, NEW.is_known)
       OR b.kind = 'attribute'
        AND OLD.attributes -> b.ref IS DISTINCT FROM NEW.attributes -> b.ref;
    RETURN NULL;
END $$;

-- Whoever was merely seen again is no change for the kept sets, and not even asked about.
CREATE TRIGGER customers_bits_changed
    AFTER UPDATE OF attributes, merged_into_id, erased_at, is_known ON customers_customer
    FOR EACH ROW WHEN (
        OLD.attributes IS DISTINCT FROM NEW.attributes
        OR OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id
        OR OLD.erased_at IS DISTINCT FROM NEW.erased_at
        OR OLD.is_known IS DISTINCT FROM NEW.is_known
    ) EXECUTE FUNCTION customers_bits_of_customer();

CREATE FUNCTION customers_bits_of_new_customers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_bitchange (kind, ref, chunk, places)
    SELECT b.kind, b.ref, (n.id / 15000)::int, array_agg(mod(n.id, 15000)::smallint)
    FROM new_rows n JOIN (SELECT DISTINCT kind, ref FROM customers_bitset) b
        ON b.kind = 'record' OR b.kind = 'attribute' AND n.attributes ? b.ref
    GROUP BY 1, 2, 3;
    RETURN NULL;
END $$;

CREATE TRIGGER customers_bits_came AFTER INSERT ON customers_customer
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION customers_bits_of_new_customers();

-- Rows of a table with a customer_id: kind is the first argument, SQL of the ref the second.
CREATE FUNCTION customers_bits_of_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    side text;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM customers_bitset b WHERE b.kind = TG_ARGV[0]) THEN
        RETURN NULL;
    END IF;
    FOREACH side IN ARRAY CASE TG_OP
        WHEN 'INSERT' THEN ARRAY['new_rows'] WHEN 'DELETE' THEN ARRAY['old_rows']
        ELSE ARRAY['old_rows', 'new_rows'] END
    LOOP
        EXECUTE format(
            'INSERT INTO customers_bitchange (kind, ref, chunk, places)
             SELECT %1$L, r.ref, (r.customer_id / 15000)::int,
                array_agg(mod(r.customer_id, 15000)::smallint)
             FROM (SELECT %2$s AS ref, r.customer_id FROM %3$I r) AS r
             WHERE r.ref IN (SELECT b.ref FROM customers_bitset b WHERE b.kind = %1$L)
             GROUP BY 2, 3',
            TG_ARGV[0], TG_ARGV[1], side
        );
        IF TG_ARGV[0] = 'tag' AND side = 'new_rows' THEN
            INSERT INTO customers_bitdue (due_at, kind, ref, customer_id)
            SELECT r.expires_at, 'tag', r.tag_id::text, r.customer_id FROM new_rows r
            WHERE r.expires_at IS NOT NULL
              AND r.tag_id::text IN (SELECT b.ref FROM customers_bitset b WHERE b.kind = 'tag');
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

DO $$
DECLARE
    kept record;
    word text;
BEGIN
    FOR kept IN SELECT * FROM (VALUES
        ('customers_customertag', 'tag', 'r.tag_id::text'),
        ('customers_segmentmember', 'segment', 'r.segment_id::text'),
        ('customers_consent', 'consent', 'r.channel || '':'' || r.purpose'),
        ('customers_identity', 'identity', 'r.namespace_id::text')
    ) AS v (tab, kind, ref) LOOP
        FOREACH word IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE'] LOOP
            EXECUTE format(
                'CREATE TRIGGER customers_bits_%s AFTER %s ON %I REFERENCING %s
                 FOR EACH STATEMENT EXECUTE FUNCTION customers_bits_of_rows(%L, %L)',
                lower(word), word, kept.tab,
                CASE word WHEN 'INSERT' THEN 'NEW TABLE AS new_rows'
                    WHEN 'DELETE' THEN 'OLD TABLE AS old_rows'
                    ELSE 'OLD TABLE AS old_rows NEW TABLE AS new_rows' END,
                kept.kind, kept.ref
            );
        END LOOP;
    END LOOP;
    -- New events are told by the door; these are moved by merges and removed by erasure.
    FOREACH word IN ARRAY ARRAY['UPDATE', 'DELETE'] LOOP
        EXECUTE format(
            'CREATE TRIGGER customers_bits_%s AFTER %s ON customers_event REFERENCING %s
             FOR EACH STATEMENT EXECUTE FUNCTION customers_bits_of_rows(%L, %L)',
            lower(word), word,
            CASE word WHEN 'DELETE' THEN 'OLD TABLE AS old_rows'
                ELSE 'OLD TABLE AS old_rows NEW TABLE AS new_rows' END,
            'event',
            'r.event_type_id || '':'' || to_char(r.occurred_at AT TIME ZONE ''UTC'', ''YYYY-MM-DD'')'
        );
    END LOOP;
END $$;
