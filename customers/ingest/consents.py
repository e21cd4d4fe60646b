"""Writes consents: the state now, and every change for ever."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from customers.ingest.facts import ConsentFact

# Of several facts in one batch the last by time decides; an older fact than what is known is
# kept as proof and changes nothing.
_WRITE = """
WITH said AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[],
                         %s::timestamptz[], %s::text[], %s::jsonb[])
        WITH ORDINALITY AS said (customer_id, brand_id, channel, purpose, state, at, wording,
                                 proof, position)
), latest AS (
    SELECT DISTINCT ON (customer_id, brand_id, channel, purpose) * FROM said
    ORDER BY customer_id, brand_id, channel, purpose, at DESC, position DESC
), changes AS (
    INSERT INTO customers_consentchange
        (customer_id, brand_id, channel, purpose, state, at, source_id, wording, proof)
    SELECT customer_id, brand_id, channel, purpose, state, at, %s, wording, proof
    FROM said s
    WHERE NOT EXISTS (
        SELECT 1 FROM customers_consent c
        WHERE (c.customer_id, c.brand_id, c.channel, c.purpose)
            = (s.customer_id, s.brand_id, s.channel, s.purpose)
          AND c.state = s.state AND c.since <= s.at)
    ORDER BY position
)
INSERT INTO customers_consent AS c
    (customer_id, brand_id, channel, purpose, state, since, source_id, wording, proof)
SELECT customer_id, brand_id, channel, purpose, state, at, %s, wording, proof FROM latest
ORDER BY customer_id, brand_id, channel, purpose
ON CONFLICT (customer_id, brand_id, channel, purpose) DO UPDATE
SET state = excluded.state, since = excluded.since, source_id = excluded.source_id,
    wording = excluded.wording, proof = excluded.proof
WHERE excluded.since >= c.since AND excluded.state <> c.state
"""


def write_consents(cursor: Any, said: Sequence[tuple[int, ConsentFact]], *, source_id: int) -> None:
    """Write consents of (customer id, fact); facts carry their brand and their moment."""
    if not said:
        return
    cursor.execute(
        _WRITE,
        [
            [customer_id for customer_id, _fact in said],
            [fact.brand_id for _id, fact in said],
            [fact.channel for _id, fact in said],
            [fact.purpose for _id, fact in said],
            [fact.state for _id, fact in said],
            [fact.at for _id, fact in said],
            [fact.wording for _id, fact in said],
            [json.dumps(dict(fact.proof), ensure_ascii=False) for _id, fact in said],
            source_id,
            source_id,
        ],
    )
