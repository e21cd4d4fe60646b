"""What comes through the one door, and what the door answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

# What the product or a channel reports about a message without the customer doing anything. She
# was not seen then; opened, clicked and replied are acts of hers.
REPORTS: Final = frozenset(
    f"message_{what}"
    for what in (
        "sent",
        "failed",
        "delivered",
        "deferred",
        "bounced",
        "expired",
        "rejected",
        "opened_by_machine",
        "clicked_by_machine",
    )
)


@dataclass(frozen=True, slots=True)
class EventFact:
    """Something that happened. Without `occurred_at` it happened now.

    `key` is the sender's idempotency key, unique per source: the same key is taken in once.
    """

    name: str
    occurred_at: datetime | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True)
class TagFact:
    """A value of a tag came or went."""

    code: str
    value: str = ""
    added: bool = True


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """A yes or no of the customer. Without `brand_id` it is given to the batch's brand."""

    channel: str
    purpose: str
    state: str
    brand_id: int | None = None
    at: datetime | None = None
    wording: str = ""
    proof: Mapping[str, Any] = field(default_factory=dict)


class How(StrEnum):
    """What a change makes of the value that is there."""

    ONCE = "once"  # only where none is
    ADD = "add"  # a number more
    APPEND = "append"  # more members of a list, each once


@dataclass(frozen=True, slots=True)
class Change:
    """A new value of an attribute that goes by the one before."""

    how: How
    value: Any

    def of(self, held: Any) -> Any:
        """The value after the change of *held* (None: there was none)."""
        match self.how:
            case How.ONCE:
                return self.value if held is None else held
            case How.ADD:
                return (held or 0) + self.value
            case How.APPEND:
                return [*(held or []), *(v for v in self.value if v not in (held or []))]


@dataclass(frozen=True, slots=True)
class Item:
    """Everything that one sender says of one customer at once.

    `place` names the item in answers: "3", "line 41". Attributes with the value None are removed;
    `changes` are made after `attributes`. A sender who repeats an ADD adds twice.
    `customer_id` is for callers on the upper floors who know the customer already.
    """

    place: str
    identities: Sequence[tuple[str, str]] = ()
    customer_id: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[TagFact] = ()
    consents: Sequence[ConsentFact] = ()
    events: Sequence[EventFact] = ()
    changes: Mapping[str, Change] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Items of one source, written in one transaction; `source_kind` is for a new source, and says
    whether they come from outside: only then they are held against what the brand expects.

    What is otherwise is set aside, where the brand says so; with `sets_aside` false it is refused
    in words, for senders who keep what is refused, as an import does."""

    source: str
    items: Sequence[Item]
    brand_id: int | None = None
    source_kind: str = "api"
    sets_aside: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """An item that was not taken in; the text says why and what was expected."""

    place: str
    text: str
    # Whether the sender's row may be kept: not that of somebody who asked to be erased.
    keep: bool = True


@dataclass(frozen=True, slots=True)
class Conflict:
    """An item whose identities belong to customers who may not be joined without a person's word;
    the oldest one got the facts, and the pair stands in the queue of reviews."""

    place: str
    customer_id: int
    others: tuple[int, ...]


@dataclass(slots=True)
class Ingested:
    """What became of a batch. `customer_ids` is aligned with the items; None where refused.

    `quarantined` are set aside until they are mended, `blocked` is how many nobody wants.
    """

    accepted: int = 0
    duplicates: int = 0
    customers_created: int = 0
    merged: int = 0
    event_count: int = 0
    refused: list[Refused] = field(default_factory=list)
    quarantined: list[Refused] = field(default_factory=list)
    blocked: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    customer_ids: list[int | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EventBatch:
    """What subscribers hear: the new events stand in the temporary table `ingested_events`."""

    now: datetime
    event_type_ids: frozenset[int]
    count: int
