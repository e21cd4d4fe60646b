"""The kinds of conditions, in the order in which pages offer them. Adding one: a module here."""

from typing import Final

from customers.rules.conditions.attribute import Attribute
from customers.rules.conditions.chance import Random
from customers.rules.conditions.consent import Consent
from customers.rules.conditions.customer import Field
from customers.rules.conditions.entry import Entry
from customers.rules.conditions.event import Event
from customers.rules.conditions.identity import HasIdentity
from customers.rules.conditions.reachable import Reachable, register_reach
from customers.rules.conditions.segment import Segment
from customers.rules.conditions.tag import Tag
from customers.rules.nodes import Condition

KINDS: Final[dict[str, type[Condition]]] = {
    kind.key: kind
    for kind in (
        Attribute, Tag, Event, Segment, Consent, Reachable, Field, HasIdentity, Random, Entry,
    )
}  # fmt: skip

__all__ = [
    "KINDS",
    "Attribute",
    "Consent",
    "Entry",
    "Event",
    "Field",
    "HasIdentity",
    "Random",
    "Reachable",
    "Segment",
    "Tag",
    "register_reach",
]
