"""The words that a rule may use: what is defined in the database, read at most once each."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from django.db.models import Q

from customers.models import Attribute, Brand, EventType, Namespace, Segment, Tag


class Vocabulary:
    """Reads each kind of definition when it is first needed.

    Share one between many rules (`whole=True` reads all event types at once), so that the number
    of queries does not grow with the number of rules. With `brand_ids`, what belongs to other
    brands does not exist: somebody writes the rule who may see these brands only.
    """

    def __init__(self, *, whole: bool = False, brand_ids: Collection[int] | None = None) -> None:
        self.whole = whole
        self.brand_ids = brand_ids

    @property
    def _mine(self) -> Q:
        if self.brand_ids is None:
            return Q()
        return Q(brand__isnull=True) | Q(brand__in=list(self.brand_ids))

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        return {each.code: each for each in Attribute.objects.all()}

    @cached_property
    def tags(self) -> dict[str, Tag]:
        return {each.code: each for each in Tag.objects.filter(self._mine).order_by("code")}

    @cached_property
    def segments(self) -> dict[str, Segment]:
        return {each.code: each for each in Segment.objects.filter(self._mine)}

    @cached_property
    def brands(self) -> dict[str, Brand]:
        found = Brand.objects.all()
        if self.brand_ids is not None:
            found = found.filter(pk__in=list(self.brand_ids))
        return {each.code: each for each in found}

    @cached_property
    def namespaces(self) -> dict[str, Namespace]:
        return {each.code: each for each in Namespace.objects.filter(self._mine)}

    @cached_property
    def events(self) -> dict[str, EventType]:
        return {each.code: each for each in EventType.objects.all()}

    def event(self, name: str) -> EventType | None:
        """The event type of that name, None while none has come in."""
        if self.whole:
            return self.events.get(name)
        return EventType.objects.filter(code=name).first()
