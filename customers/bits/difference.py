"""Who has to come into a segment and who has to leave it, by kept sets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from customers.bits.answer import LOOKED_AT_MOST
from customers.bits.drawing import draw
from customers.bits.primitives import CHUNK, Primitive
from customers.rules import Rule, compile_rule


def write_moves(
    cursor: Any, rule: Rule, segment_id: int, *, now: datetime, brand_id: int | None
) -> bool:
    """Fill the temporary table segment_moves (customer_id, comes) with the difference between
    the rule and the members; True when that could be done by bits.

    The members stand in a kept set of their own, so that only those are looked at of whom the
    sets are not sure. False, and nothing written, while sets are missing or when so many would
    have to be looked at or moved that a pass over everybody is faster.
    """
    drawing, _waits = draw(
        rule, now=now, brand_id=brand_id, beside=Primitive(("segment", segment_id))
    )
    if drawing is None:
        return False
    compiled = compile_rule(rule, now=now, brand_id=brand_id)
    cursor.execute(
        f"""{drawing.sql}, sides AS MATERIALIZED (
            SELECT chunk, unsure, sure & ~held AS comes, held & ~(sure | unsure) AS goes FROM drawn
        ), summed AS MATERIALIZED (
            SELECT COALESCE(sum(bit_count(unsure) + bit_count(comes) + bit_count(goes)), 0) AS n
            FROM sides
        ), few AS MATERIALIZED (
            SELECT array_agg(chunk) AS chunks, array_agg(unsure) AS unsure,
                array_agg(comes) AS comes, array_agg(goes) AS goes
            FROM sides WHERE (SELECT n FROM summed) <= {LOOKED_AT_MOST}
        ), asked AS MATERIALIZED (
            SELECT c.id,
                c.merged_into_id IS NULL AND c.erased_at IS NULL AND {compiled.sql} AS fits,
                EXISTS (SELECT 1 FROM customers_segmentmember s
                        WHERE s.segment_id = %s AND s.customer_id = c.id) AS is_in
            FROM customers_bit_places({CHUNK},
                (SELECT chunks FROM few), (SELECT unsure FROM few)) AS place
            JOIN customers_customer c ON c.id = place
        ), written AS (
            INSERT INTO segment_moves (customer_id, comes)
            SELECT place, true FROM customers_bit_places({CHUNK},
                (SELECT chunks FROM few), (SELECT comes FROM few)) AS place
            UNION ALL
            SELECT place, false FROM customers_bit_places({CHUNK},
                (SELECT chunks FROM few), (SELECT goes FROM few)) AS place
            UNION ALL
            SELECT id, fits FROM asked WHERE fits <> is_in
        )
        SELECT n FROM summed""",
        [*drawing.params, *compiled.params, segment_id],
    )
    return bool(cursor.fetchone()[0] <= LOOKED_AT_MOST)
