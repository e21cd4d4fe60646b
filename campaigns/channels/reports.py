"""What providers report afterwards: a post as it came, and what it says of messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl


class What(StrEnum):
    """What happened to a message."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"  # the other side asks the provider to wait
    FAILED = "failed"  # given up by the provider
    BOUNCED = "bounced"  # sent back
    COMPLAINED = "complained"
    OPENED = "opened"
    CLICKED = "clicked"
    DISMISSED = "dismissed"
    REPLIED = "replied"
    UNSUBSCRIBED = "unsubscribed"


class Forged(ValueError):
    """A post that is not signed as the account's provider signs."""


class Unreadable(ValueError):
    """A post that says nothing we understand; the text says what was expected."""


class CallbackMissing(LookupError):
    """The provider of the account posts nothing."""


@dataclass(frozen=True, slots=True)
class Callback:
    """A post as it came. `url` is the public address with its query, `headers` have small
    letters."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The JSON of the body; raises Unreadable."""
        try:
            return json.loads(self.body.decode())
        except (ValueError, RecursionError) as error:
            raise Unreadable("The body is not JSON.") from error

    def form(self) -> dict[str, str]:
        """The fields of a form; raises Unreadable."""
        try:
            pairs = parse_qsl(
                self.body.decode(), keep_blank_values=True, max_num_fields=1000, errors="strict"
            )
        except ValueError as error:
            raise Unreadable("The body is not a form.") from error
        return dict(pairs)


@dataclass(frozen=True, slots=True)
class Report:
    """One thing that a provider says. The message is known by our own number where the provider
    gives it back, else by the provider's id; a reply by the address from which it came.

    `key` tells two opens or clicks or replies of one message apart, the same at every post.
    """

    what: What
    message_id: int | None = None
    provider_id: str = ""
    at: datetime | None = None
    address: str = ""
    key: str = ""
    text: str = ""  # the provider's words, or those of a reply
    url: str = ""
    is_permanent: bool = False  # of a bounce: the address is no good
    user_agent: str = ""
    machine: str = ""  # the provider itself says that no person opened it


def number_of(value: object) -> int | None:
    """Our own number as a provider gives it back; None when it is none."""
    text = str(value if value is not None else "").removeprefix("waypost-")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
