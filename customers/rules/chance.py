"""A fraction of 0 to 1 for every customer that is always the same for one salt."""

from __future__ import annotations

import hashlib

from customers.rules.nodes import Compiled

STEPS = 2**32


def fraction(salt: str, customer_id: int) -> float:
    """A number in [0, 1), evenly spread over customers and independent between salts."""
    return step(salt, customer_id) / STEPS


def step(salt: str, customer_id: int) -> int:
    """The fraction as a whole number below STEPS, on which both languages agree exactly."""
    digest = hashlib.md5(f"{salt}:{customer_id}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16)


def step_sql(id_sql: str, salt: str) -> Compiled:
    """The same whole number as SQL."""
    return Compiled(
        f"('x' || substr(md5(%s::text || ':' || {id_sql}::text), 1, 8))::bit(32)::bigint", (salt,)
    )


def fraction_sql(id_sql: str, salt: str) -> Compiled:
    """The same fraction as SQL (double precision)."""
    sql, params = step_sql(id_sql, salt)
    return Compiled(f"(({sql})::double precision / {STEPS})", params)


def threshold(below: float) -> int:
    """The whole number that `step` must stay under for a share of *below*."""
    return round(below * STEPS)
