"""What a customer may choose of a brand's messages: her channels, and what stands now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from campaigns.channels import namespaces
from campaigns.consents.say import Said, say
from campaigns.models import BrandSending, ChannelAccount, Message
from customers.formats import masked
from customers.models import Channel, Consent, ConsentState, Purpose

GOOD_FOR: Final = timedelta(days=180)
# Calls of systems and of colleagues are not what a customer chooses.
CHANNELS: Final = (Channel.EMAIL, Channel.SMS, Channel.WECHAT, Channel.PUSH, Channel.INAPP)
PURPOSES: Final = (Purpose.MARKETING, Purpose.SERVICE)
KIND_OF: Final = {"email": "email", "sms": "phone"}

ADDRESSES: Final = """
SELECT way.channel, found.value, EXISTS (
    SELECT 1 FROM campaigns_suppression s
    WHERE (s.brand_id IS NULL OR s.brand_id = %(brand)s) AND s.channel IN ('', way.channel)
      AND (s.customer_id = %(customer)s OR s.value <> '' AND (s.scope, s.value) IN (
          ('address', found.value), ('domain', lower(split_part(found.value, '@', 2)))))
)
FROM unnest(%(channels)s::text[], %(namespaces)s::text[]) AS way (channel, namespace)
LEFT JOIN LATERAL (
    SELECT i.value FROM customers_identity i JOIN customers_namespace n ON n.id = i.namespace_id + 0
    WHERE i.customer_id = %(customer)s AND n.code = way.namespace
    ORDER BY i.verified_at DESC NULLS LAST, i.created_at DESC, i.id DESC LIMIT 1
) found ON true
WHERE way.namespace IS NULL OR found.value IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """One switch. `is_pending`: she said yes, and has not confirmed it yet."""

    channel: str
    purpose: str
    title: str
    help: str
    is_on: bool
    is_pending: bool = False

    @property
    def name(self) -> str:
        return f"{self.channel}.{self.purpose}"


@dataclass(frozen=True, slots=True)
class Way:
    """A channel with its masked address and switches; a blocked one gets nothing anyway."""

    channel: str
    title: str
    address: str
    is_blocked: bool
    choices: tuple[Choice, ...]


def ways_of(message: Message) -> list[Way]:
    """The channels on which the brand of *message* can reach its customer; three queries."""
    accounts = ChannelAccount.objects.filter(Q(brand=message.brand_id) | Q(brand=None))
    used = {*accounts.values_list("channel", flat=True), message.channel}
    shown = [each for each in CHANNELS if each in used]
    known = namespaces()
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "brand": message.brand_id,
            "customer": message.customer_id,
            "channels": [each.value for each in shown],
            "namespaces": [known[each.value] for each in shown],
        }
        cursor.execute(ADDRESSES, values)
        found = {channel: (value or "", blocked) for channel, value, blocked in cursor.fetchall()}
    consents = Consent.objects.filter(customer=message.customer_id, brand=message.brand_id)
    states = {(row.channel, row.purpose): row.state for row in consents}
    return [
        Way(
            each.value,
            capfirst(str(each.label)),
            masked(found[each.value][0], KIND_OF.get(each.value, "")),
            found[each.value][1],
            tuple(_choice(each, purpose, states) for purpose in PURPOSES),
        )
        for each in shown
        if each.value in found
    ]


def choose(message: Message, wanted: Collection[str], now: datetime) -> list[Said]:
    """Write what differs: *wanted* are the names of the switches that are on."""
    said = []
    for way in ways_of(message):
        if way.is_blocked:
            continue
        for choice in way.choices:
            on = choice.name in wanted
            if on == (choice.is_on or choice.is_pending):
                continue
            state = _yes(message, choice) if on else ConsentState.DENIED
            said.append(Said(choice.channel, choice.purpose, state, choice.title))
    return say(message, said, how="preferences", now=now)


def stop_all(message: Message, now: datetime) -> list[Said]:
    """No to everything that can be chosen, on every channel of hers."""
    said = [
        Said(choice.channel, choice.purpose, ConsentState.DENIED, choice.title)
        for way in ways_of(message)
        for choice in way.choices
    ]
    return say(message, said, how="preferences", now=now)


# helpers


def _yes(message: Message, choice: Choice) -> ConsentState:
    """A yes for another address than the one at which she got the link is confirmed there first,
    if the brand wants that."""
    if choice.channel == Channel.EMAIL and message.channel != Channel.EMAIL:
        wants = BrandSending.objects.filter(brand=message.brand_id, double_opt_in=True)
        if choice.purpose == Purpose.MARKETING and wants.exists():
            return ConsentState.PENDING
    return ConsentState.GRANTED


def _choice(channel: Channel, purpose: Purpose, states: dict[tuple[str, str], str]) -> Choice:
    state = states.get((channel.value, purpose.value), "")
    if purpose == Purpose.MARKETING:
        title, help = _("News and offers"), _("Sent only with your consent.")
        is_on = state == ConsentState.GRANTED
    else:
        title, help = _("Service messages"), _("About what you have bought or asked for.")
        is_on = state not in (ConsentState.DENIED, ConsentState.PENDING)
    pending = state == ConsentState.PENDING
    return Choice(channel.value, purpose.value, title, help, is_on, pending)
