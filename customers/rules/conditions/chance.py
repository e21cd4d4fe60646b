"""A random share that stays the same for one salt: {"random": {"salt": "a", "below": 0.1}}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.rules import shapes
from customers.rules.chance import step_sql, threshold
from customers.rules.nodes import Compiled, Condition
from customers.rules.reader import Reader
from customers.rules.where import Where
from customers.rules.words import em


@dataclass(frozen=True, slots=True)
class Random(Condition):
    """`from_share` ≤ fraction < `below`, so that several shares of one salt don't meet."""

    salt: str
    below: float
    from_share: float = 0.0

    key: ClassVar = "random"
    label: ClassVar = gettext_lazy("Random share")
    icon: ClassVar = "flask"

    @classmethod
    def read(cls, reader: Reader, data: Mapping[str, Any], place: str) -> Random | None:
        reader.only(data, place, "random")
        inner, place = reader.inner(data, "random", place), f"{place}.random"
        reader.only(inner, place, "salt", "below", "from")
        salt = reader.text(inner, "salt", place, 80)
        low, high = (
            cls._share(reader, inner.get(key, default), f"{place}.{key}")
            for key, default in (("from", 0), ("below", None))
        )
        if low is None or high is None or not salt:
            return None
        if low > high:
            reader.refuse(f"{place}.from", _("The share ends before it begins."))
        return cls(salt, high, low)

    @staticmethod
    def _share(reader: Reader, value: object, place: str) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            text = _("A share between 0 and 1 is expected, but %(value)s came.")
            reader.refuse(place, text % {"value": repr(value)[:40]})
            return None
        return float(value)

    def compile(self, where: Where) -> Compiled:
        sql, params = step_sql(f"{where.alias}.id", self.salt)
        if not self.from_share:
            return Compiled(f"({sql} < %s)", (*params, threshold(self.below)))
        return Compiled(
            f"({sql} BETWEEN %s AND %s)",
            (*params, threshold(self.from_share), threshold(self.below) - 1),
        )

    def say(self) -> SafeString:
        share = f"{(self.below - self.from_share) * 100:.6g} %"
        return format_html(_("in a random {} (by “{}”)"), em(share), self.salt)

    def to_json(self) -> dict[str, Any]:
        share = {"salt": self.salt, "below": self.below}
        return {"random": share | ({"from": self.from_share} if self.from_share else {})}

    @classmethod
    def schema(cls) -> dict[str, Any]:
        share = {"type": "number", "minimum": 0, "maximum": 1}
        fields = {"salt": shapes.TEXT, "below": share, "from": share}
        return shapes.condition("random", shapes.record(("salt", "below"), **fields))
