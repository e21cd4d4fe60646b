"""Giving codes away: each to one customer, however many ask at the same moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

# Codes that another worker is giving away at this moment are passed over, not waited for.
GIVE = """
WITH wanted AS (
    SELECT token, customer_id, row_number() OVER (ORDER BY n) AS place
    FROM unnest(%(tokens)s::text[], %(customers)s::bigint[]) WITH ORDINALITY
        AS asked (token, customer_id, n)
), free AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place
    FROM (
        SELECT id FROM campaigns_offercode
        WHERE offer_id = %(offer)s AND issued_at IS NULL
        ORDER BY id LIMIT %(n)s FOR UPDATE SKIP LOCKED
    ) open
)
UPDATE campaigns_offercode c
SET customer_id = wanted.customer_id, issued_at = %(now)s, token = wanted.token
FROM free JOIN wanted USING (place) WHERE c.id = free.id
RETURNING c.token, c.code
"""
HELD = """
SELECT DISTINCT ON (customer_id) customer_id, code FROM campaigns_offercode
WHERE offer_id = %(offer)s AND customer_id = ANY(%(customers)s) AND redeemed_at IS NULL
ORDER BY customer_id, issued_at DESC, id DESC
"""


class Issue(NamedTuple):
    """Who asks for a code; `token` is unique per asking, so that it is answered once."""

    token: str
    customer_id: int


def issue(
    offer_id: int, asked: Sequence[Issue], *, now: datetime, same_again: bool
) -> dict[str, str]:
    """Give a code of the offer to each who asks, in their order; returns codes by token.

    With *same_again* whoever has a code that she has not redeemed gets that one once more. Whoever
    is left out came too late: the pool is empty. Belongs into the caller's transaction; a code
    given away in one that is undone is free again.
    """
    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        if same_again and asked:
            cursor.execute(
                HELD, {"offer": offer_id, "customers": sorted({one.customer_id for one in asked})}
            )
            held = dict(cursor.fetchall())
            found = {one.token: held[one.customer_id] for one in asked if one.customer_id in held}
        open_ = [one for one in asked if one.token not in found]
        first: dict[int, str] = {}
        if same_again:  # two askings of one customer in one cohort get one code
            firsts = []
            for one in open_:
                if one.customer_id not in first:
                    first[one.customer_id] = one.token
                    firsts.append(one)
        else:
            firsts = list(open_)
        if firsts:
            cursor.execute(
                GIVE,
                {
                    "offer": offer_id,
                    "n": len(firsts),
                    "now": now,
                    "tokens": [one.token for one in firsts],
                    "customers": [one.customer_id for one in firsts],
                },
            )
            found |= dict(cursor.fetchall())
    for one in open_:
        code = found.get(first.get(one.customer_id, one.token))
        if code is not None:
            found[one.token] = code
    return found
