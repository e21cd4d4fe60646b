"""branch.rounds: a loop ends after so many rounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.formats import number
from journeys.nodes import readers, register
from journeys.nodes.base import Answer, Family, Leave, Member, Node, Outcome, setting
from journeys.nodes.labels import label_of

if TYPE_CHECKING:
    from journeys.engine.run import Run
    from journeys.nodes.telling import Telling

AGAIN, ENOUGH = "again", "enough"
VARIABLE = "rounds"


@dataclass(frozen=True, slots=True)
class Settings:
    most: int = setting(readers.whole(1, 1000), gettext_lazy("Most rounds"), example="3")


@register
class BranchRounds(Node[Settings]):
    """The first so many visits of a walk go on by “again”, all later ones by “enough”.

    The number is kept with the walk, as the variable `rounds.<key of the node>`.
    """

    kind = "branch.rounds"
    family = Family.BRANCH
    label = gettext_lazy("Rounds")
    icon = "undo"
    Settings = Settings

    def outcomes(self) -> Sequence[Outcome]:
        again = label_of(AGAIN, self.labels) or _("Once more")
        enough = label_of(ENOUGH, self.labels) or _("Enough rounds")
        return [Outcome(AGAIN, again), Outcome(ENOUGH, enough)]

    def sentence(self) -> str:
        return format_html(_("At most <em>{most}</em> rounds"), most=number(self.settings.most))

    def explain(self, member: Member, answer: Answer, telling: Telling) -> Iterable[str]:
        found = member.variables.get(VARIABLE)
        n = int(found.get(self.key, 0)) if isinstance(found, Mapping) else 0
        words = {"n": number(n), "most": number(self.settings.most)}
        yield format_html(_("Rounds so far: <em>{n}</em> of {most}."), **words)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        for member in members:
            found = member.variables.get(VARIABLE)
            rounds = dict(found) if isinstance(found, Mapping) else {}
            n = int(rounds.get(self.key, 0))
            if n >= self.settings.most:
                yield Leave(ENOUGH, member.arrived_at)
            else:
                puts = {VARIABLE: {**rounds, self.key: n + 1}}
                yield Leave(AGAIN, member.arrived_at, {"round": n + 1}, puts=puts)
