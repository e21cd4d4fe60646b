"""wait.random: stay for a length of time drawn at random, the same one in every replay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.rules import fraction, say_duration
from journeys.nodes import readers, register
from journeys.nodes.base import Answer, Family, Leave, Member, Node, Outcome, Problem, Stay, setting

if TYPE_CHECKING:
    from journeys.engine.run import Run


@dataclass(frozen=True, slots=True)
class Settings:
    at_least: timedelta = setting(readers.duration, gettext_lazy("At least"), example="10m")
    at_most: timedelta = setting(readers.duration, gettext_lazy("At most"), example="2h")


@register
class WaitRandom(Node[Settings]):
    """Evenly between both, in whole seconds: a hash of customer, node and visit."""

    kind = "wait.random"
    family = Family.WAIT
    label = gettext_lazy("Random delay")
    icon = "clock"
    Settings = Settings
    waits = True

    def check(self) -> Iterable[Problem]:
        if self.settings.at_least > self.settings.at_most:
            yield Problem(
                f"nodes.{self.key}.at_most", _("The longest delay is shorter than the shortest.")
            )

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def sentence(self) -> str:
        return format_html(
            _("Wait <em>{least}</em> to <em>{most}</em>, at random"),
            least=say_duration(self.settings.at_least),
            most=say_duration(self.settings.at_most),
        )

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        least = int(self.settings.at_least.total_seconds())
        span = int(self.settings.at_most.total_seconds()) - least + 1
        for member in members:
            salt = f"{run.journey.code}.{self.key}.{member.visit}"
            seconds = least + int(fraction(salt, member.customer_id) * span)
            until = member.arrived_at + timedelta(seconds=seconds)
            yield Leave("next", until) if until <= run.now else Stay(until)
