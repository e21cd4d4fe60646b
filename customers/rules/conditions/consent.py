"""A consent: {"consent": {"channel": "sms", "purpose": "marketing", "is": "granted"}}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Channel, ConsentState, Purpose
from customers.rules import shapes
from customers.rules.nodes import Compiled, Condition
from customers.rules.reader import Reader
from customers.rules.where import Where
from customers.rules.words import em

STATES = [*ConsentState.values, "unknown"]


@dataclass(frozen=True, slots=True)
class Consent(Condition):
    """`state` is one of ConsentState, or "unknown" for never asked."""

    channel: str
    purpose: str
    state: str
    brand_id: int | None = None
    brand: str = ""

    key: ClassVar = "consent"
    label: ClassVar = gettext_lazy("Consent")
    icon: ClassVar = "shield"

    @classmethod
    def read(cls, reader: Reader, data: Mapping[str, Any], place: str) -> Consent | None:
        reader.only(data, place, "consent")
        inner, place = reader.inner(data, "consent", place), f"{place}.consent"
        if not inner:
            return None
        reader.only(inner, place, "channel", "purpose", "is", "brand")
        read = [
            reader.one_of(inner, "channel", Channel.values, place),
            reader.one_of(inner, "purpose", Purpose.values, place),
            reader.one_of(inner, "is", STATES, place),
        ]
        brand = None
        if "brand" in inner:
            brand = reader.known(reader.words.brands, inner["brand"], f"{place}.brand")
        if not all(read):
            return None
        channel, purpose, state = read
        id, code = (brand.pk, brand.code) if brand else (None, "")
        return cls(channel, purpose, state, id, code)

    def compile(self, where: Where) -> Compiled:
        sql = (
            "EXISTS (SELECT 1 FROM customers_consent s "
            f"WHERE s.customer_id = {where.alias}.id AND s.channel = %s AND s.purpose = %s"
        )
        params: tuple[object, ...] = (self.channel, self.purpose)
        brand_id = self.brand_id or where.brand_id
        if brand_id is not None:
            sql += " AND s.brand_id = %s"
            params += (brand_id,)
        if self.state == "unknown":
            return Compiled(f"(NOT {sql}))", params)
        return Compiled(sql + " AND s.state = %s)", (*params, self.state))

    def say(self) -> SafeString:
        known = self.state != "unknown"
        return format_html(
            _("consent to {purpose} by {channel} is {state}"),
            purpose=Purpose(self.purpose).label,
            channel=em(Channel(self.channel).label),
            state=em(ConsentState(self.state).label if known else _("never asked")),
        )

    def to_json(self) -> dict[str, Any]:
        consent = {"channel": self.channel, "purpose": self.purpose, "is": self.state}
        return {"consent": consent | ({"brand": self.brand} if self.brand else {})}

    @classmethod
    def schema(cls) -> dict[str, Any]:
        inner = shapes.record(
            ("channel", "purpose", "is"),
            channel=shapes.one_of(Channel.values),
            purpose=shapes.one_of(Purpose.values),
            **{"is": shapes.one_of(STATES)},
            brand=shapes.TEXT,
        )
        return shapes.condition("consent", inner)
