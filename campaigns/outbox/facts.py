"""What happens to a message is an event of the customer, taken in by the one door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from campaigns.models import MessageState
from customers.ingest import Batch, EventFact, Item, ingest

if TYPE_CHECKING:
    from campaigns.outbox.outcome import Outcome

SOURCE = "outbox"
EVENT_OF = {MessageState.HANDED_OVER: "message_sent", MessageState.FAILED: "message_failed"}


def tell(brand_id: int, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write `message_sent` and `message_failed` for *outcomes* of one brand, once per message."""
    items = [_item(outcome) for outcome in outcomes if outcome.state in EVENT_OF]
    if items:
        ingest(Batch(SOURCE, items, brand_id=brand_id, source_kind="channel"), now=now)


# helpers


def _item(outcome: Outcome) -> Item:
    message = outcome.message
    properties: dict[str, Any] = {
        "message_id": message.id,
        "channel": message.channel,
        "purpose": message.purpose,
        "journey_id": message.journey_id,
        "node": message.node,
    }
    if outcome.state == MessageState.FAILED:
        properties["reason"] = outcome.error.partition("|")[0]
    event = EventFact(
        EVENT_OF[outcome.state], properties=properties, key=f"{message.id}:{outcome.state.value}"
    )
    return Item(place=str(message.id), customer_id=message.customer_id, events=[event])
