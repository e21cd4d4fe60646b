"""Writing down what a customer said of a brand's messages, once, with its proof."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from campaigns.models import Message
from customers.ingest import Batch, ConsentFact, EventFact, Item, ingest
from customers.models import Consent, ConsentState, Purpose

SOURCE: Final = "preferences"
EVENT_OF: Final = {
    ConsentState.DENIED: "unsubscribed",
    ConsentState.GRANTED: "resubscribed",
}


@dataclass(frozen=True, slots=True)
class Said:
    """Her word for one channel and purpose."""

    channel: str
    purpose: str
    state: ConsentState
    wording: str = ""


def purpose_of(message: Message) -> str:
    """What unsubscribing from *message* says no to. Nobody can be without transactional messages,
    so from there it is marketing."""
    if message.purpose == Purpose.TRANSACTIONAL:
        return Purpose.MARKETING.value
    return message.purpose


def say(message: Message, said: Iterable[Said], *, how: str, now: datetime) -> list[Said]:
    """Write what the customer of *message* said to its brand; returns what is new.

    *how* stands in the proof: "one_click", "page", "preferences" or "double_opt_in", with the
    message and the moment. What she has said before is neither written nor told again.
    """
    known = {
        (row.channel, row.purpose): row
        for row in Consent.objects.filter(customer=message.customer_id, brand=message.brand_id)
    }
    pairs = [(each, known.get((each.channel, each.purpose))) for each in said]
    new = [(each, before) for each, before in pairs if not before or before.state != each.state]
    if new:
        items = [_item(message, each, before, how, now) for each, before in new]
        batch = Batch(SOURCE, items, brand_id=message.brand_id, source_kind="channel")
        ingest(batch, now=now)
    return [each for each, _before in new]


# helpers


def _item(message: Message, said: Said, before: Consent | None, how: str, now: datetime) -> Item:
    about = {"message_id": message.pk, "how": how}
    place = f"{message.pk}:{said.channel}:{said.purpose}:{said.state.value}"
    # Two clicks at once find the same state before, so they are the same event.
    key = f"{place}:{before.pk}:{before.since.isoformat()}" if before else place
    name = EVENT_OF.get(said.state)
    properties = {**about, "channel": said.channel, "purpose": said.purpose}
    consent = ConsentFact(
        said.channel, said.purpose, said.state.value, at=now, wording=said.wording, proof=about
    )
    events = [EventFact(name, now, properties, key=key)] if name else []
    return Item(place, customer_id=message.customer_id, events=events, consents=[consent])
