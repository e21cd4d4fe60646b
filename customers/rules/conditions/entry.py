"""A property of the event by which she entered the journey: {"entry": "amount", "op": …}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.rules import shapes
from customers.rules.nodes import Compiled, Condition, Test
from customers.rules.reader import Reader
from customers.rules.testing import compile_test
from customers.rules.where import Where
from customers.rules.words import say_test
from customers.rules.write import test_json


@dataclass(frozen=True, slots=True)
class Entry(Condition):
    name: str
    test: Test

    key: ClassVar = "entry"
    label: ClassVar = gettext_lazy("Entry")
    icon: ClassVar = "bolt"
    in_journey: ClassVar = True

    @classmethod
    def read(cls, reader: Reader, data: Mapping[str, Any], place: str) -> Entry | None:
        name, test = reader.named_test(data, "entry", place)
        return cls(name, test) if test else None

    def compile(self, where: Where) -> Compiled:
        if where.entry_properties is None:
            raise ValueError('{"entry": …} has a meaning only inside a journey.')
        value = Compiled(f"{where.entry_properties} -> %s::text", (self.name,))
        return compile_test(self.test, value, where)

    def say(self) -> SafeString:
        return say_test(_("%(name)s at entry") % {"name": self.name}, self.test)

    def to_json(self) -> dict[str, Any]:
        return {"entry": self.name, **test_json(self.test)}

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return shapes.condition("entry", shapes.TEXT, **shapes.TEST)
