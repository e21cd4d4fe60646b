"""The provider "smtp": one connection per batch, and the truth about every message.

An account may name its own server in its settings (`host`, `port`, `security`: "none",
"starttls" or "tls", `user`, `from`); its password is the account's secret. Without a host, mail
goes where the installation's EMAIL_URL says.
"""

from __future__ import annotations

import re
import smtplib
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage as DjangoMessage
from django.core.mail import get_connection

from campaigns.channels.base import Fault, Outgoing, Provider, Result, Status
from campaigns.channels.email.build import AddressUnusable, build, sender_of

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
LONGEST_ERROR = 300
# Answers that mean "not so fast", whatever their text says.
SLOW_DOWN = {421, 450, 451, 452}
SECONDS = 20


class Smtp(Provider):
    """Hands over by SMTP."""

    def hand_over(self, batch: Sequence[Outgoing], now: datetime) -> Iterator[Result]:
        backend = self._backend()
        try:
            backend.open()
        except smtplib.SMTPAuthenticationError as error:
            text = _answer(error.smtp_code, error.smtp_error)
            yield from _untouched(batch, Fault.ACCOUNT, text)
            return
        except (OSError, smtplib.SMTPException) as error:
            yield from _untouched(batch, Fault.CONNECTION, _text(error))
            return
        _at_once(backend)
        try:
            for place, message in enumerate(batch):
                result = self._one(backend, message, now)
                yield result
                if result.fault == Fault.CONNECTION:
                    # The line is gone; whoever was not tried yet lost nothing.
                    yield from _untouched(batch[place + 1 :], Fault.CONNECTION, result.error)
                    return
        finally:
            _close(backend)

    # helpers

    def _backend(self) -> Any:
        own = self.account.settings
        if not own.get("host"):
            return get_connection(fail_silently=False)
        security = own.get("security", "none")
        return get_connection(
            SMTP_BACKEND,
            fail_silently=False,
            host=str(own["host"]),
            port=int(own.get("port", 465 if security == "tls" else 25)),
            username=str(own.get("user", "")),
            password=self.account.secret,
            use_tls=security == "starttls",
            use_ssl=security == "tls",
            timeout=int(own.get("timeout", settings.EMAIL_TIMEOUT or SECONDS)),
        )

    def _one(self, backend: Any, message: Outgoing, now: datetime) -> Result:
        try:
            mail = build(message, self.account, now)
        except AddressUnusable as error:
            return Result(message.id, Status.REFUSED, fault=Fault.REFUSED, error=_text(error))
        server = getattr(backend, "connection", None)
        if isinstance(server, smtplib.SMTP):
            return _by_smtp(server, message, mail, sender_of(self.account))
        return _by_backend(backend, message, mail)


def _at_once(backend: Any) -> None:
    """Send small pieces at once. The last dot of a mail goes in a write of its own, to know whether
    it has gone; held back for the acknowledgement of the text, it would cost 40 ms a mail."""
    line = getattr(getattr(backend, "connection", None), "sock", None)
    if line is not None:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _untouched(batch: Sequence[Outgoing], fault: Fault, error: str) -> Iterator[Result]:
    return (Result(message.id, Status.UNTOUCHED, fault=fault, error=error) for message in batch)


def _by_smtp(server: smtplib.SMTP, message: Outgoing, mail: EmailMessage, sender: str) -> Result:
    """Say it step by step, to know at each break whether the server may have the message.

    smtplib's own send_message raises the same error for a line that broke before and after the
    last dot; the first is safe to try again, the second is not.
    """
    said_all = False
    try:
        server.ehlo_or_helo_if_needed()
        code, answer = server.mail(sender)
        if code != 250:
            return _refused(server, message, code, answer)
        code, answer = server.rcpt(message.address)
        if code not in (250, 251):
            return _refused(server, message, code, answer)
        code, answer = server.docmd("DATA")
        if code != 354:
            return _refused(server, message, code, answer)
        data = re.sub(rb"(?m)^\.", b"..", mail.as_bytes())
        server.send(data if data.endswith(b"\r\n") else data + b"\r\n")
        said_all = True
        server.send(b".\r\n")
        code, answer = server.getreply()
        if code != 250:
            return _refused(server, message, code, answer)
    except (OSError, smtplib.SMTPException) as error:
        status = Status.UNCERTAIN if said_all else Status.RETRY
        return Result(message.id, status, fault=Fault.CONNECTION, error=_text(error))
    return Result(message.id, Status.ACCEPTED, provider_id=str(mail["Message-ID"])[:200])


def _by_backend(backend: Any, message: Outgoing, mail: EmailMessage) -> Result:
    """For e-mail settings that are not SMTP (files, console, memory)."""
    try:
        backend.send_messages([_Ready(mail, message)])
    except (OSError, smtplib.SMTPException) as error:
        return Result(message.id, Status.RETRY, fault=Fault.CONNECTION, error=_text(error))
    return Result(message.id, Status.ACCEPTED, provider_id=str(mail["Message-ID"])[:200])


class _Ready(DjangoMessage):
    """A finished e-mail in the dress that Django's backends expect."""

    def __init__(self, mail: EmailMessage, message: Outgoing) -> None:
        super().__init__(
            subject=str(mail["Subject"]),
            body=message.body,
            from_email=str(mail["From"]),
            to=[message.address],
        )
        self._mail = mail

    def message(self, *args: Any, **kwargs: Any) -> Any:
        return self._mail


def _refused(server: smtplib.SMTP, message: Outgoing, code: int, answer: bytes) -> Result:
    """An answer that is not a yes; the line stays open for the next message where it can."""
    text = _answer(code, answer)
    if code == 421 or code < 0:
        # The server hangs up after this one, or already did.
        server.close()
        return Result(message.id, Status.RETRY, fault=Fault.CONNECTION, error=text)
    with suppress(OSError, smtplib.SMTPException):
        # The answer is known; if the line broke since, the next message finds out.
        server.rset()
    if 400 <= code < 500:
        fault = Fault.THROTTLED if code in SLOW_DOWN else Fault.MAILBOX
        return Result(message.id, Status.RETRY, fault=fault, error=text)
    if code in (530, 535, 538):
        return Result(message.id, Status.RETRY, fault=Fault.ACCOUNT, error=text)
    return Result(message.id, Status.REFUSED, fault=Fault.REFUSED, error=text)


def _answer(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(f"{code} {text}".split())[:LONGEST_ERROR]


def _text(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:LONGEST_ERROR]


def _close(backend: Any) -> None:
    with suppress(OSError, smtplib.SMTPException):
        # Everything is said; a bad goodbye changes nothing.
        backend.close()
