"""send.message: the member is to get a message. Whether she does is for the gate to say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.nodes import readers, register
from journeys.nodes.base import (
    Answer,
    Ask,
    Family,
    Leave,
    Member,
    Node,
    Outcome,
    Pass,
    Plan,
    Reference,
    Want,
    setting,
)

if TYPE_CHECKING:
    from journeys.engine.run import Run


@dataclass(frozen=True, slots=True)
class Settings:
    content: str = setting(readers.name, gettext_lazy("Content"))
    priority: int | None = setting(
        readers.whole(0, 100),
        gettext_lazy("Priority"),
        default=None,
        help=gettext_lazy("0 to 100; empty: the journey's."),
    )
    lateness: timedelta | None = setting(
        readers.duration,
        gettext_lazy("Not later than"),
        default=None,
        help=gettext_lazy("After that the message is not sent any more; empty: the journey's."),
    )


@register
class SendMessage(Node[Settings]):
    """Everybody goes on at once; the message is decided and delivered beside the walk."""

    kind = "send.message"
    family = Family.SEND
    label = gettext_lazy("Send")
    icon = "send"
    Settings = Settings

    def refers(self) -> Iterable[Reference]:
        return [Reference("content", self.settings.content, "content")]

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def sentence(self) -> str:
        return format_html(_("Send <em>{content}</em>"), content=self.settings.content)

    def compile(self, run: Run) -> Plan | None:
        content_id = run.content_id(self.settings.content)
        late = self.settings.lateness or run.journey.lateness
        return Pass("next", wants=(Ask(content_id, self.settings.priority, late or None),))

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        content_id = run.content_id(self.settings.content)
        late = self.settings.lateness or run.journey.lateness
        for member in members:
            expires = member.arrived_at + late if late else None
            want = Want(content_id, self.settings.priority, expires)
            yield Leave("next", member.arrived_at, wants=(want,))
