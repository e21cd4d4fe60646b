"""The provider "http": any SMS gateway that takes one message per call, described by settings.

    {"url": "https://sms.example/send", "method": "POST", "format": "json",
     "headers": {"Authorization": "Bearer {{ secret }}"},
     "body": {"to": "{{ digits }}", "text": "{{ text }}", "ref": "{{ key }}"},
     "id": "data.msgid", "code": "code", "accepted": ["0"], "throttled": ["8"],
     "later": ["5"], "account": ["101"], "idempotent": false,
     "callback": {"items": "reports", "ref": "ref", "id": "msgid", "status": "status",
                  "delivered": ["DELIVRD"], "bounced": ["UNDELIV"], "permanent": ["UNKNOWN"],
                  "error": "reason", "from": "mobile", "text": "content", "answer": "ok",
                  "signature": {"header": "X-Signature", "encoding": "hex"}}}

Values in double braces: `address` (+8613800000000), `digits` (the same without +), `national`
(13800000000), `text`, `signature`, `id`, `key` (the same at every attempt), `callback_url`,
`secret`, and `secret.NAME` where the secret is a JSON object. Paths lead into the JSON of the
answer. Without `accepted` a status of 2xx is a yes; with it, every code that no list names is a no
for good, unless `never` is given: then what no list names is uncertain.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from campaigns.channels.base import Fault, Outgoing, Result, Status
from campaigns.channels.calls import Call, CallingProvider, Unusable, json_of, missing, shorten
from campaigns.channels.reports import Callback, Forged, Report, Unreadable, What, number_of
from campaigns.channels.sms.text import national, needs, number, signature_of, signed
from config.calling.line import Answer

PLACE: Final = re.compile(r"\{\{\s*([a-z_]+(?:\.[A-Za-z0-9_]+)?)\s*\}\}")
FORMATS: Final = {"json": "application/json", "form": "application/x-www-form-urlencoded"}
REPORTED: Final = (What.DELIVERED, What.BOUNCED, What.FAILED, What.DEFERRED, What.UNSUBSCRIBED)


class ConfiguredSms(CallingProvider):
    """Hands over as the settings of the account say."""

    code: ClassVar[str] = "http"

    @property
    def repeats(self) -> bool:
        return self.account.settings.get("idempotent") is True

    def problems(self) -> list[str]:
        own = self.account.settings
        found = missing(own, "url", "body")
        if own.get("format", "json") not in FORMATS:
            found.append(_("“format” is json or form."))
        if not isinstance(own.get("headers", {}), dict):
            found.append(_("“headers” is an object, {…}."))
        unknown = sorted(set(PLACE.findall(json.dumps(own))) - {*_KNOWN})
        unknown = [name for name in unknown if not name.startswith("secret.")]
        if unknown:
            known = ", ".join(_KNOWN)
            found.append(
                _("“%(name)s” is not known here. Expected are: %(known)s.")
                % {"name": unknown[0], "known": known}
            )
        return found

    def call(self, message: Outgoing, now: datetime) -> Call:
        own = self.account.settings
        values = self._values(message)
        form = str(own.get("format", "json"))
        headers = own.get("headers") or {}
        if form not in FORMATS or not isinstance(headers, dict):
            raise Unusable("“format” is json or form, “headers” is an object", Fault.ACCOUNT)
        body = _fill(own.get("body"), values)
        method = str(own.get("method", "POST")).upper()
        data = b""
        if method != "GET":
            data = (
                urlencode(body if isinstance(body, dict) else {}).encode()
                if form == "form"
                else json.dumps(body, ensure_ascii=False).encode()
            )
        url = PLACE.sub(
            lambda hit: quote(_value(hit[1], values), safe=""), needs(own.get("url"), "url")
        )
        filled = {str(name): str(_fill(value, values)) for name, value in headers.items()}
        return Call(url, data, {"Content-Type": FORMATS[form], **filled}, method)

    def read(self, message: Outgoing, answer: Answer) -> Result:
        own, told = self.account.settings, json_of(answer)
        code = _at(told, own.get("code"))
        id = str(_at(told, own.get("id")) or "")[:200]
        said = shorten(
            f"{answer.status} {code or ''} {answer.body[:200].decode('utf-8', 'replace')}"
        )
        if not own.get("code") or not own.get("accepted"):
            yes = Result(message.id, Status.ACCEPTED, id)
            return yes if answer.is_ok else self.by_status(message, answer)
        if code is None and not answer.is_ok:
            return self.by_status(message, answer)
        rest = answer.retry_after or 0
        for name, status, fault in (
            ("accepted", Status.ACCEPTED, Fault.NONE),
            ("throttled", Status.RETRY, Fault.THROTTLED),
            ("later", Status.RETRY, Fault.MAILBOX),
            ("account", Status.RETRY, Fault.ACCOUNT),
            ("never", Status.REFUSED, Fault.REFUSED),
        ):
            if _listed(code, own.get(name)):
                if status == Status.ACCEPTED:
                    return Result(message.id, status, id)
                rests = max(rest, 1) if fault == Fault.THROTTLED else 0
                return Result(message.id, status, "", fault, said, rests)
        if not answer.is_ok:
            return self.by_status(message, answer)
        if code is None or own.get("never"):
            return Result(message.id, Status.UNCERTAIN, "", Fault.CONNECTION, said)
        return Result(message.id, Status.REFUSED, "", Fault.REFUSED, said)

    def read_callback(self, callback: Callback) -> Sequence[Report]:
        told = self.account.settings.get("callback")
        if not isinstance(told, dict):
            return super().read_callback(callback)
        self._verify(callback, told.get("signature"))
        body: Any = callback.json() if callback.body.lstrip()[:1] in b"[{" else callback.form()
        rows = _at(body, told["items"]) if told.get("items") else body
        rows = rows if isinstance(rows, list) else [rows]
        if not all(isinstance(row, dict) for row in rows):
            raise Unreadable("A report, or a list of reports, is expected.")
        found = [_report(row, told) for row in rows]
        return [report for report in found if report]

    def answer_callback(self) -> tuple[str, str]:
        told = self.account.settings.get("callback")
        text = told.get("answer", "") if isinstance(told, dict) else ""
        return (
            (text, "text/plain") if isinstance(text, str) else (json.dumps(text), FORMATS["json"])
        )

    def _verify(self, callback: Callback, told: object) -> None:
        """HMAC over the body; without `signature` the secret in the address is the proof."""
        if not isinstance(told, dict):
            return
        algorithm = {"sha1": hashlib.sha1, "sha512": hashlib.sha512}.get(
            str(told.get("algorithm")), hashlib.sha256
        )
        secret = self.account.callback_secret or self.account.secret
        raw = hmac.new(secret.encode(), callback.body, algorithm).digest()
        mark = base64.b64encode(raw).decode() if told.get("encoding") == "base64" else raw.hex()
        said = callback.headers.get(str(told.get("header", "")).lower(), "")
        said = said.removeprefix(str(told.get("prefix", "")))
        if not secret or not hmac.compare_digest(mark.encode(), said.strip().encode()):
            raise Forged("The signature does not fit.")

    def _values(self, message: Outgoing) -> dict[str, str]:
        to = number(message)
        return {
            "address": to,
            "digits": to[1:],
            "national": national(to),
            "text": signed(self.account, message),
            "signature": signature_of(self.account, message),
            "id": str(message.id),
            "key": message.key,
            "callback_url": self.account.callback_url,
            **_secrets(self.account.secret),
        }


_KNOWN: Final = (
    "address", "digits", "national", "text", "signature", "id", "key", "callback_url", "secret",
)  # fmt: skip


# helpers


def _secrets(secret: str) -> dict[str, str]:
    try:
        named = json.loads(secret)
    except (ValueError, RecursionError):
        named = None
    parts = named if isinstance(named, dict) else {}
    return {"secret": secret, **{f"secret.{name}": str(value) for name, value in parts.items()}}


def _value(name: str, values: Mapping[str, str]) -> str:
    if name not in values:
        raise Unusable(f"“{name}” in the settings of the account is not known", Fault.ACCOUNT)
    return values[name]


def _fill(told: Any, values: Mapping[str, str]) -> Any:
    """The settings' value with its places filled; they are filled once, so that a text can't name
    a secret."""
    if isinstance(told, str):
        return PLACE.sub(lambda hit: _value(hit[1], values), told)
    if isinstance(told, dict):
        return {str(key): _fill(value, values) for key, value in told.items()}
    if isinstance(told, list):
        return [_fill(value, values) for value in told]
    return told


def _at(found: Any, path: object) -> Any:
    """What lies at a path such as data.items.0.id, or None."""
    if not isinstance(path, str) or not path:
        return None
    for step in path.split("."):
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def _listed(code: Any, names: object) -> bool:
    return isinstance(names, list) and str(code) in {str(name) for name in names}


def _report(row: Mapping[str, Any], told: Mapping[str, Any]) -> Report | None:
    id = str(_at(row, told.get("id")) or "")[:200]
    reply = _at(row, told.get("text"))
    if reply is not None:
        address = str(_at(row, told.get("from")) or "").strip()
        if address and not address.startswith("+"):
            address = f"+86{address}" if len(address) == 11 else f"+{address}"
        return Report(What.REPLIED, address=address, key=id, text=str(reply))
    status = _at(row, told.get("status"))
    what = next((each for each in REPORTED if _listed(status, told.get(each.value))), None)
    if what is None and _listed(status, told.get("permanent")):
        what = What.BOUNCED
    if what is None:
        return None
    return Report(
        what,
        message_id=number_of(_at(row, told.get("ref"))),
        provider_id=id,
        text=str(_at(row, told.get("error")) or status),
        is_permanent=_listed(status, told.get("permanent")),
    )
