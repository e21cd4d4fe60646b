"""A live segment follows changes by kept sets, and whoever listens hears who came and went."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from customers.access import Actor
from customers.actions.segments import create, keep_up_to_date
from customers.bits.build import build as build_sets
from customers.bits.follow import follow
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import (
    Attribute,
    AuditEntry,
    BitSet,
    Customer,
    Segment,
    SegmentKind,
    SegmentMember,
    SegmentMode,
    SegmentScope,
)
from customers.segments import Moves, add_members, on_membership, refresh_live, refresh_of
from customers.segments import build as build_segment
from customers.segments.build import build_changed
from customers.segments.hearing import forget

pytestmark = [pytest.mark.django_db, pytest.mark.backends]
RULE = {
    "all": [
        {"attribute": "city", "op": "eq", "value": "Wuhan"},
        {"event": "paid", "count": {"gte": 2}, "within": "7d"},
    ]
}
Heard = list[tuple[Moves, set[tuple[int, bool]]]]


@pytest.fixture
def heard() -> Iterator[Heard]:
    found: Heard = []

    def hear(cursor: Any, moves: Moves) -> None:
        cursor.execute("SELECT customer_id, comes FROM segment_moves")
        found.append((moves, set(cursor.fetchall())))

    on_membership(hear)
    yield found
    forget(hear)


def facts(now: datetime, **people: tuple[str, list[timedelta]]) -> list[int]:
    items = [
        Item(
            name,
            [("member_id", name)],
            attributes={"city": city},
            events=[EventFact("paid", now - ago) for ago in agos],
        )
        for name, (city, agos) in people.items()
    ]
    done = ingest(Batch("test", items), now=now)
    return [id for id in done.customer_ids if id is not None]


def live(now: datetime) -> Segment:
    """The segment, built from everybody, with all its sets."""
    segment = create(Actor.of_command("test"), None, code="buys", name="Buys", rule=RULE, now=now)
    keep_up_to_date(Actor.of_command("test"), segment, is_live=True, refresh_seconds=3600, now=now)
    kept = AuditEntry.objects.get(action="segment.keep")
    assert kept.changes == {"is_live": [False, True]}
    assert refresh_live(now) == 1
    assert build_changed(segment, now=now) is None
    build_sets(BitSet.objects.all(), now=now)
    # Windows are put together from days, which were not there before.
    assert build_changed(segment, now=now) is not None
    build_sets(BitSet.objects.filter(state="building"), now=now)
    segment.refresh_from_db()
    return segment


def members() -> set[int]:
    return set(SegmentMember.objects.values_list("customer_id", flat=True))


def test_it_follows_what_people_do_and_the_time(now: datetime, heard: Heard) -> None:
    Attribute.objects.create(code="city", name="City", data_type="text")
    hour, day = timedelta(hours=1), timedelta(days=1)
    a, b, c = facts(
        now, a=("Wuhan", [hour, 6 * day]), b=("Wuhan", [hour]), c=("Xi'an", [hour, hour * 2])
    )
    segment = live(now)
    assert members() == {a}
    heard.clear()
    # b buys again, c moves: whether the sets have followed already does not matter.
    soon = now + timedelta(minutes=1)
    facts(soon, b=("Wuhan", [timedelta(0)]), c=("Wuhan", []))
    built = build_changed(segment, now=soon)
    assert built is not None
    assert (built.size, built.entered, built.left, built.scope) == (3, 2, 0, SegmentScope.CHANGED)
    while follow(now=soon):
        pass
    assert refresh_live(soon + timedelta(seconds=20)) == 1
    assert members() == {a, b, c}
    # a's first purchase leaves the window, and b is erased.
    Customer.objects.filter(pk=b).update(erased_at=soon)
    later = now + day + hour
    assert build_changed(segment, now=later) is not None
    assert members() == {c}
    assert [(each.came, each.went, who) for each, who in heard] == [
        (2, 0, {(b, True), (c, True)}),
        (0, 2, {(a, False), (b, False)}),
    ]
    shown = refresh_of(segment, later)
    assert (shown.mode, shown.scope) == (SegmentMode.LIVE, SegmentScope.CHANGED)
    assert (shown.entered, shown.left, shown.full_at) == (0, 2, now)
    assert shown.next_at == later + timedelta(seconds=10)
    # The same again from everybody.
    full = build_segment(segment, now=later)
    assert (full.entered, full.left, full.scope) == (0, 0, SegmentScope.FULL)


def test_whoever_is_put_on_a_list_is_heard_of_once(now: datetime, heard: Heard) -> None:
    a, b = facts(now, a=("Wuhan", []), b=("Wuhan", []))
    segment = Segment.objects.create(code="vip", name="VIP", kind=SegmentKind.LIST)
    with connection.cursor() as cursor:
        assert add_members(cursor, segment.pk, [a], now=now) == 1
        assert add_members(cursor, segment.pk, [a, b, b], now=now) == 1
        assert add_members(cursor, segment.pk, [a, b], now=now) == 0
    assert [who for _moves, who in heard] == [{(a, True)}, {(b, True)}]
    assert members() == {a, b}
