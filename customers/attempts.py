"""Limits how often a password may be tried, per account and per network address.

Counts live in the cache, which all web processes share in production. A count that is lost (the
cache was emptied) only means that somebody may try again sooner.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.core.cache import cache

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 8
PER_ADDRESS = 40


def wait_for(email: str, address: str, now: datetime) -> timedelta:
    """How long to wait before the next attempt; zero when one may try now."""
    longest = timedelta(0)
    for key, limit in limits(email, address):
        count, ends = cache.get(key) or (0, 0.0)
        if count >= limit:
            left = timedelta(seconds=ends - now.timestamp())
            longest = max(longest, left)
    return longest


def note_failure(email: str, address: str, now: datetime) -> None:
    """Count one wrong password; the window starts with the first one."""
    for key, _limit in limits(email, address):
        count, ends = cache.get(key) or (0, 0.0)
        if not count or ends <= now.timestamp():
            count, ends = 0, (now + WINDOW).timestamp()
        cache.set(key, (count + 1, ends), timeout=WINDOW.total_seconds())


def forget(email: str, address: str) -> None:
    """Begin again for this account after a right password; the address keeps its count."""
    cache.delete(limits(email, address)[0][0])


# helpers


def limits(email: str, address: str) -> list[tuple[str, int]]:
    """Cache keys with their limits. Hashed, so that no address of a person lies in the cache."""
    account = hashlib.sha256(f"{email.strip().lower()}|{address}".encode()).hexdigest()[:32]
    network = hashlib.sha256(address.encode()).hexdigest()[:32]
    return [
        (f"sign-in:account:{account}", PER_ACCOUNT),
        (f"sign-in:address:{network}", PER_ADDRESS),
    ]
