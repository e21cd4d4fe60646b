"""What the customer's app reports of in-app messages: read, closed, clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from campaigns.channels import Report, What
from campaigns.models import ChannelAccount, InAppMessage
from campaigns.outbox.feedback import TakenIn, take_in
from customers.access import Actor, Right, require
from customers.models import Brand

WHATS: Final = {"read": What.OPENED, "dismissed": What.DISMISSED, "clicked": What.CLICKED}
# A message that was clicked or closed has been seen.
MARK = """
UPDATE campaigns_inappmessage i
SET read_at = coalesce(i.read_at, said.at),
    dismissed_at = coalesce(i.dismissed_at, CASE WHEN said.closed THEN said.at END)
FROM (
    SELECT id, min(at) AS at, bool_or(what = 'dismissed') AS closed
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS t (id, what, at) GROUP BY id
) said
WHERE i.message_id = said.id
"""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that the app says of one message."""

    message_id: int
    what: str
    at: datetime | None = None
    key: str = ""
    url: str = ""


def report(actor: Actor, brand: Brand, said: Sequence[Said], now: datetime) -> TakenIn:
    """Take in what the app of *brand* says; its words become events, once each. Messages of other
    brands count as unknown. Raises RightMissing."""
    require(actor, Right.INGEST, brand)
    with transaction.atomic():
        rows = dict(
            InAppMessage.objects.filter(
                pk__in={each.message_id for each in said}, message__brand=brand
            ).values_list("pk", "message__account")
        )
        known = [each for each in said if each.message_id in rows]
        _mark(known, now)
        done = TakenIn(unknown=len(said) - len(known))
        for account in ChannelAccount.objects.filter(pk__in=set(rows.values())):
            reports = [
                Report(
                    WHATS[each.what],
                    message_id=each.message_id,
                    at=each.at,
                    # Read and closed once; every click counts.
                    key=each.key if each.what == "clicked" else "once",
                    url=each.url,
                )
                for each in known
                if rows[each.message_id] == account.pk
            ]
            done += take_in(account, reports, now)
    return done


# helpers


def _mark(said: Sequence[Said], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            MARK,
            [
                [each.message_id for each in said],
                [each.what for each in said],
                [min(each.at or now, now) for each in said],
            ],
        )
