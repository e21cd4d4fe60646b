"""Whether a message could reach her: {"reachable": {"channel": "email", "purpose": "marketing"}}.

What that takes (an address, a consent, no suppression) is known on the floor of campaigns, which
registers how to ask it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Channel, Purpose
from customers.rules import shapes
from customers.rules.nodes import Compiled, Condition
from customers.rules.reader import Reader
from customers.rules.where import Where
from customers.rules.words import em

# (channel, purpose, brand id or None, what surrounds it) → SQL over one customer, never NULL
Reach = Callable[[str, str, int | None, Where], Compiled]
_registered: list[Reach] = []


def register_reach(reach: Reach) -> None:
    """Tell how to ask whether a customer can be reached on a channel for a purpose."""
    _registered[:] = [reach]


@dataclass(frozen=True, slots=True)
class Reachable(Condition):
    channel: str
    purpose: str
    wanted: bool = True

    key: ClassVar = "reachable"
    label: ClassVar = gettext_lazy("Reachability")
    icon: ClassVar = "send"

    @classmethod
    def read(cls, reader: Reader, data: Mapping[str, Any], place: str) -> Reachable | None:
        reader.only(data, place, "reachable")
        inner, place = reader.inner(data, "reachable", place), f"{place}.reachable"
        if not inner:
            return None
        reader.only(inner, place, "channel", "purpose", "is")
        channel = reader.one_of(inner, "channel", Channel.values, place)
        given = {"purpose": Purpose.MARKETING.value, **inner}
        purpose = reader.one_of(given, "purpose", Purpose.values, place)
        wanted = inner.get("is", True)
        if not isinstance(wanted, bool):
            text = _("true or false is expected, but %(value)s came.")
            reader.refuse(f"{place}.is", text % {"value": repr(wanted)[:40]})
            return None
        return cls(channel, purpose, wanted) if channel and purpose else None

    def compile(self, where: Where) -> Compiled:
        if not _registered:
            raise ValueError("Nobody has registered how to ask whether a customer can be reached.")
        sql, params = _registered[0](self.channel, self.purpose, where.brand_id, where)
        return Compiled(f"({sql})" if self.wanted else f"(NOT ({sql}))", params)

    def say(self) -> SafeString:
        words = (
            _("can be reached by {channel} for {purpose} messages")
            if self.wanted
            else _("can't be reached by {channel} for {purpose} messages")
        )
        channel, purpose = Channel(self.channel).label, Purpose(self.purpose).label
        return format_html(words, channel=em(channel), purpose=purpose)

    def to_json(self) -> dict[str, Any]:
        inner: dict[str, Any] = {"channel": self.channel, "purpose": self.purpose}
        return {"reachable": inner | ({} if self.wanted else {"is": False})}

    @classmethod
    def schema(cls) -> dict[str, Any]:
        inner = shapes.record(
            ("channel",),
            channel=shapes.one_of(Channel.values),
            purpose=shapes.one_of(Purpose.values),
            **{"is": {"type": "boolean"}},
        )
        return shapes.condition("reachable", inner)
