"""An e-mail made of a rendered text: parts, headers, and nothing that could forge a header."""

from __future__ import annotations

from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.channels.base import Account, Outgoing

# Every server takes seven bits; eight need an extension that some lack.
PLAIN = SMTP.clone(cte_type="7bit")


class AddressUnusable(ValueError):
    """An address that no mail server would take."""


def build(message: Outgoing, account: Account, now: datetime) -> EmailMessage:
    """Make the e-mail of *message*. Raises AddressUnusable for an address that is none.

    The Message-ID is made of the message's own number, so that a second copy can be known.
    """
    mail = EmailMessage(policy=PLAIN)
    sender = sender_of(account)
    name = one_line(message.sender_name) or parseaddr(str(account.settings.get("from", "")))[0]
    mail["From"] = Address(display_name=name, addr_spec=sender)
    try:
        # An Address refuses line breaks, and a value with a comma is one odd name, never two.
        mail["To"] = Address(addr_spec=message.address)
    except (ValueError, IndexError, MessageError) as error:
        raise AddressUnusable(
            _("“%(address)s” is not an e-mail address.") % {"address": message.address[:80]}
        ) from error
    mail["Subject"] = one_line(message.subject)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(message.id, sender)
    if message.language:
        mail["Content-Language"] = one_line(message.language)
    for name, value in unsubscribe_headers(message).items():
        mail[name] = value
    mail.set_content(message.body)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail


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
    configured = str(account.settings.get("from") or settings.DEFAULT_FROM_EMAIL)
    return parseaddr(configured)[1] or "waypost@localhost"


def one_line(text: str) -> str:
    """*text* without line breaks and control characters, which would begin a new header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
