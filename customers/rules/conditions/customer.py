"""What the record itself says: {"customer": "created", "op": "gte", "value": {"ago": "7d"}}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import last_seen_sql
from customers.rules import shapes
from customers.rules.moments import MomentTest
from customers.rules.nodes import Compiled, Condition, Test
from customers.rules.reader import Reader
from customers.rules.testing import compile_test
from customers.rules.where import Where
from customers.rules.words import say_moment_test, say_test
from customers.rules.write import test_json

# SQL of the moment, for an alias of customers.
MOMENTS = {
    "created": ("{0}.created_at", gettext_lazy("the first sight of her")),
    "last_seen": (last_seen_sql("{0}"), gettext_lazy("the last sight of her")),
}
TEXTS = {
    "language": ("language", gettext_lazy("Language")),
    "timezone": ("timezone", gettext_lazy("Time zone")),
}
KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Field(Condition):
    """`test` is of the type of the field: a moment, a text, or yes and no."""

    name: str
    test: MomentTest | Test

    key: ClassVar = "customer"
    label: ClassVar = gettext_lazy("Record")
    icon: ClassVar = "person"

    @classmethod
    def read(cls, reader: Reader, data: Mapping[str, Any], place: str) -> Field | None:
        reader.only(data, place, "customer", "op", "value")
        name = reader.one_of(data, "customer", [*MOMENTS, *TEXTS, KNOWN], place)
        if not name:
            return None
        test: MomentTest | Test | None
        if name in MOMENTS:
            test = reader.moment_test(data, place)
        else:
            test = reader.test(data, place, "text" if name in TEXTS else "boolean")
        return cls(name, test) if test else None

    def compile(self, where: Where) -> Compiled:
        if isinstance(self.test, MomentTest):
            return self.test.compile(MOMENTS[self.name][0].format(where.alias), where)
        if self.name == KNOWN:
            value = f"to_jsonb({where.alias}.is_known)"
        else:
            value = f"to_jsonb(NULLIF({where.alias}.{TEXTS[self.name][0]}, ''))"
        return compile_test(self.test, Compiled(value), where)

    def say(self) -> SafeString:
        if isinstance(self.test, MomentTest):
            return say_moment_test(str(MOMENTS[self.name][1]), self.test)
        if self.name == KNOWN and self.test.op in ("eq", "ne"):
            known = self.test.value == (self.test.op == "eq")
            words = _("is a known person") if known else _("is still anonymous")
            return format_html("{}", words)
        title = TEXTS[self.name][1] if self.name in TEXTS else _("being known")
        return say_test(str(title), self.test)

    def to_json(self) -> dict[str, Any]:
        if isinstance(self.test, MomentTest):
            return {"customer": self.name, **self.test.to_json()}
        return {"customer": self.name, **test_json(self.test)}

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return shapes.condition("customer", shapes.one_of([*MOMENTS, *TEXTS, KNOWN]), **shapes.TEST)
