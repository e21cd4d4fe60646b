"""act.tag: give the customer a tag, or take it away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.nodes import readers, register
from journeys.nodes.base import (
    Answer,
    Family,
    Leave,
    Member,
    Node,
    Outcome,
    Pass,
    Plan,
    Reference,
    setting,
)

if TYPE_CHECKING:
    from journeys.engine.run import Run


@dataclass(frozen=True, slots=True)
class Settings:
    tag: str = setting(readers.name, gettext_lazy("Tag"), noun="tag")
    value: str = setting(readers.text(160), gettext_lazy("Value"), default="")
    remove: bool = setting(readers.flag, gettext_lazy("Take it away"), default=False)


@register
class ActTag(Node[Settings]):
    """The tag changes in the transaction that moves the customer on."""

    kind = "act.tag"
    family = Family.ACT
    label = gettext_lazy("Tag")
    icon = "tag"
    Settings = Settings
    changes = True

    def refers(self) -> Iterable[Reference]:
        return [Reference("tag", self.settings.tag, "tag")]

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def sentence(self) -> str:
        tag, value = self.settings.tag, self.settings.value
        if self.settings.remove:
            return format_html(_("Take the tag <em>{tag}</em> away"), tag=tag)
        if value:
            return format_html(
                _("Give the tag <em>{tag}</em>: <em>{value}</em>"), tag=tag, value=value
            )
        return format_html(_("Give the tag <em>{tag}</em>"), tag=tag)

    def compile(self, run: Run) -> Plan | None:
        graph = run.journey.graph
        if graph is None or graph.looks_after(self.key):
            return (
                None  # a rule further on must see the tag, and one statement sees none of its own
            )
        tag_id = run.tag_id(self.settings.tag)
        return Pass("next", tags=((tag_id, self.settings.value, not self.settings.remove),))

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        change = (run.tag_id(self.settings.tag), self.settings.value, not self.settings.remove)
        return [Leave("next", member.arrived_at, tags=(change,)) for member in members]
