"""branch.capped: would a frequency cap stop this message now? Nothing is counted or written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate.foresee import capped
from journeys.engine.statements import fetch
from journeys.nodes import readers, register
from journeys.nodes.base import Answer, Family, Leave, Member, Node, Outcome, Reference, setting
from journeys.nodes.labels import label_of

if TYPE_CHECKING:
    from journeys.engine.run import Run

FREE, CAPPED = "free", "capped"


@dataclass(frozen=True, slots=True)
class Settings:
    content: str = setting(
        readers.name,
        gettext_lazy("Content"),
        noun="content",
        help=gettext_lazy("Its channel and purpose decide which caps are asked."),
    )


@register
class BranchCapped(Node[Settings]):
    """Asks the gate's caps as of now. The gate still decides by itself when the message comes."""

    kind = "branch.capped"
    family = Family.BRANCH
    label = gettext_lazy("Would be capped?")
    icon = "shield"
    Settings = Settings
    looks = True

    def refers(self) -> Iterable[Reference]:
        return [Reference("content", self.settings.content, "content")]

    def outcomes(self) -> Sequence[Outcome]:
        free = label_of(FREE, self.labels) or _("Not capped")
        full = label_of(CAPPED, self.labels) or _("Capped")
        return [Outcome(FREE, free), Outcome(CAPPED, full)]

    def sentence(self) -> str:
        return format_html(
            _("Would a cap stop <em>{content}</em> now?"), content=self.settings.content
        )

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        content_id = run.content_id(self.settings.content)
        customers = {member.customer_id for member in members}
        journey = run.journey.journey_id
        [(campaign,)] = fetch("campaign_of", {"journey": journey})
        full = capped(customers, content_id, journey_id=journey, campaign_id=campaign, now=run.now)
        for member in members:
            yield Leave(CAPPED if member.customer_id in full else FREE, member.arrived_at)
