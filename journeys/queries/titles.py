"""What the things that nodes name by code are called: contents, events, segments, offers…"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from django.db.models import Model
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from campaigns.models import Content, Offer
from customers.models import Attribute, EventType, Segment, Tag
from journeys.models import Journey, Webhook
from journeys.nodes.base import Node, Reference

_SAID: WeakKeyDictionary[Node[Any], dict[str, tuple[str, tuple[Reference, ...]]]] = (
    WeakKeyDictionary()
)

# Nouns whose codes mean the same for all brands, and those that each brand has of its own.
SHARED: Sequence[tuple[str, type[Model]]] = (
    ("event", EventType),
    ("segment", Segment),
    ("list", Segment),
    ("tag", Tag),
    ("attribute", Attribute),
)
OF_BRAND: Sequence[tuple[str, type[Model]]] = (
    ("offer", Offer),
    ("webhook", Webhook),
    ("journey", Journey),
)


@dataclass(frozen=True)
class Titles:
    """Names by (noun, code), and channels of contents by code."""

    names: dict[tuple[str, str], str] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    reader: str = field(default_factory=lambda: reader_of())

    def say(self, node: Node[Any]) -> SafeString:
        """The sentence of a node with names in place of codes."""
        sentence, references = said_of(node, self.reader)
        for reference in references:
            title = self.names.get((reference.noun, reference.code))
            if title:
                old, new = f"<em>{escape(reference.code)}</em>", f"<em>{escape(title)}</em>"
                sentence = sentence.replace(old, new)
        # Both sides are escaped above, and what stands between came safe from the node.
        return SafeString(sentence)


def reader_of() -> str:
    """What sentences depend on beside their node: the language and the clock of who reads."""
    return f"{get_language()} {get_current_timezone_name()}"


def said_of(node: Node[Any], reader: str) -> tuple[str, tuple[Reference, ...]]:
    """The sentence of a node for a *reader*, and what it names; told once of a kept node."""
    said = _SAID.setdefault(node, {})
    if reader not in said:
        said[reader] = str(node.sentence()), tuple(node.refers())
    return said[reader]


def titles_of(nodes: Iterable[Node[Any]], brand_id: int, events: Iterable[str] = ()) -> Titles:
    """Titles of everything that *nodes* name; at most one query per noun, however many nodes."""
    codes: dict[str, set[str]] = defaultdict(set)
    codes["event"] |= set(events)
    titles = Titles()
    for node in nodes:
        for reference in said_of(node, titles.reader)[1]:
            codes[reference.noun].add(reference.code)
    for code in codes["event"]:  # also of those that have never come in
        titles.names["event", code] = EventType(code=code).title
    for noun, model in SHARED:
        if codes[noun]:
            rows: Iterable[Any] = model._default_manager.filter(code__in=codes[noun])
            for row in rows:
                titles.names[noun, row.code] = row.title
    for noun, of_brand in OF_BRAND:
        if codes[noun]:
            named = of_brand._default_manager.filter(brand_id=brand_id, code__in=codes[noun])
            for code, name in named.values_list("code", "name"):
                titles.names[noun, code] = name
    if codes["content"]:
        contents = Content.objects.filter(brand_id=brand_id, code__in=codes["content"])
        for code, name, channel in contents.values_list("code", "name", "channel"):
            titles.names["content", code] = name
            titles.channels[code] = channel
    return titles
