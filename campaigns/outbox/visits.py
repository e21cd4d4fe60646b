"""Clicks and opens that this server sees itself, taken in like a provider's report.

The rule: of each link of a message one `message_clicked`, and of each message one
`message_opened`, however often it is fetched; the first one counts. What machines fetch is kept
apart under its own name, so that a scanner which comes first takes nothing from the person who
comes later. (The door remembers keys for thirty days: a click after that is told as a new one.)
"""

from __future__ import annotations

import logging
from datetime import datetime

from campaigns.channels import Report, What
from campaigns.models import Message, ShortLink
from campaigns.outbox.feedback import take_in
from campaigns.tokens import Kind, Token

_log = logging.getLogger(__name__)


def target_of(token: Token) -> str:
    """Where the link of a token leads; empty for a short one that was forgotten."""
    if token.kind == Kind.CLICK:
        return token.text
    return ShortLink.objects.filter(pk=token.numbers[1]).values_list("url", flat=True).first() or ""


def clicked(message_id: int, url: str, user_agent: str, now: datetime) -> None:
    """Note that somebody followed the link to *url*."""
    report = Report(What.CLICKED, message_id, key="link", url=url, user_agent=user_agent)
    _tell(message_id, report, now)


def opened(message_id: int, user_agent: str, now: datetime) -> None:
    """Note that somebody fetched the picture of an e-mail."""
    report = Report(What.OPENED, message_id, key="picture", user_agent=user_agent)
    _tell(message_id, report, now)


# helpers


def _tell(message_id: int, report: Report, now: datetime) -> None:
    message = (
        Message.objects.filter(pk=message_id, account__isnull=False)
        .select_related("account")
        .first()
    )
    if message is None or message.account is None:
        return  # erased since; the link still leads where it leads
    try:
        take_in(message.account, [report], now)
    except Exception:
        # Who clicks wants to go on, whatever is wrong here.
        _log.exception("a visit of message %s could not be noted", message.pk)
