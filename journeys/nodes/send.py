"""send.message: the member is to get a message. Whether she does is for the gate to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.engine import look
from journeys.engine.statements import execute
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
    Problem,
    Reference,
    Stay,
    Want,
    setting,
)

if TYPE_CHECKING:
    from journeys.engine.run import Run

MOST_INSTEAD = 5
TRIED = "sends"  # variable of the walk: how far down the chain each node is
SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Settings:
    content: str = setting(readers.name, gettext_lazy("Content"), noun="content")
    instead: tuple[str, ...] = setting(
        readers.listed(readers.name, MOST_INSTEAD),
        gettext_lazy("Else, in this order"),
        default=(),
        noun="content",
        example="[welcome_sms, welcome_mail]",
        help=gettext_lazy("Contents of other channels, for whom the first can't reach."),
    )
    patience: timedelta | None = setting(
        readers.duration,
        gettext_lazy("Try the next after"),
        default=None,
        example="2h",
        help=gettext_lazy(
            "Wait so long whether the gate stops the message or it fails, then take the next one. "
            "Empty: only who can't be reached gets the next one, at once."
        ),
    )
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
    """Everybody goes on at once; the message is decided and delivered beside the walk.

    With a chain she gets the first content whose channel can reach her, the first of all when none
    can. With patience she stays until the message has gone, and comes back to this node for the
    next content when it was stopped or failed: each attempt is a visit of its own.
    """

    kind = "send.message"
    family = Family.SEND
    label = gettext_lazy("Send")
    icon = "send"
    Settings = Settings

    @property
    def chain(self) -> tuple[str, ...]:
        return (self.settings.content, *self.settings.instead)

    @property
    def sees_customers(self) -> bool:
        return bool(self.settings.instead)

    def check(self) -> Iterable[Problem]:
        place = f"nodes.{self.key}"
        if self.settings.patience and not self.settings.instead:
            yield Problem(f"{place}.patience", _("There is nothing to try next; say “instead”."))
        if self.settings.patience and self.settings.patience < SHORTEST:
            yield Problem(f"{place}.patience", _("Give a message a minute at least."))
        if len(set(self.chain)) < len(self.chain):
            yield Problem(f"{place}.instead", _("Each content stands once in the chain."))

    def refers(self) -> Iterable[Reference]:
        yield Reference("content", self.settings.content, "content")
        for place, code in enumerate(self.settings.instead):
            yield Reference("content", code, f"instead.{place}")

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def sentence(self) -> str:
        if not self.settings.instead:
            return format_html(_("Send <em>{content}</em>"), content=self.settings.content)
        others = format_html_join(
            _(", else "), "<em>{}</em>", ((c,) for c in self.settings.instead)
        )
        return format_html(
            _("Send <em>{content}</em>, else {others}"),
            content=self.settings.content,
            others=others,
        )

    def compile(self, run: Run) -> Plan | None:
        if self.settings.instead:
            return None
        content_id = run.content_id(self.settings.content)
        late = self.settings.lateness or run.journey.lateness
        return Pass("next", wants=(Ask(content_id, self.settings.priority, late or None),))

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        if not self.settings.instead:
            return [self._send(member, 0, run) for member in members]
        waiting = [member for member in members if member.wakes]
        became = look.became(run, waiting, self.key) if waiting else {}
        places = self._places([member for member in members if not member.wakes], run)
        answers: list[Answer] = []
        for member in members:
            if member.wakes:
                one = became.get(member.enrollment_id)
                failed = one is not None and (
                    one.candidate == "stopped" or one.message in ("failed", "uncertain")
                )
                answers.append(self._after(member, failed))
            else:
                answers.append(self._begin(member, places[member.enrollment_id], run))
        return answers

    def carry(self, visits: Sequence[tuple[int, int]], run: Run) -> None:
        ids, numbers = [v[0] for v in visits], [v[1] for v in visits]
        execute("carry_candidates", {"ids": ids, "visits": numbers, "node": self.key})

    def _send(self, member: Member, place: int, run: Run) -> Leave:
        late = self.settings.lateness or run.journey.lateness
        expires = member.arrived_at + late if late else None
        want = Want(run.content_id(self.chain[place]), self.settings.priority, expires)
        return Leave("next", member.arrived_at, wants=(want,))

    def _begin(self, member: Member, place: int, run: Run) -> Answer:
        """Wish for the content at *place* of the chain; nothing is left when it is behind it."""
        if place >= len(self.chain):
            return Leave("next", member.arrived_at, {"chain": "used up"})
        sent = self._send(member, place, run)
        is_last = place == len(self.chain) - 1
        if self.settings.patience is None or is_last:
            return sent._replace(why={"chain": place})
        # The wish belongs to the visit, so she stays in the very visit that has it.
        return Stay(member.arrived_at + self.settings.patience, wants=sent.wants)

    def _after(self, member: Member, failed: bool) -> Leave:
        at = member.wakes[0].at
        if not failed:
            return Leave("next", at)
        tried = member.variables.get(TRIED)
        tried = dict(tried) if isinstance(tried, Mapping) else {}
        puts: dict[str, Any] = {TRIED: {**tried, self.key: self._tried(member) + 1}}
        return Leave("instead", at, {"chain": self._tried(member)}, puts=puts, again=True)

    def _tried(self, member: Member) -> int:
        tried = member.variables.get(TRIED)
        return int(tried.get(self.key, 0)) if isinstance(tried, Mapping) else 0

    def _places(self, arriving: Sequence[Member], run: Run) -> dict[int, int]:
        """How far down the chain each of them begins; one query per content at most."""
        places: dict[int, int] = {}
        left = list(arriving)
        for place, code in enumerate(self.chain):
            asked = [member for member in left if self._tried(member) <= place]
            if not asked:
                continue
            channel, purpose = run.content_way(code)
            rule = {"reachable": {"channel": channel, "purpose": purpose}}
            fits = run.matching(rule, asked)
            places |= dict.fromkeys(fits, place)
            left = [member for member in left if member.enrollment_id not in fits]
        for member in left:
            # Nobody can reach her: the gate says why of the first, and of none that is behind it.
            places[member.enrollment_id] = 0 if not self._tried(member) else len(self.chain)
        return places
