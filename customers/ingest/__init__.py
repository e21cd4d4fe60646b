"""The one door by which facts about customers come in, and the registry of who hears of them."""

from customers.ingest.catalogue import source_id
from customers.ingest.door import ingest
from customers.ingest.facts import (
    Batch,
    Change,
    Conflict,
    ConsentFact,
    EventBatch,
    EventFact,
    How,
    Ingested,
    Item,
    Refused,
    TagFact,
)
from customers.ingest.limits import BadFact
from customers.ingest.registry import on_events

__all__ = [
    "BadFact",
    "Batch",
    "Change",
    "Conflict",
    "ConsentFact",
    "EventBatch",
    "EventFact",
    "How",
    "Ingested",
    "Item",
    "Refused",
    "TagFact",
    "ingest",
    "on_events",
    "source_id",
]
