"""The provider "aliyun": SendSms of Aliyun's Dysmsapi (2017-05-25), signed by ACS3-HMAC-SHA256.

https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms. Settings:
`access_key_id`, `sign_name` (else the brand's sender name), `template_code` and
`template_variable`; the secret is the access key's.

Aliyun sends approved templates only. A content names its own in its first line, with a line for
each variable:

    SMS_123456789
    name: {{ customer.name }}

Any other text goes as the one variable `template_variable` of `template_code`. Aliyun does not
sign what it posts: that a post is Aliyun's is known by the secret in the address alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlsplit

from campaigns.channels.base import Fault, Outgoing, Result, Status
from campaigns.channels.calls import Call, CallingProvider, Unusable, json_of, missing, shorten
from campaigns.channels.reports import Callback, Report, Unreadable, What, number_of
from campaigns.channels.sms.text import national, needs, number, signature_of
from config.calling.line import Answer
from config.clock import utc_now

BASE: Final = "https://dysmsapi.aliyuncs.com"
VERSION: Final = "2017-05-25"
TEMPLATE: Final = re.compile(r"SMS_[0-9]{1,20}")
VARIABLE: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,39})\s*[:：]\s*(.*)")
CHINA: Final = timezone(timedelta(hours=8))
# https://help.aliyun.com/zh/sms/developer-reference/api-error-codes
PERSON_WAITS: Final = frozenset({"isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL"})
ACCOUNT: Final = frozenset(
    {
        "isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE", "isv.PRODUCT_UN_SUBSCRIPT",
        "isv.PRODUCT_UNSUBSCRIBE", "isv.ACCOUNT_NOT_EXISTS", "isv.ACCOUNT_ABNORMAL",
        "isp.RAM_PERMISSION_DENY", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_SIGN_ILLEGAL",
        "isv.SMS_SIGNATURE_SCENE_ILLEGAL", "SignatureDoesNotMatch", "SignatureNonceUsed",
        "InvalidTimeStamp.Expired", "Forbidden", "Forbidden.RAM",
    }
)  # fmt: skip
# Numbers that do not exist or are out of use, in the reports of networks.
PERMANENT: Final = frozenset({"MK:0001", "MK:0000", "UNDELIV", "EXISTENCE_NUMBER", "PHONE_EMPTY"})


class Aliyun(CallingProvider):
    """Hands over by Aliyun."""

    code: ClassVar[str] = "aliyun"

    def problems(self) -> list[str]:
        return missing(self.account.settings, "access_key_id")

    def call(self, message: Outgoing, now: datetime) -> Call:
        own = self.account.settings
        template, variables = self._template(message)
        sign_name = own.get("sign_name") or signature_of(self.account, message)
        query = {
            "PhoneNumbers": national(number(message)),
            "SignName": needs(sign_name, "sign_name"),
            "TemplateCode": template,
            "TemplateParam": json.dumps(variables, ensure_ascii=False, separators=(",", ":")),
            "OutId": message.key,
        }  # fmt: skip
        base = str(own.get("base_url") or BASE).rstrip("/")
        headers = sign(
            "SendSms",
            VERSION,
            host=urlsplit(base).netloc,
            query=query,
            key_id=needs(own.get("access_key_id"), "access_key_id"),
            secret=self.account.secret,
            at=utc_now(),  # the provider's clock, also when messages are sent late
            nonce=secrets.token_hex(16),
        )
        return Call(f"{base}/?{canonical_query(query)}", b"", headers)

    def read(self, message: Outgoing, answer: Answer) -> Result:
        told = json_of(answer)
        told = told if isinstance(told, dict) else {}
        code, text = str(told.get("Code", "")), str(told.get("Message", ""))
        error = shorten(f"{code} {text}" if code else answer.status)
        if answer.is_ok and code == "OK":
            return Result(message.id, Status.ACCEPTED, str(told.get("BizId", ""))[:200])
        if code in PERSON_WAITS:
            return Result(message.id, Status.RETRY, "", Fault.MAILBOX, error)
        if code.startswith("Throttling"):
            rest = answer.retry_after or 1
            return Result(message.id, Status.RETRY, "", Fault.THROTTLED, error, rest)
        if code in ACCOUNT or code.startswith("InvalidAccessKeyId"):
            return Result(message.id, Status.RETRY, "", Fault.ACCOUNT, error)
        if code == "isp.SYSTEM_ERROR" or code == "ServiceUnavailable":
            return Result(message.id, Status.RETRY, "", Fault.CONNECTION, error)
        if answer.is_ok and not code:
            return Result(
                message.id, Status.UNCERTAIN, "", Fault.CONNECTION, "the answer has no Code"
            )
        if answer.is_ok:
            return Result(message.id, Status.REFUSED, "", Fault.REFUSED, error)
        return self.by_status(message, answer, f"{code} {text}".strip())

    def read_callback(self, callback: Callback) -> Sequence[Report]:
        rows = callback.json()
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Unreadable("A list of reports (SmsReport) or of replies (SmsUp) is expected.")
        return [_report(row) for row in rows]

    def answer_callback(self) -> tuple[str, str]:
        return json.dumps({"code": 0, "msg": "OK"}), "application/json"

    def _template(self, message: Outgoing) -> tuple[str, dict[str, str]]:
        first, *lines = message.body.strip().splitlines() or [""]
        if TEMPLATE.fullmatch(first.strip()):
            found = [VARIABLE.fullmatch(line.strip()) for line in lines if line.strip()]
            if None in found:
                raise Unusable("below the template's code each line is “variable: value”")
            return first.strip(), {hit[1]: hit[2] for hit in found if hit}
        own = self.account.settings
        if not own.get("template_code"):
            raise Unusable(
                "the text names no template of Aliyun (SMS_…), and the account has no template_code"
            )
        variable = str(own.get("template_variable") or "content")
        return str(own["template_code"]), {variable: message.body.strip()}


def sign(
    action: str, version: str, *, host: str, query: Mapping[str, str], key_id: str, secret: str,
    at: datetime, nonce: str,
) -> dict[str, str]:  # fmt: skip
    """The headers of a call without a body.

    https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
    """
    empty = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": empty,
        "x-acs-date": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"POST\n/\n{canonical_query(query)}\n{lines}\n{names}\n{empty}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    mark = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={mark}"
    )
    del headers["host"]  # the line says it
    return headers


def canonical_query(query: Mapping[str, str]) -> str:
    """The query in the order and spelling in which it is signed."""
    return "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(query.items()))


# helpers


def _report(row: Mapping[str, Any]) -> Report:
    if "content" in row:
        address = str(row.get("phone_number", ""))
        return Report(
            What.REPLIED,
            address=address if address.startswith("+") else f"+86{address}",
            at=_moment(row.get("send_time")),
            key=str(row.get("sequence_id") or row.get("send_time") or ""),
            text=str(row["content"]),
        )
    code = str(row.get("err_code", ""))
    return Report(
        What.DELIVERED if row.get("success") is True else What.BOUNCED,
        message_id=number_of(row.get("out_id")),
        provider_id=str(row.get("biz_id", "")),
        at=_moment(row.get("report_time")),
        text="" if row.get("success") is True else f"{code} {row.get('err_msg', '')}".strip(),
        is_permanent=code in PERMANENT,
    )


def _moment(text: object) -> datetime | None:
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
    except ValueError:
        return None
