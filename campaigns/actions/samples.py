"""Sending a sample: a content to the seed list, or a line of text through an account.

A sample is no message: it has no candidate, passes no cap, stands in no report and makes no event.
It is marked in its subject or at its beginning, its own pages are samples, and its links are not
followed. Its numbers are beyond those of messages, so that no report of a provider meets one.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.channels import (
    Account,
    Outgoing,
    Provider,
    ProviderMissing,
    Status,
    channel,
)
from campaigns.channels.sms.text import NUMBER
from campaigns.content.preview import preview
from campaigns.models import ChannelAccount, Content, ContentText, SeedAddress
from campaigns.secrets import SecretUnreadable
from customers.access import Actor, Right, record, require
from customers.formats import masked
from customers.models import Brand, Customer

MOST_ADDRESSES: Final = 20
CHANNELS: Final = ("email", "sms")
_FIRST: Final = 800_000_000_000_000_000  # no message ever has such a number
_KIND_OF: Final = {"email": "email", "sms": "phone"}


@dataclass(frozen=True, slots=True)
class Sample:
    """What became of one sample. The address is masked, the words are the provider's."""

    address: str
    language: str
    is_sent: bool
    words: str = ""


def account_for(brand: Brand, channel_code: str) -> ChannelAccount | None:
    """The account through which *brand* sends on a channel: its own, else the shared one."""
    rows = ChannelAccount.objects.filter(channel=channel_code, is_default=True)
    own = rows.filter(brand=brand).first()
    return own or rows.filter(brand=None).first()


def send_sample(
    actor: Actor,
    content: Content,
    texts: Sequence[ContentText],
    customer: Customer | None,
    seeds: Sequence[SeedAddress],
    *,
    now: datetime,
) -> list[Sample]:
    """Send *texts* of *content*, as *customer* would get them, to *seeds*; one result for each.

    Raises RightMissing, or ValidationError when there is nothing to send, nobody to send it to or
    no account that sends.
    """
    require(actor, Right.EDIT, content.brand)
    if not seeds or len(seeds) > MOST_ADDRESSES:
        raise ValidationError(
            _("Choose between 1 and %(n)d seed addresses.") % {"n": MOST_ADDRESSES}
        )
    account = account_for(content.brand, content.channel)
    if account is None:
        raise ValidationError(_("The brand has no account for this channel yet."))
    batch, failed = _batch(content, texts, customer, seeds)
    done = _hand_over(account, batch, now) if batch else []
    changes = {"to": len(seeds), "languages": sorted({text.language for text in texts})}
    record(actor, "content.sample", content, now=now, changes=changes)
    return [*failed, *done]


def try_account(actor: Actor, account: ChannelAccount, address: str, *, now: datetime) -> Sample:
    """Send a line of text through *account* to *address*.

    Raises RightMissing, or ValidationError for settings or an address that can't be right.
    """
    require(actor, Right.SET_CHANNEL, account.brand)
    address = address.strip()
    if account.channel == "email":
        validate_email(address)
    elif account.channel == "sms" and not NUMBER.fullmatch(address):
        raise ValidationError(_("Write the number with its country, such as +8613800000000."))
    brand = account.brand
    words = _("This is a test of the account “%(name)s”. Nobody needs to answer.")
    text = words % {"name": account.name}
    message = Outgoing(
        id=_number(0),
        address=address,
        language=translation.get_language() or "en",
        subject=marked(_("It works")),
        body=text if account.channel == "email" else marked(text),
        sender_name=(brand.sender_name or brand.name) if brand else "Waypost",
    )
    [sample] = _hand_over(account, [message], now)
    changes = {"sent": sample.is_sent}
    record(actor, "channelaccount.test", account, now=now, changes=changes)
    return sample


def problems_of(account: ChannelAccount) -> list[str]:
    """What is wrong with an account before anything is sent, in sentences."""
    try:
        return _provider(account).problems()
    except ValidationError as error:
        return list(error.messages)


def marked(text: str) -> str:
    """*text* so that nobody takes it for the real one."""
    return f"[{_('Test')}] {text}"


# helpers


def _batch(
    content: Content,
    texts: Sequence[ContentText],
    customer: Customer | None,
    seeds: Sequence[SeedAddress],
) -> tuple[list[Outgoing], list[Sample]]:
    """One message for each seed and language, and those that can't be made."""
    batch: list[Outgoing] = []
    failed: list[Sample] = []
    for text in texts:
        made = preview(content, customer, text.language, texts=[text])
        said = made.rendered
        for seed in seeds:
            if said is None:
                address = masked(seed.address, _KIND_OF.get(seed.channel, ""))
                failed.append(Sample(address, text.language, False, made.problem))
                continue
            is_mail = content.channel == "email"
            batch.append(
                Outgoing(
                    id=_number(len(batch)),
                    address=seed.address,
                    language=text.language,
                    subject=marked(said.subject),
                    body=said.body if is_mail else marked(said.body),
                    html=said.html,
                    sender_name=content.brand.sender_name or content.brand.name,
                )
            )
    return batch, failed


def _hand_over(account: ChannelAccount, batch: Sequence[Outgoing], now: datetime) -> list[Sample]:
    provider = _provider(account)
    if problems := provider.problems():
        raise ValidationError(problems)
    told = {result.id: result for result in provider.hand_over(batch, now)}
    samples = []
    for message in batch:
        result = told.get(message.id)
        address = masked(message.address, _KIND_OF.get(account.channel, ""))
        sent = result is not None and result.status == Status.ACCEPTED
        words = result.error if result else ""
        samples.append(Sample(address, message.language, sent, words))
    return samples


def _provider(account: ChannelAccount) -> Provider:
    try:
        provider = channel(account.channel).provider(Account.of(account))
    except (ProviderMissing, SecretUnreadable) as error:
        raise ValidationError(str(error)) from error
    if provider.is_at_home or account.channel not in CHANNELS:
        raise ValidationError(
            _("This account sends nothing out of the house, so there is no test.")
        )
    return provider


def _number(place: int) -> int:
    return _FIRST + secrets.randbelow(10**17) // 1000 * 1000 + place
