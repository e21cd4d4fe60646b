"""Who asked to be erased and not to be taken in again is known by a digest of her identities.

The digest is keyed with SECRET_KEY: nobody can try all phone numbers against it. A new key lifts
all bars.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings

from customers.models import BarredIdentity, Erasure, Identity

SALT = "customers.erasure.bar"


def digest(namespace_id: int, value: str) -> bytes:
    """What is kept of an identity in normal form."""
    return hmac.digest(_key(settings.SECRET_KEY), f"{namespace_id}:{value}".encode(), "sha256")


def bar(erasure: Erasure, ids: Sequence[int]) -> int:
    """Refuse the identities of these customers from now on; called before they are erased."""
    known = Identity.objects.filter(customer__in=ids).values_list("namespace_id", "value")
    rows = [
        BarredIdentity(erasure=erasure, namespace_id=space, digest=digest(space, value))
        for space, value in known
    ]
    return len(BarredIdentity.objects.bulk_create(rows, ignore_conflicts=True))


def barred(cursor: Any, keys: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those of *keys* that are barred. Costs nothing while nobody is."""
    cursor.execute("SELECT EXISTS (SELECT 1 FROM customers_barredidentity)")
    if not cursor.fetchone()[0]:
        return set()
    by_digest = {digest(space, value): (space, value) for space, value in keys}
    cursor.execute(
        "SELECT digest FROM customers_barredidentity WHERE digest = ANY(%s)", [list(by_digest)]
    )
    return {by_digest[bytes(row[0])] for row in cursor.fetchall()}


# helpers


@lru_cache(maxsize=2)
def _key(secret: str) -> bytes:
    """The key of django's salted_hmac, made once: a batch asks for a hundred thousand digests."""
    return hashlib.sha256(f"{SALT}{secret}".encode()).digest()
