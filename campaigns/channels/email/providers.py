"""E-mail through the API of a provider: Brevo, Mailgun, Mailjet, MailerSend, Postmark, Resend,
SparkPost.

What each of them wants to hear, and what its answer means, knows django-anymail. The call itself
goes over our own line, as with every provider: time limits, the guard of the local network, and
what a broken connection means are the same everywhere.

The account's secret is the key of the API (for Mailjet `key:secret`). Settings: `from`, `api_url`,
and what a provider needs besides, see OPTIONS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from importlib import import_module
from typing import Any, ClassVar, Final

from django.core.mail import EmailMultiAlternatives

from campaigns.channels.base import Fault, Outgoing, Provider, Result, Status
from campaigns.channels.calls import Call, CallingProvider, Unusable, missing, shorten
from campaigns.channels.email.build import one_line, sender_of, unsubscribe_headers
from campaigns.channels.email.feedback import reports_of
from campaigns.channels.reports import Callback, Report
from config.calling.line import Answer

# By provider: the name that anymail has for its key, and the settings that it may have besides.
OPTIONS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "brevo": ("api_key", ()),
    "mailgun": ("api_key", ("sender_domain",)),
    "mailjet": ("api_key", ()),
    "mailersend": ("api_token", ()),
    "postmark": ("server_token", ("message_stream",)),
    "resend": ("api_key", ()),
    "sparkpost": ("api_key", ("subaccount",)),
}
TAKEN: Final = ("sent", "queued", "unknown")


@dataclass(frozen=True, slots=True)
class _Made:
    """A call that was made, to read its answer by."""

    payload: Any
    mail: EmailMultiAlternatives


class ByAnymail(CallingProvider):
    """One message per call, by the payload that anymail makes for the provider."""

    esp: ClassVar[str]

    def problems(self) -> list[str]:
        known = {**self.account.settings, "secret": self.account.secret}
        needed = ["secret", "from"] + (["sender_domain"] if self.esp == "mailgun" else [])
        return missing(known, *needed)

    def hand_over(self, batch: Sequence[Outgoing], now: datetime) -> Iterator[Result]:
        self._made: dict[int, _Made] = {}
        self._backend: Any = None
        yield from super().hand_over(batch, now)

    def call(self, message: Outgoing, now: datetime) -> Call:
        import requests

        if self._backend is None:
            self._backend = self._make_backend()
        mail = self._mail(message)
        try:
            payload = self._backend.build_message_payload(mail, self._backend.send_defaults)
            asked = payload.get_request_params(self._backend.api_url)
            asked.pop("timeout", None)
            prepared = requests.Request(**asked).prepare()
        except Exception as error:
            # What anymail can't put into the provider's words: an address, a setting.
            raise Unusable(shorten(error)) from error
        self._made[message.id] = _Made(payload, mail)
        body = prepared.body or b""
        headers = {name: str(value) for name, value in prepared.headers.items()}
        headers.pop("Content-Length", None)
        headers["User-Agent"] = "Waypost"
        data = body if isinstance(body, bytes) else str(body).encode()
        return Call(str(prepared.url), data, headers, str(prepared.method))

    def read(self, message: Outgoing, answer: Answer) -> Result:
        if not answer.is_ok:
            return self.by_status(message, answer)
        import requests

        response = requests.Response()
        response.status_code, response._content = answer.status, answer.body
        response.headers.update({"content-type": "application/json", **answer.headers})
        response.encoding = "utf-8"
        made = self._made.pop(message.id)
        try:
            said = self._backend.parse_recipient_status(response, made.payload, made.mail)
            [told] = said.values()
        except Exception as error:
            # A yes in words that nobody knows: it may have gone.
            return Result(message.id, Status.UNCERTAIN, "", Fault.INTERRUPTED, shorten(error))
        if told.status in TAKEN:
            number = str(told.message_id or "")[:200]
            return Result(message.id, Status.ACCEPTED, number)
        return Result(message.id, Status.REFUSED, "", Fault.REFUSED, shorten(told.status))

    def read_callback(self, callback: Callback) -> Sequence[Report]:
        return reports_of(self.esp, self.account, callback)

    # helpers

    def _make_backend(self) -> Any:
        key, names = OPTIONS[self.esp]
        own = self.account.settings
        if not self.account.secret:
            raise Unusable("the secret of the account is missing", Fault.ACCOUNT)
        options = {name: own[name] for name in (*names, "api_url") if own.get(name)}
        options[key] = self.account.secret
        if self.esp == "mailjet":
            options["api_key"], _colon, options["secret_key"] = self.account.secret.partition(":")
        backend = import_module(f"anymail.backends.{self.esp}").EmailBackend
        try:
            return backend(**options)
        except Exception as error:
            raise Unusable(shorten(error), Fault.ACCOUNT) from error

    def _mail(self, message: Outgoing) -> EmailMultiAlternatives:
        name = one_line(message.sender_name)
        name = name or parseaddr(str(self.account.settings.get("from", "")))[0]
        try:
            to = Address(addr_spec=message.address)
        except (ValueError, IndexError, MessageError) as error:
            raise Unusable(f"“{message.address[:80]}” is not an e-mail address") from error
        mail = EmailMultiAlternatives(
            one_line(message.subject),
            message.body,
            str(Address(display_name=name, addr_spec=sender_of(self.account))),
            [str(to)],
            headers=unsubscribe_headers(message),
        )
        if message.html:
            mail.attach_alternative(message.html, "text/html")
        return mail


def _named(esp: str) -> type[Provider]:
    return type(esp.title(), (ByAnymail,), {"esp": esp, "__module__": __name__})


PROVIDERS: Final[Mapping[str, type[Provider]]] = {esp: _named(esp) for esp in OPTIONS}
