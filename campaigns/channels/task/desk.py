"""The provider "desk": puts a task on the page of tasks. Setting: `hours` until it is due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.db import connection
from django.utils.translation import gettext as _

from campaigns.channels.base import Outgoing, Provider, Result, Status

HOURS: Final = 24
# One per visit of a walk, as tasks of journeys are.
OPEN = """
INSERT INTO campaigns_task (brand_id, customer_id, title, instructions, journey_id, enrollment_id,
    node, visit, state, note, opened_at, due_at)
SELECT m.brand_id, m.customer_id, said.title, said.body, c.journey_id, c.enrollment_id, c.node,
    c.visit, 'open', '', %(now)s, %(due)s
FROM unnest(%(ids)s::bigint[], %(titles)s::text[], %(bodies)s::text[]) AS said (id, title, body)
JOIN campaigns_message m ON m.id = said.id
JOIN campaigns_candidate c ON c.id = m.candidate_id
ON CONFLICT (enrollment_id, visit) DO NOTHING
"""


class TaskDesk(Provider):
    """Hands over by opening a task."""

    code: ClassVar[str] = "desk"
    is_repeatable = True
    is_at_home = True

    def problems(self) -> list[str]:
        return [] if self._hours() else [_("“hours” is a whole number of at least 1.")]

    def hand_over(self, batch: Sequence[Outgoing], now: datetime) -> Iterable[Result]:
        with connection.cursor() as cursor:
            cursor.execute(
                OPEN,
                {
                    "now": now,
                    "due": now + timedelta(hours=self._hours() or HOURS),
                    "ids": [message.id for message in batch],
                    "titles": [message.subject[:200] for message in batch],
                    "bodies": [message.body[:2000] for message in batch],
                },
            )
        return [Result(m.id, Status.ACCEPTED, provider_id=m.key) for m in batch]

    def _hours(self) -> int:
        told = self.account.settings.get("hours", HOURS)
        return told if isinstance(told, int) and 1 <= told <= 24 * 365 else 0
