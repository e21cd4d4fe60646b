"""The words that a rule may use: what is defined in the database, read at most once each."""

from __future__ import annotations

from functools import cached_property

from customers.models import Attribute, Brand, EventType, Namespace, Segment, Tag


class Vocabulary:
    """Reads each kind of definition when it is first needed.

    Share one between many rules (`whole=True` reads all event types at once), so that the number
    of queries does not grow with the number of rules.
    """

    def __init__(self, *, whole: bool = False) -> None:
        self.whole = whole

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        return {each.code: each for each in Attribute.objects.all()}

    @cached_property
    def tags(self) -> dict[str, Tag]:
        return {each.code: each for each in Tag.objects.order_by("code")}

    @cached_property
    def segments(self) -> dict[str, Segment]:
        return {each.code: each for each in Segment.objects.all()}

    @cached_property
    def brands(self) -> dict[str, Brand]:
        return {each.code: each for each in Brand.objects.all()}

    @cached_property
    def namespaces(self) -> dict[str, Namespace]:
        return {each.code: each for each in Namespace.objects.all()}

    @cached_property
    def events(self) -> dict[str, EventType]:
        return {each.code: each for each in EventType.objects.all()}

    def event(self, name: str) -> EventType | None:
        """The event type of that name, None while none has come in."""
        if self.whole:
            return self.events.get(name)
        return EventType.objects.filter(code=name).first()
