"""Two versions or two periods of a journey, as the report shows them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from campaigns.evaluation.comparing import ALPHA
from campaigns.evaluation.funnel import BARS
from campaigns.evaluation.funnel_words import NAMES
from campaigns.evaluation.sums import Rate, Span
from campaigns.evaluation.verdicts import p_words, so_many
from customers.formats import day, number, percent, points
from customers.sheets import Cell
from journeys.canvas.picture import plain
from journeys.canvas.words import end_name, outcome_name
from journeys.graph.schema import Graph, GraphUnreadable, restore_graph
from journeys.models import Journey, JourneyVersion
from journeys.queries.comparison import Both, Side, Turn, compare
from journeys.queries.experiments import goal_of
from journeys.queries.reports import Period
from journeys.queries.titles import titles_of

PERIODS, VERSIONS = "periods", "versions"
EARLIEST = 1970


@dataclass(frozen=True)
class Choice:
    """What the form asks: nothing, two periods (the other one from a day on) or two versions."""

    against: str = ""
    start: date | None = None
    one: JourneyVersion | None = None
    other: JourneyVersion | None = None
    problem: str = ""
    is_usual: bool = False  # the period right before, whatever period is looked at

    @classmethod
    def read(
        cls, given: Mapping[str, str], versions: Sequence[JourneyVersion], period: Period
    ) -> Choice:
        """Read the parameters of an address; *versions* are the newest first. Without a day the
        period right before is meant, without versions the two newest."""
        against = given.get("against", "")
        before = period.days[0] - timedelta(days=len(period.days))
        usual = cls("", before, is_usual=True)
        if against == PERIODS:
            return usual._periods(given.get("start", "").strip(), period)
        if against != VERSIONS:
            return usual
        if len(versions) < 2:
            problem = _("This journey has no two versions to compare.")
            return replace(usual, against=against, problem=problem)
        numbers = {str(version.number): version for version in versions}
        one = numbers.get(given.get("one", ""), versions[0])
        next_one = next(version for version in versions if version != one)
        other = numbers.get(given.get("other", ""), next_one)
        problem = _("Choose two versions that are not the same.") if one == other else ""
        return replace(usual, against=against, one=one, other=other, problem=problem)

    def _periods(self, start: str, period: Period) -> Choice:
        if not start:
            return replace(self, against=PERIODS)
        try:
            first = date.fromisoformat(start)
            if first.year < EARLIEST:
                raise ValueError
        except ValueError:
            problem = _("“%(text)s” is no day; write it like 2026-03-31.") % {"text": start[:40]}
            return replace(self, against=PERIODS, problem=problem)
        overlap = first >= period.days[0] - timedelta(days=len(period.days) - 1)
        problem = _("The other period has to end before this one begins.") if overlap else ""
        return Choice(PERIODS, first, problem=problem)

    @property
    def query(self) -> str:
        """The same as the end of an address."""
        if self.against == PERIODS and self.start and not self.is_usual:
            return f"&against={PERIODS}&start={self.start.isoformat()}"
        if self.against == VERSIONS and self.one and self.other:
            return f"&against={VERSIONS}&one={self.one.number}&other={self.other.number}"
        return f"&against={self.against}" if self.against else ""


@dataclass(frozen=True)
class Row:
    """A figure of both sides, in words; `is_told` when they differ, and not by chance."""

    name: SafeString | str
    one: str
    other: str
    change: str = ""
    is_told: bool = False
    may_be_chance: bool = False
    family: str = ""
    icon: str = ""
    way: str = ""


@dataclass(frozen=True)
class Card:
    """The card: its form, what to say first, the counts and the ways of both sides."""

    choice: Choice
    versions: Sequence[JourneyVersion]
    names: tuple[str, str] = ("", "")
    say: str = ""
    note: str = ""
    counts: Sequence[Row] = ()
    ways: Sequence[Row] = ()
    is_counting: bool = False


def versions_of(journey: Journey) -> list[JourneyVersion]:
    """Its versions, the newest first."""
    return list(JourneyVersion.objects.filter(journey=journey).defer("graph").order_by("-number"))


def card_of(
    journey: Journey,
    period: Period,
    choice: Choice,
    versions: Sequence[JourneyVersion],
    now: datetime,
) -> Card:
    """What was chosen, counted and said; nothing is counted before somebody asks."""
    if choice.problem or not choice.against:
        return Card(choice, versions)
    sides, names = sides_of(choice, period)
    both = compare(journey.pk, *sides, now)
    if both.one.funnel is None or both.other.funnel is None:
        return Card(choice, versions, names, is_counting=True)
    has_goal = goal_of(journey) is not None
    return Card(
        choice,
        versions,
        names,
        say=sentence_of(both, names, has_goal),
        note=_note(choice),
        counts=_counts(both, has_goal),
        ways=_ways(both, _graphs(journey, choice), journey.brand_id),
    )


def sheet_of(
    journey: Journey, period: Period, choice: Choice, now: datetime
) -> tuple[list[str], list[list[Cell]]]:
    """The same as plain numbers, for a file."""
    if choice.problem or not choice.against:
        return [_("Figure"), _("Outcome")], []
    sides, names = sides_of(choice, period)
    both = compare(journey.pk, *sides, now, wait=True)
    rows: list[list[Cell]] = [
        [_("Entered"), "", both.one.entered, both.other.entered],
        [_("Reached the goal"), "", both.one.goals, both.other.goals],
    ]
    counts = [seen.funnel.counts for seen in (both.one, both.other) if seen.funnel]
    rows += [[str(NAMES[bar]), "", *pair] for bar, *pair in zip(BARS, *counts, strict=True)]
    graphs = _graphs(journey, choice)
    ways = _ways(both, graphs, journey.brand_id)
    for turn, way in zip(_drawn(both, graphs), ways, strict=True):
        rows.append([plain(str(way.name)), way.way, turn.one.hits, turn.other.hits])
    return [_("Figure"), _("Outcome"), *names], rows


def sides_of(choice: Choice, period: Period) -> tuple[tuple[Side, Side], tuple[str, str]]:
    """The two sides of a choice without problem, and what they are called."""
    if choice.against == VERSIONS and choice.one and choice.other:
        pair = (choice.one, choice.other)
        one, other = (Side(period.since, period.until, version.pk) for version in pair)
        words = [_("version %(n)s") % {"n": version.number} for version in pair]
        return (one, other), (words[0], words[1])
    first = choice.start or period.days[0]
    days = [first + timedelta(days=n) for n in (0, len(period.days))]
    zone = timezone.get_current_timezone()
    since, until = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in days)
    return (
        (Side(period.since, period.until), Side(since, until)),
        (_span(period.days[0], period.days[-1]), _span(first, days[1] - timedelta(days=1))),
    )


def sentence_of(both: Both, names: tuple[str, str], has_goal: bool) -> str:
    """What may be said of the goals first; of a journey without one, of who came."""
    empty = next(
        (name for seen, name in zip((both.one, both.other), names, strict=True)
         if not seen.entered), None,
    )  # fmt: skip
    if empty is not None:
        return _("Nobody entered in %(name)s, so there is nothing to compare.") % {"name": empty}
    values = {"one": names[0], "other": names[1]}
    if not has_goal:
        return _(
            "The journey has no goal; %(n)s entered in %(one)s and %(m)s in %(other)s."
        ) % {**values, "n": number(both.one.entered), "m": number(both.other.entered)}  # fmt: skip
    if both.goal is None or both.goal.difference is None:
        return _("Walks were moved between the versions, so their goal rates can't be compared.")
    if not both.goal.difference.value:
        return _("In %(one)s and %(other)s the same share reached the goal.") % values
    values["many"] = so_many(both.goal.difference.value)
    if both.goal.p is not None and both.goal.p < ALPHA:
        text = _(
            "Of those who entered in %(one)s %(many)s reached the goal than in %(other)s; "
            "this is more than chance."
        )
    else:
        text = _(
            "Of those who entered in %(one)s %(many)s reached the goal than in %(other)s, "
            "which may be chance."
        )
    return text % values


# helpers


def _span(first: date, last: date) -> str:
    return _("%(first)s to %(last)s") % {"first": day(first), "last": day(last)}


def _note(choice: Choice) -> str:
    if choice.against == VERSIONS:
        return _(
            "Versions ran at other times for other people: what a change caused only an experiment "
            "tells. Who entered lately may still reach the goal."
        )
    return _("Who entered lately may still reach the goal, so the later period may still gain.")


def _counts(both: Both, has_goal: bool) -> list[Row]:
    rows = [Row(_("Entered"), number(both.one.entered), number(both.other.entered))]
    if has_goal:
        p = both.goal.p if both.goal else None
        difference = both.goal.difference if both.goal else None
        rows.append(
            Row(
                _("Reached the goal"),
                _rate(both.one.rate),
                _rate(both.other.rate),
                _within(difference, p),
                is_told=p is not None and p < ALPHA,
                may_be_chance=p is not None and p >= ALPHA,
            )
        )
    if both.one.funnel and both.other.funnel:
        for bar, one, other in zip(
            BARS, both.one.funnel.counts, both.other.funnel.counts, strict=True
        ):
            rows.append(Row(str(NAMES[bar]), number(one), number(other)))
    return rows


def _rate(rate: Rate | None) -> str:
    if rate is None:
        return "–"
    return f"{percent(rate.share)} ({number(rate.hits)})" if rate.people else "–"


def _within(difference: Span | None, p: float | None) -> str:
    """Points with their interval and the chance behind them."""
    if difference is None:
        return "–"
    said = points(difference.value, 1)
    if difference.low is not None and difference.high is not None:
        said += f" ({points(difference.low, 1)} … {points(difference.high, 1)})"
    if p is None:
        return said
    words = p_words(p)
    return f"{said}, p {words}" if words.startswith("<") else f"{said}, p = {words}"


def _graphs(journey: Journey, choice: Choice) -> list[Graph]:
    """The graphs of both sides that can be read, those of the first side first."""
    found = []
    for version in [choice.one, choice.other] if choice.against == VERSIONS else [journey.current]:
        try:
            found += [restore_graph(version.graph)] if version else []
        except GraphUnreadable:
            continue
    return found


def _drawn(both: Both, graphs: Sequence[Graph]) -> list[Turn]:
    """Ways of steps that one of the graphs has, in drawn order; a step that everybody leaves by the
    same way on both sides tells nothing."""
    places = {key: place for place, key in enumerate(k for graph in graphs for k in graph.nodes)}
    ways: dict[str, set[str]] = {}
    for turn in both.turns:
        ways.setdefault(turn.node, set()).add(turn.outcome)
    found = [t for t in both.turns if t.node in places and len(ways[t.node]) > 1]
    return sorted(found, key=lambda t: (places[t.node], t.outcome))


def _ways(both: Both, graphs: Sequence[Graph], brand_id: int) -> list[Row]:
    turns = _drawn(both, graphs)
    nodes = {key: graph.nodes[key] for graph in reversed(graphs) for key in graph.nodes}
    wanted = {turn.node for turn in turns}
    titles = titles_of([node for key, node in nodes.items() if key in wanted], brand_id)
    rows = []
    for turn in turns:
        node = nodes[turn.node]
        named = {each.name: outcome_name(each) for each in node.outcomes()}
        rows.append(
            Row(
                titles.say(node),
                _rate(turn.one),
                _rate(turn.other),
                points(turn.told.difference.value, 1) if turn.told.difference else "–",
                is_told=turn.differs,
                may_be_chance=turn.p is not None and not turn.differs,
                family=node.family,
                icon=node.icon,
                way=named.get(turn.outcome) or end_name(turn.outcome, node.labels),
            )
        )
    return rows
