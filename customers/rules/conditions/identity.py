"""Having an identity of a namespace: {"identity": "phone", "op": "exists"}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.rules import shapes
from customers.rules.nodes import Compiled, Condition, Title
from customers.rules.reader import Reader, title_of
from customers.rules.where import Where
from customers.rules.words import em


@dataclass(frozen=True, slots=True)
class HasIdentity(Condition):
    id: int
    code: str
    title: Title
    wanted: bool = True

    key: ClassVar = "identity"
    label: ClassVar = gettext_lazy("Identity")
    icon: ClassVar = "key"

    @classmethod
    def read(cls, reader: Reader, data: Mapping[str, Any], place: str) -> HasIdentity | None:
        reader.only(data, place, "identity", "op")
        found = reader.known(reader.words.namespaces, data["identity"], f"{place}.identity")
        op = reader.one_of({"op": "exists", **data}, "op", ["exists", "missing"], place)
        return cls(found.pk, found.code, title_of(found), op == "exists") if found and op else None

    def compile(self, where: Where) -> Compiled:
        word = "" if self.wanted else "NOT "
        return Compiled(
            f"({word}EXISTS (SELECT 1 FROM customers_identity i "
            f"WHERE i.customer_id = {where.alias}.id AND i.namespace_id = %s))",
            (self.id,),
        )

    def say(self) -> SafeString:
        words = _("{} is known") if self.wanted else _("{} is not known")
        return format_html(words, em(self.title))

    def to_json(self) -> dict[str, Any]:
        return {"identity": self.code, "op": "exists" if self.wanted else "missing"}

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return shapes.condition("identity", shapes.TEXT, op=shapes.one_of(["exists", "missing"]))
