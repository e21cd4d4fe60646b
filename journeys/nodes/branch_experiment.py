"""branch.experiment: arms against a control group that deliberately gets nothing of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.formats import percent
from customers.rules import fraction
from journeys.engine import look
from journeys.nodes import readers, register
from journeys.nodes.base import (
    Answer,
    Family,
    Leave,
    Member,
    Node,
    Outcome,
    Problem,
    Reference,
    setting,
)
from journeys.nodes.labels import in_words, label_of

if TYPE_CHECKING:
    from journeys.engine.run import Run
    from journeys.models import JourneyVersion
    from journeys.nodes.telling import Telling

CONTROL = "control"
NOT_DRAWN = "not_drawn"  # the attribute names no arm


@dataclass(frozen=True, slots=True)
class Settings:
    experiment: str = setting(
        readers.name,
        gettext_lazy("Code of the experiment"),
        example="welcome_tone",
        help=gettext_lazy("One of its own: reports and the hash of customers go by it."),
    )
    arms: dict[str, float] = setting(readers.weights, gettext_lazy("Arms and weights"))
    control: float = setting(
        readers.number(0, 90),
        gettext_lazy("Control group, %"),
        default=10.0,
        example="10",
        help=gettext_lazy("Share of all; the arms divide the rest by their weights."),
    )
    people: int = setting(
        readers.whole(0, 1_000_000_000),
        gettext_lazy("Planned people"),
        default=0,
        example="20000",
        help=gettext_lazy(
            "All arms together, fixed before it begins: then it can be read once, and reading it "
            "every day is sharpest. The report says how many an effect takes."
        ),
    )
    attribute: str = setting(
        readers.name,
        gettext_lazy("Attribute that says the arm"),
        default="",
        noun="attribute",
        help=gettext_lazy("Only when another system has drawn the arms and written them there."),
    )


@register
class BranchExperiment(Node[Settings]):
    """Sticky per customer: her place is a hash of the experiment's code and her id."""

    kind = "branch.experiment"
    family = Family.BRANCH
    label = gettext_lazy("Experiment")
    icon = "flask"
    Settings = Settings

    def check(self) -> Iterable[Problem]:
        if CONTROL in self.settings.arms:
            yield Problem(
                f"nodes.{self.key}.arms",
                _("“control” is the control group; its share is the setting “control”."),
            )
        if self.settings.attribute and NOT_DRAWN in self.settings.arms:
            yield Problem(
                f"nodes.{self.key}.arms",
                _("The outcome “%(name)s” is used twice; name another one.") % {"name": NOT_DRAWN},
            )

    def refers(self) -> Iterable[Reference]:
        if self.settings.attribute:
            yield Reference("attribute", self.settings.attribute, "attribute")

    @property
    def sees_customers(self) -> bool:
        return bool(self.settings.attribute)

    def outcomes(self) -> Sequence[Outcome]:
        found = self.arms()
        if self.settings.attribute:
            label = label_of(NOT_DRAWN, self.labels) or _("In no arm")
            found.append(Outcome(NOT_DRAWN, label))
        return found

    def arms(self) -> list[Outcome]:
        """The arms as they are called, the control group last."""
        arms = [Outcome(name, in_words(name, self.labels)) for name in self.settings.arms]
        if not self.settings.control:
            return arms
        label = label_of(CONTROL, self.labels) or _("Control group")
        return [*arms, Outcome(CONTROL, label)]

    def sentence(self) -> str:
        shares = self.shares()
        parts = format_html_join(
            " · ",
            "<em>{} {}</em>",
            ((percent(shares[o.name] / 100, 0), o.label) for o in self.arms()),
        )
        return format_html(
            _("Experiment {name}: {parts}"), name=self.settings.experiment, parts=parts
        )

    def shares(self) -> dict[str, float]:
        """Per cent of all for each arm and the control group."""
        rest, total = 100 - self.settings.control, sum(self.settings.arms.values())
        shares = {name: rest * weight / total for name, weight in self.settings.arms.items()}
        return {**shares, CONTROL: self.settings.control} if self.settings.control else shares

    def explain(self, member: Member, answer: Answer, telling: Telling) -> Iterable[str]:
        settings = self.settings
        if settings.attribute:
            said = look.attribute_of(telling.run, [member], settings.attribute)
            seen = telling.value(settings.attribute, said.get(member.enrollment_id))
            words = {"name": settings.attribute, "seen": seen or _("nothing")}
            yield format_html(_("Seen at {name}: <em>{seen}</em>"), **words)
            return
        shares = self.shares()
        names = sorted(shares, key=lambda name: (name != CONTROL, name))
        ends = [end / 100 for end in accumulate(shares[name] for name in names)]
        point = fraction(settings.experiment, member.customer_id)
        yield telling.draw(point, list(zip(names, ends, strict=True)), self)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        shares = self.shares()
        if self.settings.attribute:
            said = look.attribute_of(run, members, self.settings.attribute)
            for member in members:
                arm = said.get(member.enrollment_id)
                drawn = isinstance(arm, str) and arm in shares
                yield Leave(str(arm) if drawn else NOT_DRAWN, member.arrived_at)
            return
        # The control group lies first, so that new weights of the arms never move it.
        names = sorted(shares, key=lambda name: (name != CONTROL, name))
        bounds = list(accumulate(shares[name] for name in names))
        for member in members:
            point = fraction(self.settings.experiment, member.customer_id) * 100
            places = zip(names, bounds, strict=True)
            chosen = next((name for name, end in places if point < end), names[-1])
            yield Leave(chosen, member.arrived_at)

    @classmethod
    def stand(cls, nodes: Sequence[Node[Any]], version: JourneyVersion, now: datetime) -> None:
        """Write the experiments of the version down, so that reports can compare their arms."""
        from campaigns.models import Experiment, ExperimentState

        journey = version.journey
        codes = {node.settings.experiment for node in nodes}
        running = Experiment.objects.filter(journey_id=journey.pk, state=ExperimentState.RUNNING)
        running.exclude(code__in=codes).update(state=ExperimentState.ENDED, ended_at=now)
        for node in (node for node in nodes if isinstance(node, BranchExperiment)):
            settings = node.settings
            values = {
                "brand": journey.brand,
                "name": settings.experiment.replace("_", " "),
                "journey_id": journey.pk,
                "node": node.key,
                "salt": settings.experiment,
                "arms": {name: round(share, 4) for name, share in node.shares().items()},
                "state": ExperimentState.RUNNING,
                "ended_at": None,
            }
            Experiment.objects.update_or_create(
                code=settings.experiment, defaults=values,
                create_defaults={**values, "started_at": now},
            )  # fmt: skip
