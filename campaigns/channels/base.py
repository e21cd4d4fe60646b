"""The contract of channels and providers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from campaigns.channels.reports import Callback, CallbackMissing, Report
from campaigns.models import ChannelAccount


class Status(StrEnum):
    """What became of handing one message over."""

    ACCEPTED = "accepted"
    RETRY = "retry"  # refused for now; certainly not sent
    REFUSED = "refused"  # for good; certainly not sent
    UNCERTAIN = "uncertain"  # the line broke after everything was said; perhaps sent
    UNTOUCHED = "untouched"  # not tried: the batch ended before its turn; costs no attempt


class Fault(StrEnum):
    """The class of an error; it decides how soon the next attempt is, and the words for it."""

    NONE = ""
    CONNECTION = "connection"  # nobody answers, or the line broke
    THROTTLED = "throttled"  # too fast, come back later
    MAILBOX = "mailbox"  # this address can't take it just now
    REFUSED = "refused"  # the provider says no for good
    CERTIFICATE = "certificate"  # the provider can't prove that it is who it says
    ACCOUNT = "account"  # wrong password, sender not allowed: all messages of the account
    INTERRUPTED = "interrupted"  # we ourselves stopped in the middle


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message ready to go: everything is rendered, the address is chosen."""

    id: int
    address: str
    language: str
    subject: str
    body: str
    html: str = ""
    sender_name: str = ""
    customer_id: int = 0
    # Where one click takes her off the list (RFC 8058); for channels that can say it.
    unsubscribe_url: str = ""

    @property
    def key(self) -> str:
        """The same at every attempt: for providers that take an idempotency key."""
        return f"waypost-{self.id}"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the message *id*. *error* is the provider's own words, at most 300 letters.
    *rest_seconds* is how long the provider wants to be left alone, with everything."""

    id: int
    status: Status
    provider_id: str = ""
    fault: Fault = Fault.NONE
    error: str = ""
    rest_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """What a provider needs to know of the account it sends through. Never log it."""

    id: int
    channel: str
    provider: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secret: str = field(default="", repr=False)
    callback_secret: str = field(default="", repr=False)
    callback_url: str = field(default="", repr=False)
    brand_id: int | None = None
    per_second: int = 0  # 0: as fast as it goes

    @classmethod
    def of(cls, row: ChannelAccount) -> Account:
        """Read an account; raises campaigns.secrets.SecretUnreadable."""
        from campaigns.secrets import unseal

        return cls(
            id=row.pk,
            channel=row.channel,
            provider=row.provider,
            settings=row.settings,
            secret=unseal(row.secret) if row.secret else "",
            callback_secret=unseal(row.callback_secret) if row.callback_secret else "",
            callback_url=row.callback_url,
            brand_id=row.brand_id,
            per_second=row.rate_per_second,
        )


class Provider(ABC):
    """A way to hand over the messages of one channel, through one account."""

    # Handing the same message over twice has the effect of once. Only then may the outbox try
    # again by itself what was cut off in the middle.
    is_repeatable: ClassVar[bool] = False
    # Nothing leaves this house: no pace is kept, and a batch is written down at once.
    is_at_home: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        self.account = account

    @abstractmethod
    def hand_over(self, batch: Sequence[Outgoing], now: datetime) -> Iterable[Result]:
        """Hand the batch over, in order, and yield a result for each message as it is known.

        No exception for what a provider or a network does: that is a result. *now* is the moment
        to write down, virtual in a replay.
        """

    def read_callback(self, callback: Callback) -> Sequence[Report]:
        """What a post of the provider says. Raises Forged, Unreadable or CallbackMissing."""
        raise CallbackMissing(_("The provider of this account posts no reports."))

    def answer_callback(self) -> tuple[str, str]:
        """(body, content type) of the answer that the provider wants to see."""
        return "", "text/plain"

    def problems(self) -> list[str]:
        """What is wrong with the settings of the account, in sentences."""
        return []


class ProviderMissing(LookupError):
    """An account names a provider that its channel does not have."""

    def __init__(self, channel: str, provider: str, known: Iterable[str]) -> None:
        super().__init__(
            _("The channel %(channel)s has no provider “%(provider)s”. It has: %(known)s.")
            % {"channel": channel, "provider": provider, "known": ", ".join(known)}
        )


class Channel(ABC):
    """A way to reach a customer."""

    code: ClassVar[str]
    namespace: ClassVar[str | None]  # of its addresses; None: the customer herself is enough
    parts: ClassVar[frozenset[str]] = frozenset({"body"})  # of subject, preheader, body, html
    providers: ClassVar[Mapping[str, type[Provider]]] = {}

    def known_providers(self) -> dict[str, type[Provider]]:
        """Its own providers and "recording", by name."""
        from campaigns.channels.recording import Recording

        return {Recording.code: Recording, **self.providers}

    def provider(self, account: Account) -> Provider:
        """The provider of *account*; raises ProviderMissing."""
        known = self.known_providers()
        if account.provider not in known:
            raise ProviderMissing(self.code, account.provider, known)
        return known[account.provider](account)
