"""Random choices that are the same again: a hash of the customer and a salt.

In SQL the same number is
`('x' || substr(md5(customer_id || ':' || salt), 1, 8))::bit(32)::bigint / 4294967296.0`.
"""

from hashlib import md5


def chance(customer_id: int, salt: str) -> float:
    """A number from 0 up to, not including, 1; equally spread over customers."""
    digest = md5(f"{customer_id}:{salt}".encode(), usedforsecurity=False)
    return int.from_bytes(digest.digest()[:4]) / 2**32
