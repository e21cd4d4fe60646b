-- Who has to be looked at again, for the sets that depend on (kind, ref). A statement writes one row
-- for each chunk in which it changed somebody, with the places of these customers in the chunk: what
-- is written, flushed, read and removed again is far less than a row for each customer.

CREATE TABLE customers_bitnews (
    kind text NOT NULL,
    ref text NOT NULL,
    chunk integer NOT NULL,
    places smallint[] NOT NULL,
    many integer NOT NULL GENERATED ALWAYS AS (cardinality(places)) STORED
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
ALTER TABLE customers_bitnews ALTER places SET STORAGE EXTERNAL;
INSERT INTO customers_bitnews (kind, ref, chunk, places)
SELECT kind, ref, (customer_id / 15000)::int, array_agg(DISTINCT mod(customer_id, 15000)::smallint)
FROM customers_bitchange GROUP BY 1, 2, 3;
DROP TABLE customers_bitchange;
ALTER TABLE customers_bitnews RENAME TO customers_bitchange;

-- Changes that were followed while a set was being built: that set hears of them at its end.
CREATE TABLE customers_bitnews (
    kind text NOT NULL,
    ref text NOT NULL,
    chunk integer NOT NULL,
    places smallint[] NOT NULL
);
ALTER TABLE customers_bitnews ALTER places SET STORAGE EXTERNAL;
INSERT INTO customers_bitnews (kind, ref, chunk, places)
SELECT kind, ref, (customer_id / 15000)::int, array_agg(DISTINCT mod(customer_id, 15000)::smallint)
FROM customers_bitlate GROUP BY 1, 2, 3;
DROP TABLE customers_bitlate;
ALTER TABLE customers_bitnews RENAME TO customers_bitlate;

CREATE OR REPLACE FUNCTION customers_bits_of_customer() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION customers_bits_of_new_customers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_bitchange (kind, ref, chunk, places)
    SELECT b.kind, b.ref, (n.id / 15000)::int, array_agg(mod(n.id, 15000)::smallint)
    FROM new_rows n JOIN (SELECT DISTINCT kind, ref FROM customers_bitset) b
        ON b.kind = 'record' OR b.kind = 'attribute' AND n.attributes ? b.ref
    GROUP BY 1, 2, 3;
    RETURN NULL;
END $$;

-- Rows of a table with a customer_id: kind is the first argument, SQL of the ref the second.
CREATE OR REPLACE FUNCTION customers_bits_of_rows() RETURNS trigger LANGUAGE plpgsql AS $$
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
