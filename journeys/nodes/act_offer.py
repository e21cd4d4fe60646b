"""act.offer: give the customer a coupon code of an offer; each code once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.offers import Issue, issue
from journeys.nodes import readers, register
from journeys.nodes.base import (
    Answer,
    Family,
    Leave,
    Member,
    Node,
    Outcome,
    Reference,
    Stay,
    setting,
)
from journeys.nodes.labels import label_of

if TYPE_CHECKING:
    from journeys.engine.run import Run

GO_ON, WAIT = "go_on", "wait"
ISSUED, EMPTY = "issued", "empty"
LOOK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Settings:
    offer: str = setting(readers.name, gettext_lazy("Offer"), noun="offer")
    variable: str = setting(
        readers.name,
        gettext_lazy("Variable"),
        default="coupon",
        example="coupon",
        help=gettext_lazy("Texts say it as {{ vars.coupon }}."),
    )
    same_again: bool = setting(
        readers.flag,
        gettext_lazy("The same code again"),
        default=True,
        help=gettext_lazy("Whoever has a code that she has not redeemed gets that one again."),
    )
    when_empty: str = setting(
        readers.choice(
            {
                GO_ON: gettext_lazy("go on by “empty”"),
                WAIT: gettext_lazy("wait until there are codes"),
            }
        ),
        gettext_lazy("When the pool is empty"),
        default=GO_ON,
    )
    at_most: timedelta | None = setting(
        readers.duration,
        gettext_lazy("Wait at most"),
        default=None,
        example="2d",
        help=gettext_lazy("After that she goes on by “empty”; empty: without end."),
    )


@register
class ActOffer(Node[Settings]):
    """The code is given away in the transaction that moves her on, and is what later nodes and
    texts know as a variable. Outside the offer's time the pool counts as empty."""

    kind = "act.offer"
    family = Family.ACT
    label = gettext_lazy("Coupon")
    icon = "gift"
    Settings = Settings

    def refers(self) -> Iterable[Reference]:
        return [Reference("offer", self.settings.offer, "offer")]

    def outcomes(self) -> Sequence[Outcome]:
        issued = label_of(ISSUED, self.labels) or _("Issued")
        empty = label_of(EMPTY, self.labels) or _("Pool empty")
        return [Outcome(ISSUED, issued), Outcome(EMPTY, empty)]

    def sentence(self) -> str:
        return format_html(_("Issue a code of <em>{offer}</em>"), offer=self.settings.offer)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        offer_id, starts_at, ends_at = run.offer(self.settings.offer)
        asked = [
            Issue(f"walk:{m.enrollment_id}:{m.visit}", m.customer_id)
            for m in sorted(members, key=lambda m: (m.arrived_at, m.enrollment_id))
            if (starts_at is None or starts_at <= run.now)
            and (ends_at is None or run.now < ends_at)
        ]
        codes = issue(offer_id, asked, now=run.now, same_again=self.settings.same_again)
        for member in members:
            # Who waited gets her code when the engine looks: it may not have been there before.
            at = run.now if member.wakes else member.arrived_at
            code = codes.get(f"walk:{member.enrollment_id}:{member.visit}")
            end = self._end_of(member)
            if code is not None:
                yield Leave(ISSUED, at, puts={self.settings.variable: code})
            elif self.settings.when_empty == GO_ON:
                yield Leave(EMPTY, at)
            elif end is not None and end <= run.now:
                yield Leave(EMPTY, end)
            else:
                yield Stay(end, look=self._next_look(member, run.now))

    def _end_of(self, member: Member) -> datetime | None:
        at_most = self.settings.at_most
        return member.arrived_at + at_most if at_most else None

    def _next_look(self, member: Member, now: datetime) -> datetime:
        return member.arrived_at + ((now - member.arrived_at) // LOOK + 1) * LOOK
