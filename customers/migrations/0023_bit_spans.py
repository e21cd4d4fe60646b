"""Kept sets of several days; places of bits are found by reading a chunk once."""

from django.db import migrations

FORWARD = """
-- Old sets of days come back with their blocks when somebody counts again.
DELETE FROM customers_bitset WHERE kind = 'event';
ALTER TABLE customers_bitchunk SET (fillfactor = 80);
DROP FUNCTION customers_bit_places;
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
"""


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0022_segment_insight'),
    ]

    operations = [
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
    ]
