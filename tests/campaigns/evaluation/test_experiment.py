"""An experiment as a whole: what may be said, when, and in which words."""

from __future__ import annotations

import pytest

from campaigns.evaluation.experiment import Arm, Evaluation, Reading, Verdict, evaluate
from campaigns.evaluation.several import holm
from campaigns.evaluation.sums import Rate, Values
from campaigns.evaluation.verdicts import (
    methods_of,
    p_words,
    ratio_words,
    reading_words,
    so_many,
    verdict_words,
)


def _read(
    *arms: tuple[str, int, int], shares: tuple[float, ...] = (), reading: Reading = Reading.ONCE,
    planned: int = 0,
) -> Evaluation:  # fmt: skip
    weights = shares or tuple(100 / len(arms) for _arm in arms)
    made = [
        Arm(name, share, Rate(people, hits))
        for (name, people, hits), share in zip(arms, weights, strict=True)
    ]
    return evaluate(made, reading=reading, planned=planned)


def test_cookie_cats_says_what_is_known_of_it() -> None:
    found = evaluate(
        [Arm("gate_30", 50, Rate(44_700, 8_502)), Arm("gate_40", 50, Rate(45_489, 8_279))],
        control="gate_30",
        reading=Reading.ONCE,
    )
    (pair,) = found.pairs
    assert pair.verdict is Verdict.FEWER
    assert (
        verdict_words(pair, "gate 40", "gate 30")
        == "<b>82 fewer of 10,000</b> reached the goal in “gate 40” than in “gate 30”; "
        "this is not chance."
    )
    assert "(p = 0.0086)" in ratio_words(found)
    assert found.best is None


def test_several_arms_are_corrected_and_the_best_one_named() -> None:
    found = _read(("a", 5_000, 300), ("b", 5_000, 330), ("c", 5_000, 420), ("control", 5_000, 280))
    assert found.base.name == "control"
    assert [pair.p for pair in found.pairs] == holm([pair.rate.p for pair in found.pairs])
    assert [pair.verdict for pair in found.pairs] == [
        Verdict.CHANCE, Verdict.CHANCE, Verdict.MORE,
    ]  # fmt: skip
    # By itself b would pass; looking at three takes it back.
    assert (found.pairs[1].rate.p or 1) < 0.05 < (found.pairs[1].p or 0)
    assert found.best is found.pairs[2]
    assert len(found.among) == 3


def test_without_a_control_group_the_first_arm_is_the_measure() -> None:
    found = _read(("a", 100, 50), ("b", 100, 10))
    assert found.base.name == "a"
    assert [pair.verdict for pair in found.pairs] == [Verdict.FEWER]
    with pytest.raises(ValueError, match="at least one arm"):
        evaluate([])


def test_read_once_means_not_before_its_end() -> None:
    arms = ("a", 400, 90), ("control", 400, 40)
    early = _read(*arms, planned=2_000)
    assert [pair.verdict for pair in early.pairs] == [Verdict.EARLY]
    assert "800 of 2,000 people are in" in reading_words(early)
    done = _read(*arms, planned=800)
    assert [pair.verdict for pair in done.pairs] == [Verdict.MORE]
    assert "as were planned" in reading_words(done)
    always = _read(*arms, planned=2_000, reading=Reading.ALWAYS)
    assert [pair.verdict for pair in always.pairs] == [Verdict.MORE]
    assert "as often as you like" in reading_words(always)


def test_a_pair_of_many_arms_is_planned_by_its_part() -> None:
    """Two arms of four with half of the weight are read as an experiment of half the size."""
    four = _read(
        ("a", 300, 30), ("b", 1, 0), ("c", 1, 0), ("control", 300, 12),
        shares=(25, 25, 25, 25), planned=4_000, reading=Reading.ALWAYS,
    )  # fmt: skip
    two = _read(("a", 300, 30), ("control", 300, 12), planned=2_000, reading=Reading.ALWAYS)
    assert four.pairs[0].rate == two.pairs[0].rate


def test_nobody_is_said_so() -> None:
    found = _read(("a", 0, 0), ("control", 30, 3))
    (pair,) = found.pairs
    assert pair.verdict is Verdict.NOBODY
    assert "Nobody is in “A” yet" in verdict_words(pair, "A", "Control")
    empty = _read(("a", 0, 0), ("control", 0, 0))
    assert "Nobody is in “Control” yet" in verdict_words(empty.pairs[0], "A", "Control")
    assert ratio_words(empty) == ""


def test_names_cannot_break_the_page() -> None:
    found = _read(("a", 400, 90), ("control", 400, 40))
    assert "<i>" not in verdict_words(found.pairs[0], "<i>A", "B")


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (0.2, "20 more of 100"),
        (0.077, "77 more of 1,000"),
        (-0.0082, "82 fewer of 10,000"),
        (0.0000012, "1 more of 1,000,000"),
        (0.0, "0 more of 1,000"),
        (1.0, "100 more of 100"),
    ],
)
def test_differences_are_told_as_people(difference: float, words: str) -> None:
    assert so_many(difference) == words


def test_chances_and_methods() -> None:
    said = [p_words(p) for p in (None, 0.0, 0.00861, 0.5, 1.0)]
    assert said == ["–", "< 0.0001", "0.0086", "0.50", "1.00"]
    worth = [Arm(name, 50, Rate(50, 5), Values(50, 9.0, 30.0)) for name in ("a", "control")]
    once = methods_of(evaluate(worth, reading=Reading.ONCE))
    assert any("Newcombe" in source for _what, _how, source in once)
    assert any("Welch" in source for _what, _how, source in once)
    always = methods_of(evaluate(worth))
    assert any("Johari" in source for _what, _how, source in always)
