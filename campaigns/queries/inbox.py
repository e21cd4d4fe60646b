"""The in-app messages of one customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Q, QuerySet

from campaigns.models import InAppMessage

PAGE_MOST: Final = 100
# Who is meant by an identity, in the brand's own namespace before the general one.
WHO = """
SELECT i.customer_id
FROM customers_identity i
JOIN customers_namespace n ON n.id = i.namespace_id
LEFT JOIN customers_namespace g ON g.id = n.general_id
WHERE i.value = %(value)s
  AND (n.code = %(namespace)s OR g.code = %(namespace)s AND n.brand_id = %(brand)s)
ORDER BY (g.code IS NOT NULL) DESC
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Shelf:
    """One page of messages, newest first; `next` leads to the following one."""

    messages: Sequence[InAppMessage]
    unread: int
    next: str


def customer_of(namespace: str, value: str, brand_id: int) -> int | None:
    """The customer whom an identity names; None for nobody."""
    with connection.cursor() as cursor:
        cursor.execute(WHO, {"namespace": namespace, "value": value, "brand": brand_id})
        row = cursor.fetchone()
    return int(row[0]) if row else None


def shelf_of(
    customer_id: int,
    brand_id: int,
    now: datetime,
    *,
    placement: str = "",
    unread: bool = False,
    limit: int = 20,
    before: int | None = None,
) -> Shelf:
    """What lies there for her now, of this brand: not expired, not closed. Two queries."""
    there = there_for(customer_id, brand_id, now)
    if placement:
        there = there.filter(placement=placement)
    page = there.filter(read_at=None) if unread else there
    if before is not None:
        page = page.filter(pk__lt=before)
    rows = list(page.select_related("message").order_by("-pk")[: limit + 1])
    following = str(rows[limit - 1].pk) if len(rows) > limit else ""
    return Shelf(rows[:limit], there.filter(read_at=None).count(), following)


def there_for(customer_id: int, brand_id: int, now: datetime) -> QuerySet[InAppMessage]:
    """Her messages that an app may show now."""
    return InAppMessage.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now),
        message__customer=customer_id,
        message__brand=brand_id,
        dismissed_at=None,
    )
