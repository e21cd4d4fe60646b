"""The provider "smtp": one connection per batch, and the truth about every message.

An account may name its own server in its settings (`host`, `port`, `security`: "none",
"starttls" or "tls", `user`, `from`, `pipelining`: false for a server that offers it and can't);
its password is the account's secret. Without a host, mail goes where the installation's EMAIL_URL
says.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage as DjangoMessage
from django.core.mail import get_connection
from django.utils.translation import gettext as _

from campaigns.channels.base import Fault, Outgoing, Provider, Result, Status
from campaigns.channels.email import mime
from campaigns.channels.email.build import AddressUnusable, build, sender_of
from campaigns.channels.email.dialog import Dialog, Letter, LineBroken, said, text_of
from campaigns.channels.pace import waits

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
SECONDS = 20


class Smtp(Provider):
    """Hands over by SMTP."""

    def hand_over(self, batch: Sequence[Outgoing], now: datetime) -> Iterator[Result]:
        try:
            mime.address_of(sender := sender_of(self.account))
        except ValueError:
            text = _("The sender “%(address)s” is not an e-mail address.") % {"address": sender}
            yield from _untouched(batch[:], Fault.ACCOUNT, text)
            return
        backend = self._backend()
        try:
            yield from self._over(backend, batch, now)
        finally:
            _close(backend)

    # helpers

    def _over(self, backend: Any, batch: Sequence[Outgoing], now: datetime) -> Iterator[Result]:
        try:
            backend.open()
            _at_once(backend)
            dialog = self._dialog(backend)
        except smtplib.SMTPAuthenticationError as error:
            text = said(error.smtp_code, error.smtp_error)
            yield from _untouched(batch[:], Fault.ACCOUNT, text)
            return
        except ssl.SSLCertVerificationError as error:
            yield from _untouched(batch[:], Fault.CERTIFICATE, text_of(error))
            return
        except (OSError, smtplib.SMTPException) as error:
            yield from _untouched(batch[:], Fault.CONNECTION, text_of(error))
            return
        told: set[int] = set()
        letters = self._letters(batch, now)
        try:
            for result in (
                dialog.hand_over(letters, lambda: not waits(batch))
                if dialog
                else _by_backend(backend, letters)
            ):
                told.add(result.id)
                yield result
        except LineBroken as broken:
            if dialog:
                dialog.hang_up()
            yield broken.result
            # The line is gone; whoever was not tried yet lost nothing.
            left = [message for message in batch[:] if message.id not in {*told, broken.result.id}]
            yield from _untouched(left, broken.result.fault, broken.result.error)

    def _letters(self, batch: Sequence[Outgoing], now: datetime) -> Iterator[Letter | Result]:
        for message in batch:
            try:
                yield Letter(message, build(message, self.account, now))
            except AddressUnusable as error:
                text = text_of(error)
                yield Result(message.id, Status.REFUSED, fault=Fault.REFUSED, error=text)

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
            timeout=float(own.get("timeout", settings.EMAIL_TIMEOUT or SECONDS)),
        )

    def _dialog(self, backend: Any) -> Dialog | None:
        """None for e-mail settings that are not SMTP (files, console, memory)."""
        server = getattr(backend, "connection", None)
        if not isinstance(server, smtplib.SMTP):
            return None
        return Dialog(server, pipelining=self.account.settings.get("pipelining") is not False)


def _at_once(backend: Any) -> None:
    """Send small pieces at once. The last dot of a mail goes in a write of its own, to know whether
    it has gone; held back for the acknowledgement of the text, it would cost 40 ms a mail."""
    line = getattr(getattr(backend, "connection", None), "sock", None)
    if line is not None:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _untouched(batch: Sequence[Outgoing], fault: Fault, error: str) -> Iterator[Result]:
    return (Result(message.id, Status.UNTOUCHED, fault=fault, error=error) for message in batch)


def _by_backend(backend: Any, letters: Iterator[Letter | Result]) -> Iterator[Result]:
    for letter in letters:
        if isinstance(letter, Result):
            yield letter
            continue
        try:
            backend.send_messages([_Ready(letter)])
        except (OSError, smtplib.SMTPException) as error:
            raise LineBroken(
                Result(
                    letter.message.id, Status.RETRY, fault=Fault.CONNECTION, error=text_of(error)
                )
            ) from error
        yield Result(letter.message.id, Status.ACCEPTED, provider_id=letter.mail.message_id[:200])


class _Ready(DjangoMessage):
    """A finished e-mail in the dress that Django's backends expect."""

    def __init__(self, letter: Letter) -> None:
        mail = letter.mail
        super().__init__(subject=letter.message.subject, from_email=mail.sender, to=[mail.address])
        self._mail = message_from_bytes(mail.content, policy=SMTP)

    def message(self, *args: Any, **kwargs: Any) -> Any:
        return self._mail


def _close(backend: Any) -> None:
    with suppress(OSError, smtplib.SMTPException):
        # Everything is said; a bad goodbye changes nothing.
        backend.close()
