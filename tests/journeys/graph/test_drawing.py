"""The drawing: nothing overlaps, no line runs through a card, widths add up."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeys.graph.drawing import draw
from journeys.graph.plan import Way
from journeys.graph.routes import CARD_WIDTH
from tests.journeys.graph.drawn import faults_of, through_cards

Ways = dict[str, list[Way]]


def ways(**targets: str) -> Ways:
    """`a="yes:b no:c"` as the ways of a node; several have labels, a single one has none."""
    found: Ways = {}
    for key, text in targets.items():
        pairs = [part.split(":") for part in text.split()]
        found[key] = [Way(key, outcome, target, len(pairs) > 1) for outcome, target in pairs]
    return found


@st.composite
def any_graph(draw_one: st.DrawFn) -> Ways:
    """Up to 18 nodes with up to four ways each, to anywhere: forks, merges, loops, islands."""
    keys = [f"n{n}" for n in range(draw_one(st.integers(1, 18)))]
    found: Ways = {}
    for key in keys:
        targets = draw_one(st.lists(st.sampled_from(keys), max_size=4))
        found[key] = [
            Way(key, f"o{n}", target, len(targets) > 1) for n, target in enumerate(targets)
        ]
    return found


@settings(max_examples=300, deadline=None)
@given(any_graph(), st.booleans())
def test_nothing_overlaps(graph: Ways, running: bool) -> None:
    drawing = draw(graph, ["n0"], running=running, flow=lambda way: 0.2)

    assert set(drawing.cards) == set(graph)
    assert {line.way for line in drawing.lines} == {
        way for given in graph.values() for way in given
    }
    assert faults_of(drawing) == []


@settings(max_examples=50, deadline=None)
@given(any_graph())
def test_the_same_again(graph: Ways) -> None:
    assert draw(graph, ["n0"]) == draw(graph, ["n0"])


def test_a_chain_stands_in_one_column_with_plain_gaps() -> None:
    drawing = draw(ways(a="next:b", b="next:c", c=""), ["a"])
    assert [(card.x, card.y) for card in drawing.cards.values()] == [(24, 24), (24, 148), (24, 272)]
    assert [line.path for line in drawing.lines] == ["M152 108L152 145", "M152 232L152 269"]


def test_a_fork_stands_over_its_arms_and_a_merge_below_them() -> None:
    graph = ways(fork="a:left b:right", left="next:end", right="next:end", end="")
    cards = draw(graph, ["fork"]).cards
    assert cards["left"].x + 284 == cards["right"].x
    assert cards["fork"].x == cards["end"].x == cards["left"].x + 142
    assert cards["left"].y - cards["fork"].y == 84 + 60
    assert cards["end"].y - cards["left"].y == 84 + 56


def test_a_label_stands_on_its_line_in_the_column_of_its_target() -> None:
    drawing = draw(ways(fork="a:left b:right", left="", right=""), ["fork"])
    for label in drawing.labels:
        card = drawing.cards[label.way.target]
        assert (label.x, label.y) == (card.x + 128, card.y - 24)


def test_a_labelled_way_past_other_cards_has_a_column_of_its_own() -> None:
    graph = ways(fork="send:mail control:end", mail="next:end", end="")
    drawing = draw(graph, ["fork"])
    control = next(line for line in drawing.lines if line.way.outcome == "control")
    assert max(x for x, _y in control.points) == drawing.cards["mail"].x + 284 + 128


def test_a_loop_goes_up_outside() -> None:
    graph = ways(start="next:wait", wait="yes:end no:mail", mail="next:wait", end="")
    drawing = draw(graph, ["start"])
    loop = next(line for line in drawing.lines if line.way.source == "mail")
    cards = drawing.cards
    assert cards["mail"].y > cards["wait"].y
    outer = [x for x, _y in loop.points]
    assert max(outer) > cards["mail"].x + CARD_WIDTH or min(outer) < cards["wait"].x
    assert loop.points[-1][1] == pytest.approx(cards["wait"].y - 3)


def test_running_widths_add_up_where_lines_part_and_meet() -> None:
    graph = ways(
        start="next:fork", fork="a:left b:right", left="next:end", right="next:end", end=""
    )
    share = {"start": 1.0, "a": 0.75, "b": 0.25, "left": 0.75, "right": 0.25}
    drawing = draw(
        graph,
        ["start"],
        running=True,
        flow=lambda way: share.get(way.outcome, share.get(way.source, 0.0)),
    )
    leaving: dict[str, float] = defaultdict(float)
    arriving: dict[str, float] = defaultdict(float)
    for line in drawing.lines:
        leaving[line.way.source] += line.width
        arriving[line.way.target] += line.width
    assert arriving["fork"] == leaving["fork"] == arriving["end"] == 22
    ends = sorted(
        (line.points[-1][0], line.width) for line in drawing.lines if line.way.target == "end"
    )
    # Side by side: the middles are as far apart as half of both widths.
    assert ends[1][0] - ends[0][0] == pytest.approx((ends[0][1] + ends[1][1]) / 2)


def test_a_way_that_nobody_took_is_still_seen() -> None:
    drawing = draw(ways(a="next:b", b=""), ["a"], running=True)
    assert drawing.lines[0].width == 1.6


def test_paths_are_plain_svg() -> None:
    drawing = draw(ways(fork="a:left b:right", left="", right=""), ["fork"])
    for line in drawing.lines:
        assert re.fullmatch(r"(?:[MLQ ]?-?\d+(?:\.\d)?)+", line.path), line.path


def test_two_hundred_nodes_are_drawn_whole() -> None:
    """A tree of forks whose hundred arms meet in one exit: the widest and fullest of drawings."""
    graph = ways(
        **{f"n{n}": f"a:n{2 * n + 1} b:n{2 * n + 2}" if n < 99 else "next:end" for n in range(199)},
        end="",
    )
    drawing = draw(graph, ["n0"])

    assert set(drawing.cards) == set(graph)
    assert len(drawing.lines) == 198 + 100
    assert {label.way for label in drawing.labels} == {
        way for key, given in graph.items() if len(given) > 1 for way in given
    }
    rows: dict[float, list[float]] = defaultdict(list)
    for card in drawing.cards.values():
        rows[card.y].append(card.x)
    # Every fork stands above its arms: 1, 2, 4 … 64 cards, then the other 72 arms, then the exit.
    assert [len(rows[y]) for y in sorted(rows)] == [1, 2, 4, 8, 16, 32, 64, 72, 1]
    for row in rows.values():
        row.sort()
        assert all(right - left >= CARD_WIDTH + 28 for left, right in pairwise(row))
    tops = sorted(rows)
    assert all(lower - upper >= drawing.card_height + 20 for upper, lower in pairwise(tops))
    assert not through_cards(drawing)
