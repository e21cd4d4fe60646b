"""Who wants to hear of new events. Upper floors subscribe; this floor does not know them."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

from customers.ingest.facts import EventBatch

Callback = Callable[[Any, EventBatch], None]
# Whether a subscriber has any use for events of these types (ids) just now.
Awaits = Callable[[Any, Set[int]], bool]
_callbacks: dict[Callback, Awaits | None] = {}


def on_events(callback: Callback, *, awaits: Awaits | None = None) -> Callback:
    """Call `callback(cursor, batch)` for every batch of new events, inside its transaction.

    The rows stand in customers_event and in the temporary table `ingested_events`. An error in
    a subscriber rolls the whole batch back, so that no event is ever half taken in. Subscribing
    twice is the same as once. Before a large batch `awaits(cursor, type_ids)` may say that
    nobody waits for any of it, which saves the table; it is asked when the rows are written.
    """
    _callbacks.setdefault(callback, awaits)
    return callback


def forget(callback: Callback) -> None:
    """End a subscription; unknown callbacks are ignored."""
    _callbacks.pop(callback, None)


def listeners(cursor: Any, type_ids: Set[int]) -> list[Callback]:
    """The subscribers who await events of these types, in the order in which they came."""
    return [
        callback
        for callback, awaits in _callbacks.items()
        if awaits is None or awaits(cursor, type_ids)
    ]


def subscribers() -> list[Callback]:
    """All subscribers, in the order in which they came."""
    return list(_callbacks)
