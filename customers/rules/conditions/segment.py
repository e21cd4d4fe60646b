"""Being in a segment, as of its last build: {"segment": "loyal", "since": {"op": …}}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.rules import shapes
from customers.rules.moments import MomentTest
from customers.rules.nodes import Compiled, Condition, Title
from customers.rules.reader import Reader, title_of
from customers.rules.where import Where
from customers.rules.words import em, say_moment_test


@dataclass(frozen=True, slots=True)
class Segment(Condition):
    id: int
    code: str
    title: Title
    since: MomentTest | None = None

    key: ClassVar = "segment"
    label: ClassVar = gettext_lazy("Segment")
    icon: ClassVar = "segment"

    @classmethod
    def read(cls, reader: Reader, data: Mapping[str, Any], place: str) -> Segment | None:
        reader.only(data, place, "segment", "since")
        found = reader.known(reader.words.segments, data["segment"], f"{place}.segment")
        since = None
        if "since" in data:
            inner = reader.inner(data, "since", place)
            reader.only(inner, f"{place}.since", "op", "value")
            since = reader.moment_test(inner, f"{place}.since")
        return cls(found.pk, found.code, title_of(found), since) if found else None

    def compile(self, where: Where) -> Compiled:
        sql = (
            "EXISTS (SELECT 1 FROM customers_segmentmember m "
            f"WHERE m.segment_id = %s AND m.customer_id = {where.alias}.id"
        )
        if self.since is None:
            return Compiled(f"{sql})", (self.id,))
        since_sql, since_params = self.since.compile("m.since", where)
        return Compiled(f"{sql} AND {since_sql})", (self.id, *since_params))

    def say(self) -> SafeString:
        words = format_html(_("in the segment {}"), em(self.title))
        if self.since is None:
            return words
        since = say_moment_test(_("the entry"), self.since)
        return format_html(_("{words} and {since}"), words=words, since=since)

    def to_json(self) -> dict[str, Any]:
        written: dict[str, Any] = {"segment": self.code}
        return written | ({"since": self.since.to_json()} if self.since else {})

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return shapes.condition("segment", shapes.TEXT, since=shapes.MOMENT_TEST)
