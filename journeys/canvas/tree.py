"""The outline as rows: a tree that a keyboard and a screen reader walk, with every way in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from journeys.canvas.outline import Step, outline_of
from journeys.canvas.picture import Card, Picture
from journeys.graph.sketch import Sketch


class Row(NamedTuple):
    """A step, or a way of one (then `card` is None and `source` and `outcome` name it)."""

    level: int
    card: Card | None = None
    source: str = ""
    outcome: str = ""
    name: str = ""
    leads_to: str = ""  # key of a step that stands elsewhere in the tree
    leads_words: str = ""
    is_open: bool = False


def rows_of(picture: Picture, drawn: Sketch) -> list[Row]:
    """Every step once, below the way that leads to it; open ends have rows of their own."""
    return list(_rows(outline_of(picture), 1, drawn))


# helpers


def _rows(steps: Sequence[Step], level: int, drawn: Sketch) -> Iterator[Row]:
    for step in steps:
        key = step.card.key
        yield Row(level, step.card)
        outcomes = drawn.outcomes(key)
        item = drawn.written[key]
        for outcome, branch in zip(outcomes, step.branches, strict=False):
            is_open = item.next.get(outcome.name, "") not in drawn.written
            yield Row(
                level + 1, None, key, outcome.name, branch.via, branch.leads_to,
                branch.leads_words, is_open,
            )  # fmt: skip
            yield from _rows(branch.steps, level + 2, drawn)
        if len(outcomes) == 1 and item.next.get(outcomes[0].name, "") not in drawn.written:
            yield Row(level + 1, None, key, outcomes[0].name, "", is_open=True)
