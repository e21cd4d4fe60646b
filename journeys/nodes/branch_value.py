"""branch.value: a way for each value of an attribute, of the entry or of a variable."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.engine import look
from journeys.nodes import readers, register
from journeys.nodes.base import (
    Answer,
    Family,
    Leave,
    Member,
    Node,
    Outcome,
    Problem,
    Reference,
    SettingError,
    setting,
)
from journeys.nodes.forms import Form, asked_by
from journeys.nodes.labels import in_words

if TYPE_CHECKING:
    from journeys.engine.run import Run
    from journeys.nodes.telling import Telling

MOST_WAYS, MOST_VALUES = 40, 200
SOURCES = ("attribute", "property", "variable")


@asked_by(Form("values", example="{north: [Beijing, Tianjin], south: [Shenzhen]}"))
def read_ways(given: Any) -> dict[str, tuple[str, ...]]:
    """{outcome: [values]}, sorted by outcome; values are compared as text."""
    if not isinstance(given, Mapping) or not 1 <= len(given) <= MOST_WAYS:
        raise SettingError(
            _("Expected one to %(most)s outcomes with the values of each, such as {cn: [CN, HK]}.")
            % {"most": MOST_WAYS}
        )
    ways: dict[str, tuple[str, ...]] = {}
    seen: set[str] = set()
    for outcome, values in sorted(given.items(), key=lambda item: str(item[0])):
        listed = readers.listed(readers.scalar, MOST_VALUES)(
            values if isinstance(values, list | tuple) else [values]
        )
        ways[readers.name(outcome)] = texts = tuple(text_of(value) for value in listed)
        if twice := seen & set(texts):
            raise SettingError(
                _("The value “%(value)s” stands at two outcomes.") % {"value": min(twice)}
            )
        seen |= set(texts)
    return ways


@dataclass(frozen=True, slots=True)
class Settings:
    ways: dict[str, tuple[str, ...]] = setting(read_ways, gettext_lazy("Outcomes and values"))
    attribute: str = setting(
        readers.name,
        gettext_lazy("Attribute of the customer"),
        default="",
        noun="attribute",
        help=gettext_lazy("Give one of: attribute, property, variable."),
    )
    property: str = setting(
        readers.text(120), gettext_lazy("Property of the entry"), default="", example="city"
    )
    variable: str = setting(
        readers.text(120),
        gettext_lazy("Variable of the walk"),
        default="",
        example="answer.tier",
        help=gettext_lazy("What an act has found out; dots lead inside."),
    )
    otherwise: str = setting(
        readers.name, gettext_lazy("Otherwise"), default="otherwise", example="otherwise"
    )


@register
class BranchValue(Node[Settings]):
    """Of a list any value that stands at a way counts; the first such way in order is taken."""

    kind = "branch.value"
    family = Family.BRANCH
    label = gettext_lazy("Branch by value")
    icon = "branch"
    Settings = Settings

    @property
    def sees_customers(self) -> bool:
        return bool(self.settings.attribute)

    def check(self) -> Iterable[Problem]:
        given = [name for name in SOURCES if getattr(self.settings, name)]
        if len(given) != 1:
            yield Problem(
                f"nodes.{self.key}.{given[1] if given else SOURCES[0]}",
                _("Give exactly one of: attribute, property, variable."),
            )
        if self.settings.otherwise in self.settings.ways:
            yield Problem(
                f"nodes.{self.key}.otherwise",
                _("The outcome “%(name)s” is used twice; name another one.")
                % {"name": self.settings.otherwise},
            )

    def refers(self) -> Iterable[Reference]:
        if self.settings.attribute:
            yield Reference("attribute", self.settings.attribute, "attribute")

    def outcomes(self) -> Sequence[Outcome]:
        names = [*self.settings.ways, self.settings.otherwise]
        return [Outcome(name, in_words(name, self.labels)) for name in names]

    def sentence(self) -> str:
        settings = self.settings
        name = settings.attribute or settings.property or settings.variable
        return format_html(_("By the value of <em>{name}</em>"), name=name)

    def explain(self, member: Member, answer: Answer, telling: Telling) -> Iterable[str]:
        settings = self.settings
        name = settings.attribute or settings.property or settings.variable
        value = self._values([member], telling.run).get(member.enrollment_id)
        seen = telling.value(settings.attribute or name, value) or _("nothing")
        yield format_html(_("Seen at {name}: <em>{seen}</em>"), name=name, seen=seen)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        values = self._values(members, run)
        for member in members:
            value = values.get(member.enrollment_id)
            texts = {text_of(one) for one in (value if isinstance(value, list) else [value])}
            outcome = next(
                (name for name, known in self.settings.ways.items() if texts & set(known)),
                self.settings.otherwise,
            )
            yield Leave(outcome, member.arrived_at)

    def _values(self, members: Sequence[Member], run: Run) -> Mapping[int, Any]:
        """By enrollment; one query at most."""
        settings = self.settings
        if settings.attribute:
            return look.attribute_of(run, members, settings.attribute)
        if settings.property:
            return {m.enrollment_id: m.payload.get(settings.property) for m in members}
        return {m.enrollment_id: inside(m.variables, settings.variable) for m in members}


def text_of(value: Any) -> str:
    """A scalar as it is compared: 12.0 is 12, true is true; "" for nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value)


def inside(values: Mapping[str, Any], path: str) -> Any:
    """The value at “answer.tier” in *values*; None when there is none."""
    found: Any = values
    for part in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found
