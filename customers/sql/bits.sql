-- Kept sets of customers as bits: customer n stands at place n % 15000 of chunk n / 15000, so that
-- a row stays under two kilobytes and inline. A chunk that is missing holds nobody.

CREATE TABLE customers_bitchunk (
    set_id integer NOT NULL REFERENCES customers_bitset ON DELETE CASCADE,
    chunk integer NOT NULL,
    bits varbit NOT NULL,
    PRIMARY KEY (set_id, chunk)
) WITH (fillfactor = 80);
ALTER TABLE customers_bitchunk ALTER bits SET STORAGE MAIN;

-- Who has to be looked at again, for the sets that depend on (kind, ref). A statement writes one row
-- for each chunk in which it changed somebody, with the places of these customers in the chunk: what
-- is written, flushed, read and removed again is far less than a row for each customer. Append-only and
-- emptied by the follower; a count looks at whoever is still in here on the base tables, and so is
-- exact.

CREATE TABLE customers_bitchange (
    kind text NOT NULL,
    ref text NOT NULL,
    chunk integer NOT NULL,
    places smallint[] NOT NULL,
    many integer NOT NULL GENERATED ALWAYS AS (cardinality(places)) STORED
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
ALTER TABLE customers_bitchange ALTER places SET STORAGE EXTERNAL;

-- Changes that were followed while a set was being built: that set hears of them at its end.
CREATE TABLE customers_bitlate (
    kind text NOT NULL,
    ref text NOT NULL,
    chunk integer NOT NULL,
    places smallint[] NOT NULL
);
ALTER TABLE customers_bitlate ALTER places SET STORAGE EXTERNAL;

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

-- The customers whose bits are set, in chunks of `size` bits; meant for few of them, and planned
-- for few. Pieces without any are skipped; the zeros between two ones are counted at once.
CREATE FUNCTION customers_bit_places(size integer, chunks integer[], bits varbit[])
RETURNS SETOF bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 100 AS $$
BEGIN
    RETURN QUERY
    SELECT u.chunk::bigint * size + p.piece * 1504 + w.place - 1
    FROM unnest(chunks, bits) AS u (chunk, bits)
    CROSS JOIN generate_series(0, (size - 1) / 1504) AS p (piece)
    CROSS JOIN LATERAL (
        SELECT substring(u.bits FROM p.piece * 1504 + 1 FOR 1504) AS cut OFFSET 0
    ) AS s
    CROSS JOIN LATERAL (
        SELECT sum(octet_length(t.part) + 1) OVER (ORDER BY t.n ROWS UNBOUNDED PRECEDING) AS place
        FROM string_to_table(s.cut::text, '1') WITH ORDINALITY AS t (part, n)
    ) AS w
    WHERE bit_count(s.cut) > 0 AND w.place <= length(s.cut);
END $$;
