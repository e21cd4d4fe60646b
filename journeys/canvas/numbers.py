"""The counts of every step as a table: who came, is here, went on by which way, was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from journeys.canvas.picture import Picture
from journeys.canvas.words import end_name, outcome_name
from journeys.graph.sketch import sketch
from journeys.models import JourneyVersion
from journeys.queries.hours import HOURS, arrivals, set_aside_at


@dataclass(frozen=True)
class NumberRow:
    """A step. `ways` are (what it is called, how many left by it); `hours` the arrivals of each of
    the last 24 hours, oldest first."""

    key: str
    short: str
    came: int
    here: int
    set_aside: int
    ways: Sequence[tuple[str, int]]
    hours: Sequence[int]


def number_rows(picture: Picture, version: JourneyVersion, now: datetime) -> list[NumberRow]:
    """Every step of a picture with its flow, in drawn order; two queries."""
    if picture.flow is None:
        return []
    drawn, aside, hourly = sketch(version.graph), set_aside_at(version), arrivals(version, now)
    rows = []
    for key, card in picture.cards.items():
        mine = picture.flow.of(key)
        names = {each.name: outcome_name(each) for each in drawn.outcomes(key)}
        ways = [
            (names.get(outcome) or end_name(outcome, drawn.heading.labels), n)
            for outcome, n in sorted(mine.outcomes.items(), key=lambda item: -item[1])
            if n
        ]
        rows.append(
            NumberRow(
                key,
                card.short,
                mine.arrived,
                max(mine.here, 0),
                aside.get(key, 0),
                ways,
                hourly.get(key, [0] * HOURS),
            )
        )
    return rows
