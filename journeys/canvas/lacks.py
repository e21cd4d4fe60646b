"""What is wrong with a draft, in words that stand on a card, each leading to its step."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from django.utils.translation import gettext as _

from journeys.canvas.picture import Picture
from journeys.graph.linter import lint
from journeys.graph.references import check_references
from journeys.graph.schema import Graph, check_labels
from journeys.graph.shape import check_shape
from journeys.graph.sketch import Sketch
from journeys.models import Journey
from journeys.nodes import REGISTRY
from journeys.nodes.base import Problem


@dataclass(frozen=True)
class Lack:
    """One problem: the step and setting that it is about ("": the journey as a whole)."""

    text: str
    key: str
    setting: str
    step: str
    is_warning: bool

    @property
    def tone(self) -> str:
        """bad or warn."""
        return "warn" if self.is_warning else "bad"


def lacks_of(journey: Journey, drawn: Sketch, picture: Picture) -> list[Lack]:
    """Every problem of a draft, what keeps it from running first, each once."""
    graph, problems = read_sketch(drawn)
    problems += [*check_references(graph, journey.brand), *lint(graph, journey.brand)]
    found = dict.fromkeys(lack_of(problem, drawn, picture) for problem in problems)
    order = {key: n for n, key in enumerate(picture.cards)}
    return sorted(found, key=lambda lack: (lack.is_warning, order.get(lack.key, -1)))


# helpers


def read_sketch(drawn: Sketch) -> tuple[Graph, list[Problem]]:
    """What `read_parts` says of the same graph, without reading every step again."""
    problems = [*drawn.problems, *check_shape(drawn.written, drawn.nodes)]
    if len(drawn.nodes) == len(drawn.written):
        problems += check_labels(drawn.heading.labels, drawn.nodes)
    edges = {key: dict(item.next) for key, item in drawn.written.items()}
    return Graph(drawn.heading, dict(drawn.nodes), edges), problems


def lack_of(problem: Problem, drawn: Sketch, picture: Picture) -> Lack:
    parts = problem.place.split(".")
    key = parts[1] if parts[0] == "nodes" and len(parts) > 1 else ""
    setting = ".".join(parts[2:]) if key else problem.place
    card = picture.cards.get(key)
    text = open_words(key, parts[2:], drawn, picture) or problem.text
    return Lack(text, key if card else "", setting, card.short if card else "", problem.is_warning)


def open_words(key: str, rest: list[str], drawn: Sketch, picture: Picture) -> str:
    """What is simply not there yet is said as that, not as what a reader of text would say."""
    item = drawn.written.get(key)
    kind = REGISTRY.get(item.kind) if item else None
    if item is None or kind is None or not rest:
        return ""
    if rest[0] == "next" and len(rest) > 1:
        if not any(outcome.name == rest[1] for outcome in drawn.outcomes(key)):
            return ""
        if item.next.get(rest[1]):
            return ""
        names = {o.name: label for o, (label, _to) in zip(
            drawn.outcomes(key), picture.ways[key], strict=False)}  # fmt: skip
        name = names.get(rest[1], "")
        if name:
            return _("“%(way)s” leads nowhere yet.") % {"way": name}
        return _("Nothing follows yet.")
    label = next(
        (f.metadata["label"] for f in dataclasses.fields(kind.Settings) if f.name == rest[0]), ""
    )
    if label and not item.settings.get(rest[0]) and len(rest) == 1:
        return _("“%(setting)s” is still to be filled in.") % {"setting": label}
    return ""
