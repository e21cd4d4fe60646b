"""The provider "signed": signed as Standard Webhooks say, with an idempotency key.

Settings: `url`, and `namespaces`, the identities that the endpoint needs to know whom it is about
(default: user_id). The secret is whsec_ and base64. The endpoint answers 2xx when it has the
message; the same `webhook-id` means the same message. What became of it may be posted back, signed
with the same secret: `{"message_id": 12, "what": "delivered"}`, or a list of those.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from django.db import connection
from django.utils.dateparse import parse_datetime

from campaigns.channels.base import Fault, Outgoing, Result, Status
from campaigns.channels.calls import Call, CallingProvider, Unusable, json_of, missing
from campaigns.channels.reports import Callback, Forged, Report, Unreadable, What, number_of
from config.calling.line import Answer
from config.calling.signing import PREFIX, fits, sign
from config.clock import utc_now

IDENTITIES: Final = """
SELECT i.customer_id, n.code, min(i.value)
FROM customers_identity i JOIN customers_namespace n ON n.id = i.namespace_id + 0
WHERE i.customer_id = ANY(%s) AND n.code = ANY(%s)
GROUP BY i.customer_id, n.code
"""
# As the standard wants it: a post that is older was kept by somebody.
TOLERANCE: Final = timedelta(minutes=5)


class SignedWebhook(CallingProvider):
    """Hands over to the brand's endpoint."""

    code: ClassVar[str] = "signed"
    is_repeatable = True  # by its id

    def problems(self) -> list[str]:
        return missing({**self.account.settings, "secret": self.account.secret}, "url", "secret")

    def hand_over(self, batch: Sequence[Outgoing], now: datetime) -> Iterator[Result]:
        self._known = self._identities([batch[place].customer_id for place in range(len(batch))])
        yield from super().hand_over(batch, now)

    def call(self, message: Outgoing, now: datetime) -> Call:
        url = str(self.account.settings.get("url") or "")
        if not url or not self.account.secret:
            raise Unusable("the account needs the setting “url” and a secret", Fault.ACCOUNT)
        body = {
            "type": "message",
            "timestamp": now.isoformat(),
            "data": {
                "message_id": message.id,
                "customer": {"id": message.customer_id, **self._of(message)},
                "language": message.language,
                "subject": message.subject,
                "body": message.body,
                "html": message.html,
            },
        }
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            marks = sign(self.account.secret, message.key, utc_now(), data)
        except (binascii.Error, ValueError) as error:
            raise Unusable(f"the secret is not {PREFIX} and base64", Fault.ACCOUNT) from error
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Waypost",
            "Idempotency-Key": message.key,
            **marks,
        }
        return Call(url, data, headers)

    def read(self, message: Outgoing, answer: Answer) -> Result:
        if not answer.is_ok:
            return self.by_status(message, answer)
        told = json_of(answer)
        id = told.get("id", "") if isinstance(told, dict) else ""
        return Result(message.id, Status.ACCEPTED, str(id or message.key)[:200])

    def read_callback(self, callback: Callback) -> Sequence[Report]:
        secret = self.account.callback_secret or self.account.secret
        if not fits(secret, callback.headers, callback.body, utc_now(), TOLERANCE):
            raise Forged("webhook-signature does not fit, or webhook-timestamp is too old.")
        body = callback.json()
        rows = body if isinstance(body, list) else [body]
        return [_report(row, callback.headers.get("webhook-id", "")) for row in rows]

    # helpers

    def _of(self, message: Outgoing) -> Mapping[str, str]:
        return self._known.get(message.customer_id, {})

    def _identities(self, customer_ids: Sequence[int]) -> dict[int, dict[str, str]]:
        spaces = self.account.settings.get("namespaces", ["user_id"])
        found: dict[int, dict[str, str]] = {}
        if isinstance(spaces, list) and any(customer_ids):
            with connection.cursor() as cursor:
                cursor.execute(IDENTITIES, [list(customer_ids), [str(each) for each in spaces]])
                for customer_id, space, value in cursor.fetchall():
                    found.setdefault(customer_id, {})[space] = value
        return found


# helpers


def _report(row: Any, post: str) -> Report:
    number = number_of(row.get("message_id")) if isinstance(row, dict) else None
    if number is None or row.get("what") not in set(What):
        raise Unreadable(
            'Expected is {"message_id": 12, "what": "delivered"}; what is one of '
            + ", ".join(sorted(What))
        )
    at = row.get("at")
    try:
        moment = parse_datetime(at) if isinstance(at, str) else None
    except ValueError:
        moment = None
    return Report(
        What(row["what"]),
        message_id=number,
        at=moment if moment and moment.tzinfo else None,
        key=str(row.get("key") or post)[:100],
        text=str(row.get("text", "")),
        url=str(row.get("url", "")),
        is_permanent=row.get("permanent") is True,
    )
