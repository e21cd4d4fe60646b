"""branch.random: a split by weights. The same customer always takes the same way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from django.utils.html import format_html, format_html_join
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
from journeys.nodes.labels import in_words

if TYPE_CHECKING:
    from journeys.engine.run import Run
    from journeys.nodes.telling import Telling


@dataclass(frozen=True, slots=True)
class Settings:
    weights: dict[str, float] = setting(readers.weights, gettext_lazy("Outcomes and weights"))
    salt: str = setting(
        readers.text(40),
        gettext_lazy("Salt"),
        default="",
        help=gettext_lazy("Nodes with the same salt split everybody alike."),
    )


@register
class BranchRandom(Node[Settings]):
    """The way is a hash of the customer and the salt, so that a replay takes it again."""

    kind = "branch.random"
    family = Family.BRANCH
    label = gettext_lazy("Random split")
    icon = "flask"
    Settings = Settings

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome(name, in_words(name, self.labels)) for name in self.settings.weights]

    def sentence(self) -> str:
        total = sum(self.settings.weights.values())
        parts = format_html_join(
            " · ",
            "<em>{} {}</em>",
            (
                (
                    percent(weight / total, 0 if weight * 100 % total == 0 else 1),
                    in_words(name, self.labels),
                )
                for name, weight in self.settings.weights.items()
            ),
        )
        return format_html(_("Split at random: {parts}"), parts=parts)

    def compile(self, run: Run) -> Plan | None:
        names = list(self.settings.weights)
        bounds = list(accumulate(self.settings.weights.values()))
        point, params = fraction_sql("x.customer_id", self._salt(run))
        number = "%s::double precision"
        cases = (
            (Compiled(f"({point} * {number} < {number})", (*params, bounds[-1], end)), name)
            for name, end in zip(names[:-1], bounds[:-1], strict=True)
        )
        return Choose(tuple(cases), names[-1])

    def _salt(self, run: Run) -> str:
        return self.settings.salt or f"{run.journey.code}.{self.key}"

    def explain(self, member: Member, answer: Answer, telling: Telling) -> Iterable[str]:
        total = sum(self.settings.weights.values())
        ends = accumulate(self.settings.weights.values())
        shares = [(n, end / total) for n, end in zip(self.settings.weights, ends, strict=True)]
        point = fraction(self._salt(telling.run), member.customer_id)
        yield telling.draw(point, shares, self)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        salt = self._salt(run)
        for member in members:
            yield Leave(self.choose(member.customer_id, salt), member.arrived_at)

    def choose(self, customer_id: int, salt: str) -> str:
        """The outcome of one customer."""
        names = list(self.settings.weights)
        bounds = list(accumulate(self.settings.weights.values()))
        point = fraction(salt, customer_id) * bounds[-1]
        return next(
            (name for name, end in zip(names, bounds, strict=True) if point < end), names[-1]
        )
