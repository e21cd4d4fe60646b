"""Who wants to hear of new events. Upper floors subscribe; this floor does not know them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from customers.ingest.facts import EventBatch

Callback = Callable[[Any, EventBatch], None]
_callbacks: list[Callback] = []


def on_events(callback: Callback) -> Callback:
    """Call `callback(cursor, batch)` for every batch of new events, inside its transaction.

    The rows stand in customers_event and in the temporary table `ingested_events`. An error in
    a subscriber rolls the whole batch back, so that no event is ever half taken in. Subscribing
    twice is the same as once.
    """
    if callback not in _callbacks:
        _callbacks.append(callback)
    return callback


def forget(callback: Callback) -> None:
    """End a subscription; unknown callbacks are ignored."""
    if callback in _callbacks:
        _callbacks.remove(callback)


def tell(cursor: Any, batch: EventBatch) -> None:
    """Tell all subscribers, in the order in which they came."""
    for callback in _callbacks:
        callback(cursor, batch)
