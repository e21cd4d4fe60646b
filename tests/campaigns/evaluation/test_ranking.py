"""Who is first, and whether that is chance."""

from __future__ import annotations

from datetime import date

from campaigns.evaluation.funnel import Sum
from campaigns.evaluation.funnel_words import parts_of
from campaigns.evaluation.ranking import is_ahead, rank
from campaigns.evaluation.sums import Rate


def test_the_first_is_ahead_only_when_chance_does_not_explain_it() -> None:
    clear = rank({"a": Rate(1_000, 50), "b": Rate(1_000, 120), "c": Rate(0, 0)})
    assert [place.key for place in clear] == ["b", "a", "c"]
    assert clear[1].is_behind
    assert not is_ahead(clear)  # of c nothing is known
    assert is_ahead(clear[:2])
    close = rank({"a": Rate(100, 12), "b": Rate(100, 10)})
    assert [(place.key, place.is_behind) for place in close] == [("a", False), ("b", False)]
    assert not is_ahead(close)


def test_few_people_do_not_lead_by_luck() -> None:
    places = rank({"lucky": Rate(3, 1), "big": Rate(10_000, 900)})
    assert [place.key for place in places] == ["big", "lucky"]
    assert not is_ahead(places)
    better = rank({"new": Rate(60, 20), "big": Rate(10_000, 3_000)})
    assert better[0].key == "big"
    assert not better[1].is_behind  # it may well be the better one


def test_looking_at_many_makes_chance_likelier() -> None:
    two = rank({0: Rate(1_000, 130), 1: Rate(1_000, 100)})
    many = rank({0: Rate(1_000, 130), **{n: Rate(1_000, 100) for n in range(1, 20)}})
    assert two[1].is_behind
    assert not many[1].is_behind


def test_nothing_to_rank() -> None:
    assert rank({}) == []
    assert not is_ahead([])
    assert not is_ahead(rank({"only": Rate(10, 5)}))


def test_only_contents_of_one_channel_are_compared() -> None:
    day = date(2026, 3, 4)

    def sums(content: int, channel: str, reached: int, responded: int) -> list[Sum]:
        return [
            Sum(1, "hello", content, channel, day, 3, "", False, reached - responded),
            Sum(1, "hello", content, channel, day, 4, "", False, responded),
        ]

    told = [*sums(1, "email", 900, 500), *sums(2, "email", 900, 300), *sums(3, "sms", 900, 20)]
    parts = parts_of(told, lambda each: each.content, {1: "One", 2: "Two", 3: "Three"})
    assert [(part.name, part.is_best, bool(part.said)) for part in parts] == [
        ("One", True, True), ("Two", False, True), ("Three", False, False),
    ]  # fmt: skip
    assert [part.said for part in parts_of(told, lambda each: each.channel, {})] == ["", ""]
