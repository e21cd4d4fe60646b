"""branch.rules: the first rule that fits decides; who fits none takes the last way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
    Problem,
    setting,
)
from journeys.nodes.forms import Form, asked_by
from journeys.nodes.labels import in_words

if TYPE_CHECKING:
    from journeys.engine.run import Run
    from journeys.nodes.telling import Telling

MOST_RULES = 20


class Case(NamedTuple):
    """A rule over customers and the outcome that it leads to."""

    outcome: str
    when: dict[str, Any]


@asked_by(Form("group", parts={"outcome": Form("code"), "when": Form("rule")}))
def read_case(given: Any) -> Case:
    """{outcome: name, when: rule}."""
    given = readers.only_keys(given, ["outcome", "when"], [])
    return Case(readers.name(given["outcome"]), readers.rule(given["when"]))


@dataclass(frozen=True, slots=True)
class Settings:
    rules: tuple[Case, ...] = setting(
        readers.listed(read_case, MOST_RULES),
        gettext_lazy("Rules, in order"),
        example="[{outcome: gold, when: {tag: gold}}]",
        help=gettext_lazy(
            "Over the customer, her events, or the entry: {entry: amount, op: gte, value: 100}."
        ),
    )
    otherwise: str = setting(
        readers.name, gettext_lazy("Otherwise"), default="otherwise", example="otherwise"
    )


@register
class BranchRules(Node[Settings]):
    """Rules see the customer as she is when the engine looks."""

    kind = "branch.rules"
    family = Family.BRANCH
    label = gettext_lazy("Branch by rules")
    icon = "branch"
    Settings = Settings

    def check(self) -> Iterable[Problem]:
        seen = {self.settings.otherwise}
        for place, case in enumerate(self.settings.rules):
            if case.outcome in seen:
                yield Problem(
                    f"nodes.{self.key}.rules.{place}.outcome",
                    _("The outcome “%(name)s” is used twice; name another one.")
                    % {"name": case.outcome},
                )
            seen.add(case.outcome)

    def rules(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        return [(f"rules.{n}.when", case.when) for n, case in enumerate(self.settings.rules)]

    def outcomes(self) -> Sequence[Outcome]:
        names = [*(case.outcome for case in self.settings.rules), self.settings.otherwise]
        return [Outcome(name, in_words(name, self.labels)) for name in names]

    def sentence(self) -> str:
        names = format_html_join(
            " · ", "<em>{}</em>", ((outcome.label,) for outcome in self.outcomes())
        )
        return format_html(_("Which fits first: {names}"), names=names)

    def compile(self, run: Run) -> Plan | None:
        cases = ((run.condition(case.when), case.outcome) for case in self.settings.rules)
        return Choose(tuple(cases), self.settings.otherwise)

    def explain(self, member: Member, answer: Answer, telling: Telling) -> Iterable[str]:
        """The rules up to the one that fits."""
        for case in self.settings.rules:
            yield from telling.rule(case.when, member)
            if isinstance(answer, Leave) and answer.outcome == case.outcome:
                return

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        chosen: dict[int, str] = {}
        left = list(members)
        for case in self.settings.rules:
            fits = run.matching(case.when, left) if left else set()
            chosen |= dict.fromkeys(fits, case.outcome)
            left = [member for member in left if member.enrollment_id not in fits]
        for member in members:
            outcome = chosen.get(member.enrollment_id, self.settings.otherwise)
            yield Leave(outcome, member.arrived_at)
