"""An experiment as its page shows it: sentences, rows of arms, and the drawing of its intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from campaigns.evaluation.experiment import Arm, Pair, Verdict
from campaigns.evaluation.sums import Comparison, Span
from campaigns.evaluation.verdicts import p_words, ratio_words, verdict_words
from customers.formats import MINUS, duration, money, number, percent, points
from customers.sheets import Cell
from journeys.models import Journey
from journeys.queries.experiment_places import CONTROL_GROUP, Place, places_of
from journeys.queries.experiments import Told, goal_of, told_of
from journeys.queries.storage import kept as history_kept

KINDS = {
    "experiment": gettext_lazy("Experiment"),
    "holdout": gettext_lazy("Holdout"),
    "control_group": gettext_lazy("Global control group"),
}
SHORT = {
    Verdict.NOBODY: gettext_lazy("nobody there"),
    Verdict.EARLY: gettext_lazy("too early to tell"),
    Verdict.CHANCE: gettext_lazy("may be chance"),
    Verdict.MORE: gettext_lazy("more, not chance"),
    Verdict.FEWER: gettext_lazy("fewer, not chance"),
}
WORTH = {
    Verdict.NOBODY: gettext_lazy("nobody there"),
    Verdict.EARLY: gettext_lazy("too early to tell"),
    Verdict.CHANCE: gettext_lazy("may be chance"),
    Verdict.MORE: gettext_lazy("worth more, not chance"),
    Verdict.FEWER: gettext_lazy("worth less, not chance"),
}
TOLD = (Verdict.MORE, Verdict.FEWER)
# The drawing of intervals: the axis lies between LEFT and RIGHT of a box of
# 880 pixels; what is said of an interval stands to its right.
LEFT, RIGHT, ROW = 190, 680, 34


@dataclass(frozen=True)
class ArmRow:
    """An arm of the table, ready to be read. Empty texts where there is nothing to say."""

    key: str
    name: str
    is_base: bool
    people: int
    expected: str
    reached: int
    rate: str
    rate_span: str
    points: str
    span: str
    lift: str
    p: str
    verdict: str
    is_told: bool
    value: str
    value_points: str
    value_span: str
    value_p: str
    value_verdict: str


@dataclass(frozen=True)
class PairRow:
    """Two arms of the table among each other."""

    name: str
    other: str
    points: str
    span: str
    p: str
    verdict: str
    is_told: bool


@dataclass(frozen=True)
class Bar:
    """An interval in the drawing: its line from *low* to *high* (the box's pixels), its dot."""

    y: int
    name: str
    low: str
    high: str
    dot: str
    label: str
    is_told: bool


@dataclass(frozen=True)
class Brief:
    """An experiment in a few lines, where it is only mentioned."""

    place: Place
    kind: str
    people: int
    sentences: Sequence[str]
    alarm: str


@dataclass(frozen=True)
class Forest:
    """The intervals of all arms on one axis of points."""

    bars: Sequence[Bar]
    ticks: Sequence[tuple[str, str]]
    zero: str
    height: int
    foot: int


def briefs_of(journey: Journey, now: datetime) -> list[Brief]:
    """Every experiment of a journey with what it says; three queries, and two for each."""
    if goal_of(journey) is None:
        return []
    found = []
    for place in places_of(journey):
        told = told_of(journey, place, now)
        found.append(
            Brief(
                place,
                str(KINDS[place.kind]),
                told.evaluation.people,
                [_("It is being counted.")] if told.is_counting else sentences_of(told),
                ratio_words(told.evaluation),
            )
        )
    return found


def sentences_of(told: Told) -> list[str]:
    """What is so: first what is told from chance, then by rate."""
    ordered = sorted(
        told.evaluation.pairs,
        key=lambda pair: (pair.verdict not in TOLD, -(pair.arm.rate.share or 0)),
    )
    names = told.place.names
    return [verdict_words(p, names[p.arm.name], names[p.other.name]) for p in ordered]


def notes_of(told: Told, now: datetime) -> list[str]:
    """Who is not counted and why, and what may still change."""
    notes = []
    if told.in_two:
        notes.append(
            ngettext(
                "%(n)s person is counted in no arm: she was merged from people of two arms, so she "
                "has seen both.",
                "%(n)s people are counted in no arm: they were merged from people of two arms, so "
                "they have seen both.",
                told.in_two,
            )
            % {"n": number(told.in_two)}
        )
    if told.was_there:
        notes.append(
            ngettext(
                "%(n)s person is left out: she had reached the goal before she was drawn.",
                "%(n)s people are left out: they had reached the goal before they were drawn.",
                told.was_there,
            )
            % {"n": number(told.was_there)}
        )
    if told.may_still:
        notes.append(
            ngettext(
                "%(n)s person has time left to reach the goal: all rates may still rise.",
                "%(n)s people have time left to reach the goal: all rates may still rise.",
                told.may_still,
            )
            % {"n": number(told.may_still)}
        )
    if told.place.changed:
        notes.append(
            _("The weights were changed. People who were drawn by others before are not counted.")
            if told.place.weighs
            else _("The share was changed meanwhile, so the sizes can't be checked.")
        )
    limit = history_kept()
    if limit and told.place.kind != CONTROL_GROUP and told.place.since < now - limit:
        notes.append(
            _("Single steps are kept for %(span)s; who was drawn before is not counted any more.")
            % {"span": duration(limit)}
        )
    if told.place.is_drawn_elsewhere:
        notes.append(_("Another system has drawn the arms; here they were only read."))
    return notes


def rows_of(told: Told, currency: str) -> list[ArmRow]:
    """Every arm, the one of the highest rate first and the control group last."""
    found = told.evaluation
    pairs = {pair.arm.name: pair for pair in found.pairs}
    expected = dict(
        zip((arm.name for arm in found.arms if arm.share > 0), found.ratio.expected, strict=True)
    )
    ordered = sorted(found.arms, key=lambda arm: (arm is found.base, -(arm.rate.share or 0)))
    return [
        _arm_row(told, arm, pairs.get(arm.name), expected.get(arm.name), currency)
        for arm in ordered
    ]


def pair_rows(told: Told) -> list[PairRow]:
    """Arms among each other."""
    names = told.place.names
    return [
        PairRow(
            names[pair.arm.name],
            names[pair.other.name],
            _points(pair.rate),
            _span(pair.rate.difference),
            p_words(pair.p),
            str(SHORT[pair.verdict]),
            pair.verdict in TOLD,
        )
        for pair in told.evaluation.among
    ]


def forest_of(told: Told) -> Forest | None:
    """The drawing, or None when no interval can be told."""
    pairs = [p for p in told.evaluation.pairs if _ends(p.rate.difference)]
    pairs.sort(key=lambda pair: -(pair.arm.rate.share or 0))
    spans = [p.rate.difference for p in pairs if p.rate.difference]
    if not spans:
        return None
    edges = [edge for span in spans for edge in (span.low or 0.0, span.high or 0.0, 0.0)]
    step = _step(max(edges) - min(edges))
    first, last = math.floor(min(edges) / step), math.ceil(max(edges) / step)
    first, last = (first - 1, last) if first == last else (first, last)

    def x(value: float) -> str:
        part = (value / step - first) / (last - first)
        return f"{LEFT + (RIGHT - LEFT) * part:.1f}"

    places = 0 if step >= 0.01 else 1 if step >= 0.001 else 2
    foot = 22 + ROW * len(pairs)
    return Forest(
        bars=[
            Bar(
                40 + ROW * n,
                told.place.names[pair.arm.name],
                x(span.low or 0.0),
                x(span.high or 0.0),
                x(span.value),
                f"{points(span.value)} · {SHORT[pair.verdict]}",
                pair.verdict in TOLD,
            )
            for n, (pair, span) in enumerate(zip(pairs, spans, strict=True))
        ],
        ticks=[(x(n * step), points(n * step, places)) for n in range(first, last + 1)],
        zero=x(0.0),
        height=foot + 26,
        foot=foot,
    )


def sheet_of(told: Told) -> tuple[list[str], list[list[Cell]]]:
    """Header and rows of the table as plain numbers, for a file."""
    header = [
        _("Arm"), _("People"), _("Expected"), _("Reached the goal"), _("Rate"),
        _("Difference"), _("from"), _("to"), pgettext("experiment", "Lift"), _("p"), _("Value"),
        _("Value per customer"), _("Difference in value"), _("from"), _("to"), _("p"),
    ]  # fmt: skip
    found = told.evaluation
    pairs: Mapping[str, Pair] = {pair.arm.name: pair for pair in found.pairs}
    expected = dict(
        zip((arm.name for arm in found.arms if arm.share > 0), found.ratio.expected, strict=True)
    )
    rows: list[list[Cell]] = []
    for arm in found.arms:
        pair, worth = pairs.get(arm.name), arm.values
        rows.append(
            [
                told.place.names[arm.name], arm.rate.people, expected.get(arm.name),
                arm.rate.hits, arm.rate.share, *_numbers(pair.rate if pair else None),
                pair.rate.lift.value if pair and pair.rate.lift else None,
                pair.p if pair else None, worth.total if worth else None,
                worth.mean if worth else None, *_numbers(pair.value if pair else None),
                pair.value_p if pair else None,
            ]
        )  # fmt: skip
    return header, rows


# helpers


def _arm_row(
    told: Told, arm: Arm, pair: Pair | None, expected: float | None, currency: str
) -> ArmRow:
    share = arm.rate.within()
    lift = pair.rate.lift if pair else None
    worth = pair.value if pair else None
    value = worth.difference if worth else None
    return ArmRow(
        key=arm.name,
        name=told.place.names[arm.name],
        is_base=pair is None,
        people=arm.rate.people,
        expected=number(round(expected)) if expected is not None else "",
        reached=arm.rate.hits,
        rate=percent(arm.rate.share, 2),
        rate_span=f"{percent(share.low, 2)} … {percent(share.high, 2)}" if share else "",
        points=_points(pair.rate) if pair else "",
        span=_span(pair.rate.difference) if pair else "",
        lift=_signed_percent(lift.value) if lift else "",
        p=p_words(pair.p) if pair else "",
        verdict=str(SHORT[pair.verdict]) if pair else "",
        is_told=bool(pair and pair.verdict in TOLD),
        value=_money(arm.values.mean, currency) if arm.values else "",
        value_points=_money(value.value, currency, sign=True) if value else "",
        value_span=f"{_money(value.low, currency)} … {_money(value.high, currency)}"
        if value and _ends(value)
        else "",
        value_p=p_words(pair.value_p) if pair and worth else "",
        value_verdict=str(WORTH[pair.value_verdict]) if pair and pair.value_verdict else "",
    )


def _points(told: Comparison) -> str:
    return points(told.difference.value if told.difference else None)


def _span(span: Span | None) -> str:
    return f"{points(span.low)} … {points(span.high)}" if span and _ends(span) else ""


def _ends(span: Span | None) -> bool:
    return span is not None and span.low is not None and span.high is not None


def _numbers(told: Comparison | None) -> list[float | None]:
    span = told.difference if told else None
    return [span.value, span.low, span.high] if span else [None, None, None]


def _signed_percent(value: float) -> str:
    text = percent(abs(value))
    return f"{MINUS}{text}" if value < 0 else f"+{text}" if value > 0 else text


def _money(value: float | None, currency: str, *, sign: bool = False) -> str:
    """An average amount: two places, whatever the cents."""
    if value is None:
        return "–"
    symbol = money(0, currency).removesuffix("0")
    before = MINUS if value < 0 else "+" if sign and value > 0 else ""
    return f"{before}{symbol}{abs(value):,.2f}"


def _step(width: float) -> float:
    """A round step of which four to nine cover *width*."""
    size: float = 10.0 ** math.floor(math.log10(max(width, 1e-6) / 4))
    return next(size * n for n in (1, 2, 2.5, 5, 10) if width / (size * n) <= 6)
