"""The provider "recording": keeps what would be sent, for replays, tests and demos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar

from django.db import connection

from campaigns.channels.base import Outgoing, Provider, Result, Status

# A message that was kept before an interruption is kept once.
KEEP = """
INSERT INTO campaigns_recordedmessage (message_id, at, address, subject, body, html)
SELECT id, %s, address, subject, body, html
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS t (id, address, subject, body, html)
ON CONFLICT (message_id) DO NOTHING
"""


class Recording(Provider):
    """Accepts everything, sends nothing."""

    code: ClassVar[str] = "recording"
    is_repeatable = True
    is_at_home = True

    def hand_over(self, batch: Sequence[Outgoing], now: datetime) -> Iterable[Result]:
        with connection.cursor() as cursor:
            cursor.execute(
                KEEP,
                [
                    now,
                    [message.id for message in batch],
                    [message.address for message in batch],
                    [message.subject for message in batch],
                    [message.body for message in batch],
                    [message.html for message in batch],
                ],
            )
        return [
            Result(message.id, Status.ACCEPTED, provider_id=f"recorded-{message.id}")
            for message in batch
        ]
