-- Kept sets of customers as bits: customer n stands at place n % 15000 of chunk n / 15000, so that
-- a row stays under two kilobytes and inline. A chunk that is missing holds nobody.

CREATE TABLE customers_bitchunk (
    set_id integer NOT NULL REFERENCES customers_bitset ON DELETE CASCADE,
    chunk integer NOT NULL,
    bits varbit NOT NULL,
    PRIMARY KEY (set_id, chunk)
) WITH (fillfactor = 60);
ALTER TABLE customers_bitchunk ALTER bits SET STORAGE MAIN;

-- Who has to be looked at again, for the sets that depend on (kind, ref). Append-only and emptied
-- by the follower; a count looks at whoever is still in here on the base tables, and so is exact.
CREATE TABLE customers_bitchange (
    kind text NOT NULL,
    ref text NOT NULL,
    customer_id bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100000);

-- Who has to be looked at again at a moment to come: a tag that expires, an event of the future.
CREATE TABLE customers_bitdue (
    due_at timestamptz NOT NULL,
    kind text NOT NULL,
    ref text NOT NULL,
    customer_id bigint NOT NULL
);
CREATE INDEX customers_bitdue_by_time ON customers_bitdue (due_at);

-- Up to which moment the sets hold what time alone changes; one row.
CREATE TABLE customers_bitclock (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    followed_to timestamptz
);
INSERT INTO customers_bitclock DEFAULT VALUES;

-- The places of the bits that are set; meant for few of them.
CREATE FUNCTION customers_bit_places(bits varbit) RETURNS SETOF integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    signs text := bits::text;
    place integer := 0;
    next_one integer;
BEGIN
    LOOP
        next_one := strpos(substr(signs, place + 1), '1');
        EXIT WHEN next_one = 0;
        place := place + next_one;
        RETURN NEXT place - 1;
    END LOOP;
END $$;

-- A change is only written down when a set depends on it. Each trigger asks that with a snapshot
-- of its own, and whoever makes a set waits for the transactions that could have asked before.

CREATE FUNCTION customers_bits_of_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_bitchange (kind, ref, customer_id)
    SELECT DISTINCT b.kind, b.ref, NEW.id FROM customers_bitset b
    WHERE b.kind = 'record'
        AND (OLD.merged_into_id, OLD.erased_at, OLD.is_known)
            IS DISTINCT FROM (NEW.merged_into_id, NEW.erased_at, NEW.is_known)
       OR b.kind = 'attribute'
        AND OLD.attributes -> b.ref IS DISTINCT FROM NEW.attributes -> b.ref;
    RETURN NULL;
END $$;

CREATE TRIGGER customers_bits_changed AFTER UPDATE ON customers_customer
    FOR EACH ROW WHEN (
        OLD.attributes IS DISTINCT FROM NEW.attributes
        OR OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id
        OR OLD.erased_at IS DISTINCT FROM NEW.erased_at
        OR OLD.is_known IS DISTINCT FROM NEW.is_known
    ) EXECUTE FUNCTION customers_bits_of_customer();

CREATE FUNCTION customers_bits_of_new_customers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_bitchange (kind, ref, customer_id)
    SELECT DISTINCT b.kind, b.ref, n.id FROM new_rows n JOIN customers_bitset b
        ON b.kind = 'record' OR b.kind = 'attribute' AND n.attributes ? b.ref;
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
            'INSERT INTO customers_bitchange (kind, ref, customer_id)
             SELECT DISTINCT %1$L, %2$s, r.customer_id FROM %3$I r
             WHERE %2$s IN (SELECT b.ref FROM customers_bitset b WHERE b.kind = %1$L)',
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
