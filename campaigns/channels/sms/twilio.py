"""The provider "twilio": Twilio's Messages API.

https://www.twilio.com/docs/messaging/api/message-resource. Settings: `account_sid`, and `from`
or `messaging_service_sid`; the secret is the auth token, which also proves what Twilio posts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlencode

from campaigns.channels.base import Fault, Outgoing, Result, Status
from campaigns.channels.calls import Call, CallingProvider, json_of, missing, shorten
from campaigns.channels.reports import Callback, Forged, Report, Unreadable, What, number_of
from campaigns.channels.sms.text import needs, number, signed
from config.calling.line import Answer

BASE: Final = "https://api.twilio.com"
# https://www.twilio.com/docs/api/errors: what is not for good, and what is the account's.
THROTTLED: Final = frozenset({14107, 20429, 21611, 30001, 30022})
ACCOUNT: Final = frozenset({20003, 20005, 20404, 21212, 21603, 21606, 21659, 30002})
STATUSES: Final = {
    "delivered": What.DELIVERED,
    "read": What.OPENED,
    "undelivered": What.BOUNCED,
    "failed": What.FAILED,
}
# The number does not exist, or can't take an SMS: never again.
PERMANENT: Final = frozenset({"21211", "21614", "30005", "30006"})


class Twilio(CallingProvider):
    """Hands over by Twilio."""

    code: ClassVar[str] = "twilio"

    def problems(self) -> list[str]:
        own = self.account.settings
        sender = own.get("from") or own.get("messaging_service_sid")
        return missing({**own, "from": sender}, "account_sid", "from")

    def call(self, message: Outgoing, now: datetime) -> Call:
        own = self.account.settings
        sid = needs(own.get("account_sid"), "account_sid")
        fields = {"To": number(message), "Body": signed(self.account, message)}
        if service := own.get("messaging_service_sid"):
            fields["MessagingServiceSid"] = str(service)
        else:
            fields["From"] = needs(own.get("from"), "from")
        if self.account.callback_url:
            fields["StatusCallback"] = f"{self.account.callback_url}?message={message.id}"
        base = str(own.get("base_url") or BASE).rstrip("/")
        return Call(
            f"{base}/2010-04-01/Accounts/{quote(sid, safe='')}/Messages.json",
            urlencode(fields).encode(),
            {
                "Authorization": f"Basic {_base64(f'{sid}:{self.account.secret}'.encode())}",
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
        )

    def read(self, message: Outgoing, answer: Answer) -> Result:
        told = json_of(answer)
        told = told if isinstance(told, dict) else {}
        if answer.is_ok and told.get("sid"):
            return Result(message.id, Status.ACCEPTED, str(told["sid"])[:200])
        if answer.is_ok:
            # A yes that is not Twilio's: who knows what stands between us.
            return Result(
                message.id, Status.UNCERTAIN, "", Fault.CONNECTION, "the answer names no message"
            )
        code, text = told.get("code"), f"{told.get('code', '')} {told.get('message', '')}".strip()
        error = shorten(f"{answer.status} {text}")
        if code in THROTTLED:
            rest = answer.retry_after or 1
            return Result(message.id, Status.RETRY, "", Fault.THROTTLED, error, rest)
        if code in ACCOUNT:
            return Result(message.id, Status.RETRY, "", Fault.ACCOUNT, error)
        return self.by_status(message, answer, text)

    def read_callback(self, callback: Callback) -> Sequence[Report]:
        fields = callback.form()
        self._verify(callback, fields)
        sid = fields.get("MessageSid") or fields.get("SmsSid", "")
        status = fields.get("MessageStatus") or fields.get("SmsStatus", "")
        if not sid or not status:
            raise Unreadable("MessageSid and MessageStatus are expected.")
        if status == "received":
            text = fields.get("Body", "")
            return [Report(What.REPLIED, address=fields.get("From", ""), key=sid, text=text)]
        what = STATUSES.get(status)
        if what is None:  # queued, sending, sent: on its way, and nothing new
            return []
        error = fields.get("ErrorCode", "")
        return [
            Report(
                what,
                message_id=number_of(callback.query.get("message")),
                provider_id=sid,
                text=error,
                is_permanent=error in PERMANENT,
            )
        ]

    def _verify(self, callback: Callback, fields: Mapping[str, str]) -> None:
        """https://www.twilio.com/docs/usage/security#validating-requests"""
        said = callback.headers.get("x-twilio-signature", "")
        mark = signature(self.account.secret, callback.url, fields)
        if not self.account.secret or not hmac.compare_digest(mark.encode(), said.encode()):
            raise Forged("X-Twilio-Signature does not fit.")

    def answer_callback(self) -> tuple[str, str]:
        return "<Response></Response>", "text/xml"


def signature(token: str, url: str, fields: Mapping[str, Any]) -> str:
    """X-Twilio-Signature: the address, then each field's name and value in their order."""
    text = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return _base64(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest())


# helpers


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
