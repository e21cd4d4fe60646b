"""Channels: how a message gets to the customer. One folder per channel behind one contract.

A channel says of which namespace its addresses are (`namespace`), what a text of it may hold
(`parts`) and through which providers it goes (`providers`). A provider hands a batch over:
`hand_over(batch) -> results`, one result per message, saying whether it was accepted, is to be
tried again, never will be, or whether nobody knows (see `base`). Slow as it may be, no
transaction is open meanwhile.

To add a channel:

1. `campaigns/channels/<channel>/__init__.py` with a subclass of `base.Channel`;
2. one line in `CHANNELS` below;
3. a test in `tests/campaigns/channels/` that hands a batch over to a real local server: accepted,
   refused for good, refused for now, hanging, hanging up.

To add a provider to a channel: a class with `hand_over` in the channel's folder, listed in its
`providers`. The provider "recording" works for every channel: it keeps what would be sent.
"""

from __future__ import annotations

from campaigns.channels.base import (
    Account,
    Channel,
    Fault,
    Outgoing,
    Provider,
    ProviderMissing,
    Result,
    Status,
)
from campaigns.channels.email import Email
from campaigns.channels.plain import InApp, Push, Sms, TaskForAPerson, Webhook, WeChat

CHANNELS: dict[str, Channel] = {
    channel.code: channel
    for channel in (Email(), Sms(), Push(), WeChat(), InApp(), Webhook(), TaskForAPerson())
}


def channel(code: str) -> Channel:
    """The channel called *code*; raises KeyError for one that is not there."""
    return CHANNELS[code]


def namespaces() -> dict[str, str | None]:
    """By channel the namespace of its addresses; None where the customer herself is enough."""
    return {code: each.namespace for code, each in CHANNELS.items()}


__all__ = [
    "CHANNELS",
    "Account",
    "Channel",
    "Fault",
    "Outgoing",
    "Provider",
    "ProviderMissing",
    "Result",
    "Status",
    "channel",
    "namespaces",
]
