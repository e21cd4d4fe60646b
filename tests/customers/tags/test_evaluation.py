"""What a tag is worth: statistics, score, outcome and samples against plain computations."""

from __future__ import annotations

import json
import math
import random
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from customers.access import Actor, RightMissing
from customers.actions import tag_evaluation as actions
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import (
    AuditEntry,
    Customer,
    CustomerTag,
    EventType,
    Segment,
    Tag,
    TagMark,
    TagMeasure,
    TagOutcome,
    TagSample,
    TagSettings,
    User,
    Via,
)
from customers.tags import TagSet, apply, count
from customers.tags.evaluation import evaluate, success
from customers.tags.evaluation.outcome import LOOK_BACK, measure
from customers.tags.evaluation.score import (
    PARTS,
    coverage_points,
    outcome_points,
    sample_points,
    score,
    success_points,
    use_points,
)
from customers.tags.evaluation.statistics import Share, difference, share_of
from customers.tags.evaluation.words import say_parts, say_score

ACTOR = Actor.of_command("tests")
DAY = timedelta(days=1)
# As scipy 1.17 tells them: scipy.stats.binomtest(hits, whole).proportion_ci(method="wilson").
WILSON = [
    (0, 30, 0.0, 0.1135133932), (1, 20, 0.0088814488, 0.2361311934),
    (17, 20, 0.6395811353, 0.9476312541), (29, 30, 0.8332960901, 0.9940914096),
    (263, 1204, 0.196015033, 0.2426530181), (1204, 1204, 0.996819567, 1.0),
    (999, 100_000, 0.0093921643, 0.0106254813),
]  # fmt: skip
# Newcombe 1998, table II, method 10.
NEWCOMBE = [
    ((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062), ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775), ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0), ((10, 10), (0, 10), 0.6075, 1.0),
]  # fmt: skip


def known(hits: int, whole: int) -> Share:
    found = share_of(hits, whole)
    assert found is not None
    return found


@pytest.mark.parametrize(("hits", "whole", "low", "high"), WILSON)
def test_shares_are_as_another_library_tells_them(
    hits: int, whole: int, low: float, high: float
) -> None:
    found = known(hits, whole)
    assert found.low == pytest.approx(low, abs=1e-9)
    assert found.high == pytest.approx(high, abs=1e-9)


@pytest.mark.parametrize(("one", "two", "low", "high"), NEWCOMBE)
def test_differences_are_as_they_were_published(
    one: tuple[int, int], two: tuple[int, int], low: float, high: float
) -> None:
    found = difference(known(*one), known(*two))
    assert found.low == pytest.approx(low, abs=6e-5)
    assert found.high == pytest.approx(high, abs=6e-5)
    back = difference(known(*two), known(*one))
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low))


@given(st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_ends_of_an_interval_are_just_not_refused(pair: tuple[int, int]) -> None:
    hits, whole = pair
    found = known(hits, whole)
    assert 0 <= found.low <= found.share <= found.high <= 1
    # The score test of the true share at each end has exactly the critical value.
    for end in (found.low, found.high):
        if 0 < end < 1:
            z = abs(found.share - end) / math.sqrt(end * (1 - end) / whole)
            assert z == pytest.approx(1.959963984540054, rel=1e-5)


def test_odd_counts_are_refused_or_told() -> None:
    assert share_of(0, 0) is None
    for hits, whole in ((-1, 5), (6, 5), (1, 0)):
        with pytest.raises(ValueError, match="can't be"):
            share_of(hits, whole)


POINTS = st.one_of(st.none(), st.floats(0, 100))


@given(st.lists(POINTS, min_size=4, max_size=4), st.lists(st.integers(0, 100), min_size=4,
                                                          max_size=4))  # fmt: skip
def test_the_score_is_a_weighted_average_of_what_is_known(
    points: list[float | None], weights: list[int]
) -> None:
    found = score(dict(zip(PARTS, points, strict=True)), dict(zip(PARTS, weights, strict=True)))
    one_by_one = [
        p for p, w in zip(points, weights, strict=True) for _n in range(w) if p is not None
    ]
    if not one_by_one:
        assert found is None
    else:
        assert found is not None
        assert found == pytest.approx(sum(one_by_one) / len(one_by_one), abs=1e-6)
        assert min(one_by_one) - 1e-6 <= found <= max(one_by_one) + 1e-6


def test_the_points_of_each_part() -> None:
    assert coverage_points(0, 0) is None
    assert coverage_points(250, 1000) == 25
    assert [use_points(n) for n in (0, 1, 2, 3)] == [0, 50, 75, 87.5]
    assert sample_points(share_of(18, 19)) is None
    assert sample_points(share_of(18, 20)) == 90
    assert outcome_points(share_of(400, 1000), share_of(200, 1000), "more") == 50
    assert outcome_points(share_of(400, 1000), share_of(200, 1000), "less") == 0
    assert outcome_points(share_of(200, 1000), share_of(400, 1000), "less") == 50
    assert outcome_points(share_of(21, 100), share_of(20, 100), "more") == 0
    assert outcome_points(share_of(0, 100), share_of(0, 100), "more") == 0
    assert outcome_points(share_of(29, 29), share_of(0, 100), "more") is None
    assert outcome_points(None, share_of(1, 100), "more") is None
    assert success_points(share_of(400, 1000), share_of(200, 1000)) == 75
    assert success_points(share_of(200, 1000), share_of(400, 1000)) == 25
    assert success_points(share_of(0, 100), share_of(0, 100)) == 50
    assert success_points(share_of(5, 10), share_of(0, 100)) is None


def world(now: datetime, seed: int) -> tuple[Tag, EventType, list[Customer]]:
    """People who get and lose values and buy, at random; some are merged or erased."""
    chance = random.Random(seed)
    tag = Tag.objects.create(code="risk", name="Risk")
    begin = now - LOOK_BACK - 60 * DAY
    items = [
        Item(
            str(n), [("member_id", f"m{n}")],
            events=[
                EventFact("bought" if chance.random() < 0.7 else "looked",
                          begin + DAY * chance.random() * 150)
                for _event in range(chance.randint(0, 4))
            ],
        )
        for n in range(120)
    ]  # fmt: skip
    ingest(Batch("t", items), now=now)
    kind = EventType.objects.get(code="bought")
    people = list(Customer.objects.order_by("pk"))
    for person in people:
        person.created_at = begin + DAY * chance.random() * 140
    Customer.objects.bulk_update(people, ["created_at"])
    Customer.objects.filter(pk=people[0].pk).update(merged_into=people[1].pk)
    Customer.objects.filter(pk=people[2].pk).update(erased_at=now)
    changes = sorted(
        (max(begin + DAY * chance.random() * 150, person.created_at), person.pk)
        for person in people
        for _n in range(chance.choice([0, 0, 1, 3]))
    )
    for at, pk in changes:
        value = chance.choice(["high", "low"])
        apply([TagSet(pk, tag.pk, value, chance.random() < 0.8)], source_id=None, now=at)
    return tag, kind, list(Customer.objects.order_by("pk"))


@pytest.mark.django_db
@pytest.mark.parametrize(("seed", "value"), [(1, "high"), (2, ""), (3, "low")])
def test_the_outcome_is_as_a_plain_count_tells_it(now: datetime, seed: int, value: str) -> None:
    from customers.models import Event, TagChange

    tag, kind, people = world(now, seed)
    days = 20 * DAY
    outcome = TagOutcome(tag=tag, value=value, event_type=kind, days=20)
    told = measure(outcome, now)

    until, since = now - days, now - days - LOOK_BACK
    bought: dict[int, list[datetime]] = {}
    for event in Event.objects.filter(event_type=kind):
        bought.setdefault(event.customer_id, []).append(event.occurred_at)
    came: dict[int, list[datetime]] = {}
    for change in TagChange.objects.filter(tag=tag, added=True):
        if value in ("", change.value):
            came.setdefault(change.customer_id, []).append(change.at)

    def did(pk: int, start: datetime) -> bool:
        return any(start < at <= start + days for at in bought.get(pk, []))

    real = [p for p in people if p.merged_into_id is None and p.erased_at is None]
    got = {
        p.pk: min(at for at in came.get(p.pk, []) if since < at <= until)
        for p in real
        if any(since < at <= until for at in came.get(p.pk, []))
    }
    assert got
    middle = sorted(got.values())[(len(got) + 1) // 2 - 1]
    end = middle + days
    lacking = [
        p.pk
        for p in real
        if p.created_at <= middle and not any(at <= end for at in came.get(p.pk, []))
    ]
    assert (told.having, told.having_hits) == (
        len(got), sum(did(pk, at) for pk, at in got.items())
    )  # fmt: skip
    assert told.middle == middle
    assert (told.lacking, told.lacking_hits) == (
        len(lacking), sum(did(pk, middle) for pk in lacking)
    )  # fmt: skip


@pytest.fixture
def tier(now: datetime) -> Tag:
    tag = Tag.objects.create(code="tier", name="Tier")
    rows = Customer.objects.bulk_create(Customer(created_at=now - DAY) for _n in range(100))
    sets = [TagSet(row.pk, tag.pk, "gold" if n < 40 else "silver") for n, row in
            enumerate(rows[:80])]  # fmt: skip
    apply(sets, source_id=None, now=now - DAY)
    count(now=now)
    return tag


@pytest.mark.django_db
def test_a_sample_is_drawn_at_random_and_counts_when_it_is_checked(
    now: datetime, tier: Tag
) -> None:
    sample = actions.draw(ACTOR, tier, size=30, seed=7, now=now)
    drawn = list(TagMark.objects.filter(sample=sample).values_list("customer_id", "value"))
    assert len({pk for pk, _value in drawn}) == 30
    held = set(CustomerTag.objects.filter(tag=tier).values_list("customer_id", "value"))
    assert set(drawn) <= held
    assert sample.population == 80
    again = actions.draw(ACTOR, tier, size=30, seed=7, now=now)
    assert list(again.marks.values_list("customer_id", "value")) == drawn
    assert {v for _pk, v in actions.draw(ACTOR, tier, size=50, value="gold", now=now).marks
            .values_list("customer_id", "value")} == {"gold"}  # fmt: skip
    # Each of the eighty is drawn about as often as any other: 120 draws of ten.
    times: dict[int, int] = {}
    for seed in range(120):
        one = actions.draw(ACTOR, tier, size=10, seed=seed, now=now)
        for pk in one.marks.values_list("customer_id", flat=True):
            times[pk] = times.get(pk, 0) + 1
    assert len(times) == 80
    chi = sum((n - 15) ** 2 / 15 for n in times.values())
    assert chi < 130  # of 79 degrees of freedom, about 1 in 4,000; the seeds are fixed
    TagSample.objects.exclude(pk=sample.pk).delete()
    marks = list(sample.marks.order_by("place"))
    for n, found in enumerate(marks[:25]):
        actions.mark(ACTOR, found, "right" if n < 20 else "wrong", now=now)
    actions.mark(ACTOR, marks[25], "unsure", now=now)
    actions.mark(ACTOR, marks[26], "right", now=now)
    actions.mark(ACTOR, marks[26], "", now=now)
    evaluate(now=now)
    parts = TagMeasure.objects.get(tag=tier).parts
    assert parts["accuracy"]["sample"]["points"] == pytest.approx(80)
    for bad in (9, 501):
        with pytest.raises(ValidationError, match="10 to 500"):
            actions.draw(ACTOR, tier, size=bad, now=now)
    with pytest.raises(ValidationError, match="Nobody"):
        actions.draw(ACTOR, tier, size=10, value="none", now=now)
    with pytest.raises(ValueError, match="right, wrong"):
        actions.mark(ACTOR, marks[0], "maybe", now=now)
    nobody = Actor(via=Via.PAGE, user=User.objects.create_user("n@example.com", "x"))
    with pytest.raises(RightMissing):
        actions.draw(nobody, tier, size=10, now=now)


@pytest.mark.django_db
def test_what_is_missing_is_said_and_weights_weigh(now: datetime, tier: Tag) -> None:
    evaluate(now=now)
    measure = TagMeasure.objects.get(tag=tier)
    settings = TagSettings.current()
    assert "NaN" not in json.dumps(measure.parts)
    points = {part: measure.parts[part]["points"] for part in PARTS}
    assert points == {"coverage": 80, "use": 0, "accuracy": None, "success": None}
    assert measure.score == pytest.approx((80 * 20 + 0 * 30) / 50)
    assert "what could not be measured" in say_score(measure, settings)
    said = " ".join(s for part in say_parts(tier, measure, settings) for s in part.sentences)
    for words in ("80 of 100 customers", "Nothing that runs reads it", "No outcome is set",
                  "No sample was checked", "no journey that reads it"):  # fmt: skip
        assert words in said
    # Another weight is at once in every score, and nothing is counted for it.
    actions.set_weights(ACTOR, {"use": 0}, now=now)
    measure.refresh_from_db()
    assert measure.score == pytest.approx(80)
    entry = AuditEntry.objects.get(action="tagsettings.change")
    assert entry.changes == {"use": [30, 0]}
    actions.set_weights(ACTOR, {"coverage": 0, "accuracy": 1}, now=now)
    measure.refresh_from_db()
    assert measure.score is None
    assert "no score" in say_score(measure, TagSettings.current())
    for bad in ({"accuracy": 0, "success": 0}, {"use": 101}, {"stale_days": 0}):
        with pytest.raises(ValidationError):
            actions.set_weights(ACTOR, bad, now=now)
    Segment.objects.create(code="s", name="S", kind="rule", rule={"tag": "tier"})
    evaluate(now=now, tag_ids=[tier.pk])
    measure.refresh_from_db()
    assert measure.parts["use"] == {"points": 50.0, "kinds": {"segment": 1}}


@pytest.mark.django_db
def test_an_outcome_is_told_with_its_numbers(now: datetime) -> None:
    tag = Tag.objects.create(code="risk", name="Risk")
    got = now - 40 * DAY
    items = [
        Item(str(n), [("member_id", f"m{n}")],
             events=[EventFact("bought", got + 3 * DAY)] if n % 10 < (6 if n < 100 else 2) else [])
        for n in range(200)
    ]  # fmt: skip
    ids = [pk for pk in ingest(Batch("t", items), now=now).customer_ids if pk]
    Customer.objects.update(created_at=now - 300 * DAY)
    apply([TagSet(pk, tag.pk, "high") for pk in ids[:100]], source_id=None, now=got)
    count(now=now)
    kind = EventType.objects.get(code="bought")
    actions.set_outcome(ACTOR, tag, event=kind, days=30, value="high", now=now)
    with pytest.raises(ValidationError):
        actions.set_outcome(ACTOR, tag, event=kind, days=0, now=now)
    evaluate(now=now)
    measure = TagMeasure.objects.get(tag=tag)
    accuracy = measure.parts["accuracy"]
    assert (accuracy["outcome"]["having_hits"], accuracy["outcome"]["lacking_hits"]) == (60, 20)
    assert accuracy["points"] == pytest.approx(100 * (1 - 20 / 60))
    said = " ".join(say_parts(tag, measure, TagSettings.current())[2].sentences)
    assert "60.0\N{NO-BREAK SPACE}% (50.2 to 69.1) of 100 with the value" in said
    assert "+40.00 points" in said
    actions.remove_outcome(ACTOR, tag, now=now)
    evaluate(now=now)
    measure.refresh_from_db()
    assert measure.parts["accuracy"]["outcome"] is None


def test_both_upper_floors_count_success() -> None:
    assert {kind.code for kind in success.kinds()} >= {"goal", "responded"}
