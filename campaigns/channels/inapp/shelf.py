"""The provider "inbox": lays messages down until the customer's app fetches them.

Settings: `placement`, "inbox" (default) or "popup", and `days` that a message stays (default 30);
one that expires earlier by itself goes then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.db import connection
from django.utils.translation import gettext as _

from campaigns.channels.base import Outgoing, Provider, Result, Status
from campaigns.models import Placement

DAYS: Final = 30
# What was laid down before an interruption lies there once.
LAY = """
INSERT INTO campaigns_inappmessage (message_id, placement, title, body, at, expires_at)
SELECT m.id, %(placement)s, said.title, said.body, %(now)s, least(c.expires_at, %(until)s)
FROM unnest(%(ids)s::bigint[], %(titles)s::text[], %(bodies)s::text[]) AS said (id, title, body)
JOIN campaigns_message m ON m.id = said.id
JOIN campaigns_candidate c ON c.id = m.candidate_id
ON CONFLICT (message_id) DO NOTHING
"""


class Shelf(Provider):
    """Hands over by laying down."""

    code: ClassVar[str] = "inbox"
    is_repeatable = True
    is_at_home = True

    def problems(self) -> list[str]:
        own = self.account.settings
        found = []
        if own.get("placement", Placement.INBOX) not in Placement.values:
            found.append(_("“placement” is inbox or popup."))
        days = own.get("days", DAYS)
        if not isinstance(days, int) or not 1 <= days <= 3650:
            found.append(_("“days” is a whole number of at least 1."))
        return found

    def hand_over(self, batch: Sequence[Outgoing], now: datetime) -> Iterable[Result]:
        own = self.account.settings
        popup = own.get("placement") == Placement.POPUP
        days = own.get("days", DAYS)
        days = days if isinstance(days, int) and 1 <= days <= 3650 else DAYS
        with connection.cursor() as cursor:
            cursor.execute(
                LAY,
                {
                    "placement": (Placement.POPUP if popup else Placement.INBOX).value,
                    "now": now,
                    "until": now + timedelta(days=days),
                    "ids": [message.id for message in batch],
                    "titles": [message.subject for message in batch],
                    "bodies": [message.body for message in batch],
                },
            )
        return [Result(m.id, Status.ACCEPTED, provider_id=m.key) for m in batch]
