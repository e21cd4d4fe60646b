"""exit.leave: the walk ends here, with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.nodes import readers, register
from journeys.nodes.base import Answer, End, Family, Finish, Member, Node, Outcome, Plan, setting
from journeys.nodes.labels import in_words

if TYPE_CHECKING:
    from journeys.engine.run import Run


@dataclass(frozen=True, slots=True)
class Settings:
    reason: str = setting(readers.name, gettext_lazy("Reason"), default="done")


@register
class ExitLeave(Node[Settings]):
    """An exit has no outcome; what the counts show as one is its reason."""

    kind = "exit.leave"
    family = Family.EXIT
    label = gettext_lazy("Exit")
    icon = "leave"
    Settings = Settings

    def outcomes(self) -> Sequence[Outcome]:
        return []

    def codes(self) -> Iterable[str]:
        return [self.settings.reason]

    def sentence(self) -> str:
        reason = in_words(self.settings.reason, self.labels)
        return format_html(_("Leave: <em>{reason}</em>"), reason=reason)

    def compile(self, run: Run) -> Plan | None:
        return End(self.settings.reason)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        return [Finish(self.settings.reason, member.arrived_at) for member in members]
