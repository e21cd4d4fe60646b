"""An attribute of the customer: {"attribute": "city", "op": "eq", "value": "Hangzhou"}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from customers.rules import shapes
from customers.rules.nodes import Compiled, Condition, Test, Title
from customers.rules.reader import Reader, title_of
from customers.rules.testing import compile_test
from customers.rules.where import Where
from customers.rules.words import say_test
from customers.rules.write import test_json


@dataclass(frozen=True, slots=True)
class Attribute(Condition):
    code: str
    title: Title
    test: Test

    key: ClassVar = "attribute"
    label: ClassVar = gettext_lazy("Attribute")
    icon: ClassVar = "person"

    @classmethod
    def read(cls, reader: Reader, data: Mapping[str, Any], place: str) -> Attribute | None:
        reader.only(data, place, "attribute", "op", "value")
        found = reader.known(reader.words.attributes, data["attribute"], f"{place}.attribute")
        if found is None:
            return None
        test = reader.test(data, place, found.data_type)
        return cls(found.code, title_of(found), test) if test else None

    def compile(self, where: Where) -> Compiled:
        value = Compiled(f"{where.alias}.attributes -> %s::text", (self.code,))
        return compile_test(self.test, value, where)

    def say(self) -> SafeString:
        return say_test(str(self.title), self.test)

    def to_json(self) -> dict[str, Any]:
        return {"attribute": self.code, **test_json(self.test)}

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return shapes.condition("attribute", shapes.TEXT, **shapes.TEST)
