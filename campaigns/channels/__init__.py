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

To add a provider to a channel, a class in the channel's folder, listed in its `providers`:

- one message per HTTP call: a subclass of `calls.CallingProvider` with `call` (what to ask) and
  `read` (what the answer means); connections, time limits, the guard of the local network and what
  a broken line means are done there, and tested in `tests/campaigns/channels/test_calls.py`;
- anything else: a subclass of `base.Provider` with `hand_over`;
- what it posts afterwards: `read_callback` verifies a post and says what it means, as `Report`s;
  the address is `/hooks/<channel>/<token of the account>/`, the rest is in
  `campaigns/outbox/feedback`;
- `problems` says what is wrong with the settings of an account.

The provider "recording" works for every channel: it keeps what would be sent.
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
from campaigns.channels.inapp import InApp
from campaigns.channels.plain import Push, WeChat
from campaigns.channels.reports import (
    Callback,
    CallbackMissing,
    Forged,
    Report,
    Unreadable,
    What,
)
from campaigns.channels.sms import Sms
from campaigns.channels.task import TaskForAPerson
from campaigns.channels.webhook import Webhook

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
    "Callback",
    "CallbackMissing",
    "Channel",
    "Fault",
    "Forged",
    "Outgoing",
    "Provider",
    "ProviderMissing",
    "Report",
    "Result",
    "Status",
    "Unreadable",
    "What",
    "channel",
    "namespaces",
]
