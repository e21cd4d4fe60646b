"""branch.reachable: can a message reach her on this channel?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Channel, Purpose
from journeys.nodes import readers, register
from journeys.nodes.base import Answer, Family, Leave, Member, Node, Outcome, setting
from journeys.nodes.labels import label_of

if TYPE_CHECKING:
    from journeys.engine.run import Run
    from journeys.nodes.telling import Telling

YES, NO = "reachable", "unreachable"


@dataclass(frozen=True, slots=True)
class Settings:
    channel: str = setting(readers.choice(dict(Channel.choices)), gettext_lazy("Channel"))
    purpose: str = setting(
        readers.choice(dict(Purpose.choices)),
        gettext_lazy("Purpose"),
        default=Purpose.MARKETING.value,
    )


@register
class BranchReachable(Node[Settings]):
    """An address, a consent and no suppression, as the gate will see it."""

    kind = "branch.reachable"
    family = Family.BRANCH
    label = gettext_lazy("Reachable?")
    icon = "bell"
    Settings = Settings

    @property
    def rule(self) -> dict[str, Any]:
        return {"reachable": {"channel": self.settings.channel, "purpose": self.settings.purpose}}

    def rules(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        return [("channel", self.rule)]

    def outcomes(self) -> Sequence[Outcome]:
        yes = label_of(YES, self.labels) or _("Reachable")
        no = label_of(NO, self.labels) or _("Not reachable")
        return [Outcome(YES, yes), Outcome(NO, no)]

    def sentence(self) -> str:
        channel = Channel(self.settings.channel).label
        purpose = Purpose(self.settings.purpose).label
        return format_html(
            _("Can <em>{channel}</em> reach her for <em>{purpose}</em> messages?"),
            channel=channel,
            purpose=purpose,
        )

    def explain(self, member: Member, answer: Answer, telling: Telling) -> Iterable[str]:
        return telling.rule(self.rule, member)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        fits = run.matching(self.rule, members)
        for member in members:
            yield Leave(YES if member.enrollment_id in fits else NO, member.arrived_at)
