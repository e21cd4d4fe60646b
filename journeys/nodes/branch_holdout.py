"""branch.holdout: a small part of everybody is kept out, and kept out everywhere alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.formats import percent
from customers.rules import Compiled, fraction, fraction_sql
from journeys.nodes import readers, register
from journeys.nodes.base import (
    Answer,
    Choose,
    Family,
    Leave,
    Member,
    Node,
    Outcome,
    Plan,
    setting,
)
from journeys.nodes.labels import label_of

if TYPE_CHECKING:
    from journeys.engine.run import Run
    from journeys.nodes.telling import Telling

HELD, REST = "held_out", "next"


@dataclass(frozen=True, slots=True)
class Settings:
    share: float = setting(readers.number(0.1, 50), gettext_lazy("Held out, %"), example="5")
    group: str = setting(
        readers.name,
        gettext_lazy("Group"),
        default="holdout",
        example="holdout",
        help=gettext_lazy("Journeys with the same group hold out the same customers."),
    )


@register
class BranchHoldout(Node[Settings]):
    """A hash of group and customer: whoever is held out stays so when the share grows."""

    kind = "branch.holdout"
    family = Family.BRANCH
    label = gettext_lazy("Holdout")
    icon = "shield"
    Settings = Settings

    def outcomes(self) -> Sequence[Outcome]:
        held = label_of(HELD, self.labels) or _("Held out")
        rest = label_of(REST, self.labels) or _("Everybody else")
        return [Outcome(HELD, held), Outcome(REST, rest)]

    def sentence(self) -> str:
        return format_html(
            _("Hold out <em>{share}</em> of the group <em>{group}</em>"),
            share=percent(self.settings.share / 100, 0 if self.settings.share.is_integer() else 1),
            group=self.settings.group,
        )

    def compile(self, run: Run) -> Plan | None:
        point, params = fraction_sql("x.customer_id", salt_of(self.settings.group))
        held = Compiled(f"{point} < %s::double precision", (*params, self.settings.share / 100))
        return Choose(((held, HELD),), REST)

    def explain(self, member: Member, answer: Answer, telling: Telling) -> Iterable[str]:
        point = fraction(salt_of(self.settings.group), member.customer_id)
        yield telling.draw(point, [(HELD, self.settings.share / 100), (REST, 1.0)], self)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        share, salt = self.settings.share / 100, salt_of(self.settings.group)
        for member in members:
            is_held = fraction(salt, member.customer_id) < share
            yield Leave(HELD if is_held else REST, member.arrived_at)


def salt_of(group: str) -> str:
    """What the hash of the customers of *group* is salted with."""
    return f"holdout.{group}"
