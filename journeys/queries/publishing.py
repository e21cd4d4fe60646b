"""What publishing a draft would change: the steps that differ, who stands where, what becomes of
them. The same counts are what happens, as long as nobody moves in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from campaigns.models import ContentText
from campaigns.queries.content_gaps import Gap, gaps_of
from journeys.engine.relocate import OTHERS, Choice, Relocated
from journeys.graph.diff import Around, Diff, Side, around, diff
from journeys.graph.shape import family_of
from journeys.graph.sketch import sketch
from journeys.models import Journey, JourneyVersion
from journeys.nodes.base import Family
from journeys.nodes.send import SendMessage
from journeys.queries.counts import inside_by_version, node_numbers
from journeys.queries.titles import titles_of

# A value that so many lack is worth a word before publishing.
MANY = 0.1
CHOICES: tuple[Choice, ...] = ("move", "stay", "leave")


@dataclass(frozen=True)
class Row:
    """A step of the old version that differs, with the people around it and what may become of
    those at it; `choice` is what is suggested."""

    key: str
    what: str
    words: Sequence[SafeString]
    people: Around
    options: Sequence[Choice]
    choice: Choice


@dataclass(frozen=True)
class Preview:
    """Everything that a marketer should know before the draft replaces *version*."""

    version: JourneyVersion
    diff: Diff
    rows: Sequence[Row]
    here: Mapping[str, int]
    movable: frozenset[str]  # steps that the new version has too
    older: Sequence[tuple[int, int]]  # (number, people) of versions before this one

    @property
    def inside(self) -> int:
        """Everybody who is on the way in the version that is replaced."""
        return sum(self.here.values())

    @property
    def elsewhere(self) -> int:
        """Who stands at steps that do not differ."""
        return sum(n for key, n in self.here.items() if key not in self.diff.keys)

    @property
    def suggested(self) -> dict[str, Choice]:
        """The choices that change least for people and most for what they get."""
        found: dict[str, Choice] = {OTHERS: "move"}
        return found | {row.key: row.choice for row in self.rows}

    def options(self, key: str) -> Sequence[Choice]:
        """What may become of those who stand at a step."""
        return CHOICES if key == OTHERS or key in self.movable else ("stay", "leave")

    def effect(self, choices: Mapping[str, Choice]) -> Relocated:
        """How many will move, leave and stay by these choices."""
        found = Relocated()
        for key, n in self.here.items():
            choice = choices.get(key, choices.get(OTHERS, "stay"))
            if choice == "leave":
                found += Relocated(left=n)
            elif choice == "move" and key in self.movable:
                found += Relocated(moved=n)
            else:
                found += Relocated(stayed=n)
        return found


def preview(journey: Journey) -> Preview | None:
    """What the draft of *journey* would change; None when nothing was published yet. The number
    of queries depends neither on steps nor on people."""
    version = journey.current
    if version is None:
        return None
    old, new = side_of(version.graph, journey.brand_id), side_of(journey.draft, journey.brand_id)
    found = diff(old, new)
    numbers = node_numbers(journey.pk, version_id=version.pk)
    here = {key: each.here for key, each in numbers.items() if each.here > 0}
    movable = frozenset(
        key
        for key in old.written
        if key in new.written
        and Family.TRIGGER not in (family_of(old.written[key]), family_of(new.written[key]))
    )
    rows = []
    for change in found.changes:
        if change.what == "added":
            continue
        options: Sequence[Choice] = CHOICES if change.key in movable else ("stay", "leave")
        people = around(change.key, old.written, here)
        rows.append(
            Row(change.key, change.what, change.words, people, options, options[0])
        )  # fmt: skip
    return Preview(version, found, rows, here, movable, older_versions(journey, version))


def side_of(graph: Mapping[str, Any], brand_id: int) -> Side:
    """A graph as a side of a comparison, its steps in words."""
    drawn = sketch(graph)
    titles = titles_of(drawn.nodes.values(), brand_id)
    names = {key: titles.say(node) for key, node in drawn.nodes.items()}
    return Side(drawn.heading, drawn.written, drawn.nodes, names)


def older_versions(journey: Journey, current: JourneyVersion) -> list[tuple[int, int]]:
    """(number, people) of versions before *current* in which somebody still is, latest first."""
    numbers = dict(journey.versions.values_list("pk", "number"))
    inside = inside_by_version(journey.pk)
    found = [(numbers[pk], n) for pk, n in inside.items() if pk != current.pk and n > 0]
    return sorted(found, reverse=True)


def choice_words(choice: Choice, number: int) -> str:
    """A choice as a button says it; *number* of the version that is replaced."""
    words = {
        "move": _("Move to the new version"),
        "stay": _("Stay in version %(number)s") % {"number": number},
        "leave": _("Leave the journey"),
    }
    return words[choice]


def gaps_of_draft(journey: Journey) -> list[Gap]:
    """The customer's values that the messages of a draft use and that many customers of the brand
    lack; three queries, however many messages."""
    nodes = sketch(journey.draft).nodes.values()
    sends = [node.settings for node in nodes if isinstance(node, SendMessage)]
    codes = {code for own in sends for code in (own.content, *own.instead)}
    texts = ContentText.objects.filter(
        version__content__brand=journey.brand_id,
        version__content__code__in=codes,
        version__content__current=F("version"),
    )
    found = gaps_of(journey.brand, texts) if codes else []
    return [gap for gap in found if gap.share >= MANY]
