"""A tag of the customer: {"tag": "tier", "op": "in", "value": ["gold"], "since": {…}}.

A tag with several values fulfils a test when one of them does; the opposites hold when none does.
`since` asks when that value came. The cells of RFM models and the stages of a lifecycle are values
of their tags.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import DataType
from customers.rules import shapes
from customers.rules.moments import MomentTest
from customers.rules.nodes import Compiled, Condition, Test, Title
from customers.rules.operators import OPPOSITES
from customers.rules.reader import Reader, title_of
from customers.rules.testing import compile_test
from customers.rules.where import Where
from customers.rules.words import em, say_moment_test, say_test
from customers.rules.write import test_json

# Values of tags are kept as text; these bring them into the type of the tag.
_VALUES = {
    "number": (
        "(CASE WHEN t.value ~ '^-?[0-9]{1,15}([.][0-9]{1,9})?$'"
        " THEN to_jsonb(t.value::numeric) END)"
    ),
    "boolean": "(CASE WHEN t.value IN ('true', 'false') THEN t.value::jsonb END)",
    "list": "jsonb_build_array(t.value)",
}


@dataclass(frozen=True, slots=True)
class Tag(Condition):
    id: int
    code: str
    title: Title
    test: Test
    since: MomentTest | None = None

    key: ClassVar = "tag"
    label: ClassVar = gettext_lazy("Tag")
    icon: ClassVar = "tag"

    @classmethod
    def read(cls, reader: Reader, data: Mapping[str, Any], place: str) -> Tag | None:
        reader.only(data, place, "tag", "op", "value", "since")
        found = reader.known(reader.words.tags, data["tag"], f"{place}.tag")
        if found is None:
            return None
        default = "eq" if "value" in data and found.data_type != DataType.LIST else "exists"
        test = reader.test(data, place, found.data_type, default)
        since = None
        if "since" in data:
            inner = reader.inner(data, "since", place)
            reader.only(inner, f"{place}.since", "op", "value")
            since = reader.moment_test(inner, f"{place}.since")
            if test is not None and test.op in OPPOSITES:
                text = _("Since when can only be asked of a value that she has.")
                reader.refuse(f"{place}.since", text)
        return cls(found.pk, found.code, title_of(found), test, since) if test else None

    def compile(self, where: Where) -> Compiled:
        opposite = OPPOSITES.get(self.test.op)
        if opposite:
            plain = replace(self, test=Test(opposite, self.test.kind, self.test.value))
            sql, params = plain.compile(where)
            return Compiled(f"(NOT {sql})", params)
        sql = (
            "EXISTS (SELECT 1 FROM customers_customertag t "
            f"WHERE t.customer_id = {where.alias}.id AND t.tag_id = %s "
            "AND (t.expires_at IS NULL OR t.expires_at > %s)"
        )
        params = (self.id, where.now)
        if self.since is not None:
            since_sql, since_params = self.since.compile("t.since", where)
            sql, params = f"{sql} AND {since_sql}", (*params, *since_params)
        if self.test.op == "exists":
            return Compiled(f"{sql})", params)
        if self.test.op == "eq" and self.test.kind == "text":
            return Compiled(f"{sql} AND t.value = %s)", (*params, self.test.value))
        if self.test.op == "in" and self.test.kind == "text":
            return Compiled(f"{sql} AND t.value = ANY(%s))", (*params, list(self.test.value)))
        value = Compiled(_VALUES.get(self.test.kind, "to_jsonb(t.value)"))
        test_sql, test_params = compile_test(self.test, value, where)
        return Compiled(f"{sql} AND {test_sql})", (*params, *test_params))

    def say(self) -> SafeString:
        if self.test.op == "exists":
            words = format_html(_("has the tag {}"), em(self.title))
        elif self.test.op == "missing":
            words = format_html(_("does not have the tag {}"), em(self.title))
        else:
            words = say_test(_("tag %(name)s") % {"name": self.title}, self.test)
        if self.since is None:
            return words
        return format_html(
            _("{words} and {since}"),
            words=words,
            since=say_moment_test(_("the tag"), self.since),
        )

    def to_json(self) -> dict[str, Any]:
        written = {"tag": self.code, **test_json(self.test)}
        return written | ({"since": self.since.to_json()} if self.since else {})

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return shapes.condition("tag", shapes.TEXT, **shapes.TEST, since=shapes.MOMENT_TEST)
