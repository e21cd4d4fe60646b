"""An e-mail made of a rendered text: parts, headers, and nothing that could forge a header."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.channels.base import Account, Outgoing
from campaigns.channels.email import mime

MIME: Final = "MIME-Version: 1.0\r\n"


class AddressUnusable(ValueError):
    """An address that no mail server would take."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A finished e-mail; *address* is how the commands say it, *content* has lines with CRLF."""

    message_id: str
    sender: str
    address: str
    content: bytes


def build(message: Outgoing, account: Account, now: datetime) -> Mail:
    """Make the e-mail of *message*. Raises AddressUnusable for an address that is none.

    The Message-ID is made of the message's own number, so that a second copy can be known.
    """
    name, sender = _sender_of(str(account.settings.get("from") or settings.DEFAULT_FROM_EMAIL))
    try:
        address = mime.address_of(message.address)
    except ValueError as error:
        raise AddressUnusable(
            _("“%(address)s” is not an e-mail address.") % {"address": message.address[:80]}
        ) from error
    number = message_id(message.id, sender)
    headers = [
        mime.sender(one_line(message.sender_name) or name, sender),
        f"To: {address}\r\n",
        mime.header("Subject", one_line(message.subject)),
        mime.date(now),
        f"Message-ID: {number}\r\n",
    ]
    if message.language:
        headers.append(mime.header("Content-Language", one_line(message.language)))
    for header, value in unsubscribe_headers(message).items():
        headers.append(mime.header(header, value))
    headers.append(MIME)
    content = mime.text_part(message.body, "plain")
    if message.html:
        parts = (content, mime.text_part(message.html, "html"))
        content = mime.alternatives(parts, b"=_waypost_%d" % message.id)
    return Mail(number, sender, address, "".join(headers).encode("ascii") + content)


def unsubscribe_headers(message: Outgoing) -> dict[str, str]:
    """How a mail program takes her off the list by one click, RFC 8058."""
    if not message.unsubscribe_url:
        return {}
    return {
        "List-Unsubscribe": f"<{message.unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def message_id(number: int, sender: str) -> str:
    """The Message-ID of message *number*: the same at every attempt."""
    return f"<waypost.{number}@{sender.rpartition('@')[2] or 'localhost'}>"


def sender_of(account: Account) -> str:
    """The bare address from which *account* sends."""
    return _sender_of(str(account.settings.get("from") or settings.DEFAULT_FROM_EMAIL))[1]


def one_line(text: str) -> str:
    """*text* without line breaks and control characters, which would begin a new header."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


# helpers


@lru_cache(maxsize=64)
def _sender_of(configured: str) -> tuple[str, str]:
    """Name and bare address."""
    name, address = parseaddr(configured)
    return one_line(name), address or "waypost@localhost"
