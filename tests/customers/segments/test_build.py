"""A build moves only those who came or went, and a bad rule leaves the members alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module

import pytest
from django.db import connection

from customers.access import Actor
from customers.actions.segments import change, create
from customers.ingest import Batch, Item, ingest
from customers.models import Attribute, Segment, SegmentMember, SegmentSize
from customers.rules import RuleError
from customers.segments import build, refresh_due

pytestmark = pytest.mark.django_db
RULE = {"attribute": "points", "op": "gte", "value": 10}


def points(now: datetime, **values: int) -> list[int]:
    items = [
        Item(name, [("member_id", name)], attributes={"points": value})
        for name, value in values.items()
    ]
    done = ingest(Batch("test", items), now=now)
    return [id for id in done.customer_ids if id is not None]


@pytest.fixture
def segment(now: datetime) -> Segment:
    Attribute.objects.create(code="points", name="Points", data_type="number")
    return create(Actor.of_command("test"), None, code="many", name="Many", rule=RULE, now=now)


def test_members_follow_the_rule(now: datetime, segment: Segment) -> None:
    a, b, c = points(now, a=5, b=10, c=20)
    first = build(segment, now=now)
    assert (first.size, first.entered, first.left) == (2, 2, 0)
    later = now + timedelta(hours=1)
    points(later, a=50, b=1)
    second = build(segment, now=later)
    assert (second.size, second.entered, second.left) == (2, 1, 1)
    members = dict(SegmentMember.objects.values_list("customer_id", "since"))
    assert members == {a: later, c: now}
    assert b not in members
    sizes = SegmentSize.objects.order_by("at").values_list("at", "size")
    assert list(sizes) == [(now, 2), (later, 2)]
    segment.refresh_from_db()
    assert (segment.size, segment.built_at, segment.problem) == (2, later, "")


def test_a_rule_that_broke_leaves_the_members_and_is_named(now: datetime, segment: Segment) -> None:
    points(now, a=50)
    build(segment, now=now)
    Attribute.objects.filter(code="points").delete()
    built = build(segment, now=now + timedelta(hours=1))
    assert "points" in built.problem
    segment.refresh_from_db()
    assert segment.problem == built.problem
    assert segment.members.count() == 1


def test_a_rule_over_its_budget_is_stopped_and_says_why(
    now: datetime, segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    points(now, a=20)
    build(segment, now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customer (display_name, sort_key, language, timezone, is_known,"
            " attributes, provenance, created_at) SELECT '', '', '', '', true,"
            " jsonb_build_object('points', n %% 50), '{}', %s FROM generate_series(1, 60000) n",
            [now],
        )
        cursor.execute("ANALYZE customers_customer")
    room = import_module("customers.segments.build")
    monkeypatch.setattr(room, "BUDGET_SECONDS", 0.001)
    stopped = build(segment, now=now + timedelta(hours=1))
    assert (stopped.size, stopped.entered, stopped.left) == (1, 0, 0)
    assert segment.members.count() == 1
    segment.refresh_from_db()
    assert "was stopped" in segment.problem
    assert "about 60,001 rows" in segment.problem
    assert len(segment.problem) < 240
    monkeypatch.undo()
    healed = build(segment, now=now + timedelta(hours=2))
    assert (healed.size, healed.problem) == (48_001, "")


def test_only_what_is_due_is_built(now: datetime, segment: Segment) -> None:
    assert refresh_due(now) == 1
    assert refresh_due(now + timedelta(minutes=59)) == 0
    assert refresh_due(now + timedelta(minutes=60)) == 1


def test_a_segment_can_not_contain_itself_through_others(now: datetime, segment: Segment) -> None:
    actor = Actor.of_command("test")
    for code, inner in (("b", "many"), ("c", "b")):
        create(actor, None, code=code, name=code, rule={"segment": inner}, now=now)
    with pytest.raises(RuleError):
        change(actor, segment, rule={"not": {"segment": "c"}}, now=now)
    with pytest.raises(RuleError):
        change(actor, segment, rule={"segment": "many"}, now=now)


def test_merged_and_erased_customers_are_in_no_segment(now: datetime, segment: Segment) -> None:
    from customers.models import Customer

    a, b = points(now, a=50, b=50)
    Customer.objects.filter(pk=a).update(erased_at=now)
    assert build(segment, now=now).size == 1
    Customer.objects.filter(pk=b).update(merged_into=a)
    assert build(segment, now=now + timedelta(hours=1)).size == 0
