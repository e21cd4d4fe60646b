"""What the editor knows of the definitions and the data, for one reader and one request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property

from customers.models import Attribute, Brand, EventType, Tag
from customers.models.base import Named
from customers.queries import seen
from customers.rules.editing.controls import Choices
from customers.rules.vocabulary import Vocabulary
from customers.tags.labels import value_label


class Desk:
    """`words` holds what exists for the reader: of other brands nothing does. `whole` says that
    she may see every brand. Definitions are read at most once each, properties from a cache."""

    def __init__(
        self, brand_ids: Sequence[int], *, whole: bool, now: datetime, in_journey: bool = False
    ) -> None:
        self.words = Vocabulary(whole=True, brand_ids=brand_ids)
        self.brand_ids, self.whole, self.now = list(brand_ids), whole, now
        self.in_journey = in_journey

    @cached_property
    def today(self) -> str:
        """The day as it is written in a rule."""
        return self.now.date().isoformat()

    def name(self, kind: str, code: str) -> str:
        """The name of an attribute, a tag, a segment or an identity; the code where it is gone."""
        among: Mapping[str, Named]
        match kind:
            case "attribute":
                among = self.words.attributes
            case "tag":
                among = self.words.tags
            case "segment":
                among = self.words.segments
            case _:
                among = self.words.namespaces
        found = among.get(code)
        return found.title if found else code

    def type(self, kind: str, code: str) -> str:
        """The type of an attribute or a tag; "" where it is gone."""
        found: Attribute | Tag | None
        if kind == "attribute":
            found = self.words.attributes.get(code)
        else:
            found = self.words.tags.get(code)
        return found.data_type if found else ""

    def event_name(self, code: str) -> str:
        """The name of an event, also of one that never came in."""
        return (self.words.events.get(code) or EventType(code=code)).title

    def event_code(self, text: str) -> str:
        """The code of the event that is called so in the reader's language; else the text."""
        if text in self.words.events:
            return text
        asked = text.casefold()
        named = (code for code, each in self.words.events.items() if each.title.casefold() == asked)
        return next(named, text)

    def property_type(self, event: str, name: str) -> str:
        """The type that a property of an event was seen with lately; "" for none."""
        return self.properties(event).get(name, "")

    def properties(self, event: str) -> dict[str, str]:
        """The properties of an event that were seen lately, with their types."""
        kind = self.words.events.get(event)
        if kind is None:
            return {}
        return seen.properties(kind, self.now, self.brand_ids, whole=self.whole)

    def value_name(self, tag: str, value: str) -> str:
        """The name of a value of a tag."""
        found = self.words.tags.get(tag)
        return value_label(found, value) if found and value else value

    def brands(self) -> Choices:
        """The brands that consents may be to."""
        return [(code, brand.title) for code, brand in self.words.brands.items()]

    def values(self, of: str, code: str, name: str, q: str) -> seen.Seen:
        """What to offer in a field: (value, name) of what was seen and fits *q*."""
        asked = q.casefold()
        match of:
            case "attribute":
                return seen.attribute_values(code, q, self.brand_ids, whole=self.whole)
            case "customer":
                return seen.field_values(code, q)
            case "tag" if code in self.words.tags:
                return seen.tag_values(self.words.tags[code], q)
            case "property" if code in self.words.events:
                kind = self.words.events[code]
                return seen.property_values(
                    kind, name, q, self.now, self.brand_ids, whole=self.whole
                )
            case "properties":
                return [(each, each) for each in self.properties(code) if asked in each.casefold()]
            case "events":
                named = ((each.code, each.title) for each in self.words.events.values())
                found = [pair for pair in named if asked in pair[0].casefold() + pair[1].casefold()]
                return sorted(found, key=lambda pair: pair[1])[: seen.OFFERED]
        return []


def brand_of(desk: Desk, pk: str) -> Brand | None:
    """The brand that a form names, among those that the reader may see."""
    return next((each for each in desk.words.brands.values() if str(each.pk) == pk), None)
