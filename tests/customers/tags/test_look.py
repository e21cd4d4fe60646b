"""What is due is refreshed, in order and once; runs are stopped, closed and logged."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from customers.access import Actor
from customers.actions import tags as actions
from customers.ingest import Batch, EventFact, Item, TagFact, ingest
from customers.models import (
    CustomerTag,
    RunState,
    Staleness,
    Tag,
    TagChange,
    TagDirty,
    TagMeasure,
    TagRun,
)
from customers.tags import look, refresh
from customers.tags.clock import next_refresh
from customers.tags.count import count
from customers.tags.expire import expire, forget
from customers.tags.flags import flag

ACTOR = Actor.of_system("test")
COUNT = {"schema": 1, "fact": {"of": "count", "event": "order_paid"}}


def happen(now: datetime, *people: str, name: str = "order_paid") -> None:
    items = [Item(each, [("member_id", each)], events=[EventFact(name, now)]) for each in people]
    assert not ingest(Batch("test", items), now=now).refused


def values(tag: Tag) -> list[str]:
    return sorted(CustomerTag.objects.filter(tag=tag).values_list("value", flat=True))


def make(now: datetime, code: str = "orders", **fields: Any) -> Tag:
    return actions.create(
        ACTOR, None, code=code, name="Orders", definition=fields.pop("definition", COUNT),
        now=now, **fields,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("every", "zone", "after", "wanted"),
    [
        ("hour", "Asia/Kolkata", "2026-03-04T09:10", "2026-03-04T09:30"),
        ("day", "Asia/Shanghai", "2026-03-04T09:30", "2026-03-04T18:30"),
        ("day", "Asia/Shanghai", "2026-03-04T18:30", "2026-03-05T18:30"),
        ("week", "Asia/Shanghai", "2026-03-04T09:30", "2026-03-08T18:30"),
        ("week", "UTC", "2026-03-02T02:00", "2026-03-02T02:30"),
        # New York leaves out 2:30 on the 8th: it moves forward.
        ("day", "America/New_York", "2026-03-07T12:00", "2026-03-08T07:30"),
        ("day", "America/New_York", "2026-03-08T12:00", "2026-03-09T06:30"),
        ("hand", "UTC", "2026-03-02T02:00", None),
    ],
)
def test_the_next_time_is_on_the_clock_of_the_brand(
    every: str, zone: str, after: str, wanted: str | None
) -> None:
    found = next_refresh(
        every, time(2, 30), zone, datetime.fromisoformat(after).replace(tzinfo=UTC)
    )
    assert found == (datetime.fromisoformat(wanted).replace(tzinfo=UTC) if wanted else None)


@pytest.mark.django_db
def test_a_new_tag_is_refreshed_at_the_next_look_and_then_on_schedule(now: datetime) -> None:
    happen(now, "a", "b")
    tag = make(now, refresh_every="day")
    assert look.refresh_due(now) == 1
    assert values(tag) == ["1", "1"]
    tag.refresh_from_db()
    assert (tag.refreshed_at, tag.next_refresh_at) == (
        now,
        now.replace(hour=3, minute=0) + timedelta(1),
    )
    assert look.refresh_due(now + timedelta(hours=5)) == 0
    happen(now + timedelta(hours=1), "a")
    assert look.refresh_due(now + timedelta(days=1)) == 1
    assert values(tag) == ["1", "2"]
    runs = list(TagRun.objects.filter(tag=tag).order_by("pk"))
    assert [(run.state, run.came, run.went, run.customers) for run in runs] == [
        ("done", 2, 0, 2), ("done", 1, 1, 2),
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_tag_comes_after_those_that_its_rules_name(now: datetime) -> None:
    happen(now, "a")
    make(now, "zz_orders")
    rules = {"of": "rules", "values": [
        {"code": "buyer", "name": "Buyer", "rule": {"tag": "zz_orders", "op": "gte", "value": 1}}
    ]}  # fmt: skip
    tag = make(now, "aa_buyers", definition={"schema": 1, "model": rules})
    assert look.refresh_due(now) == 2
    assert values(tag) == ["buyer"]


@pytest.mark.django_db
def test_only_events_that_a_tag_reads_are_noted(now: datetime) -> None:
    happen(now, "a")
    tag = make(now, follows_events=True)
    make(now, "not_following")
    look.refresh_due(now)
    happen(now, "a", name="app_opened")
    assert not TagDirty.objects.exists()
    happen(now, "a", "b", "a")
    assert sorted(TagDirty.objects.values_list("tag_id", flat=True)) == [tag.pk] * 2
    assert look.follow(now) == 1
    assert values(tag) == ["1", "3"]
    assert not TagDirty.objects.exists()
    run = TagRun.objects.filter(tag=tag)[0]
    assert (run.scope, run.customers, run.came, run.went) == ("changed", 2, 2, 1)


@pytest.mark.django_db
def test_a_tag_that_fails_holds_no_other_up(now: datetime) -> None:
    happen(now, "a")
    bad, good = make(now, "bad"), make(now, "good")
    Tag.objects.filter(pk=bad.pk).update(definition={"schema": 1, "fact": {"of": "luck"}})
    assert look.refresh_due(now) == 1
    assert values(good) == ["1"]
    run = TagRun.objects.get(tag=bad)
    assert run.state == RunState.FAILED
    assert "definition.fact.of" in run.error


@pytest.mark.django_db
def test_a_run_whose_worker_went_away_is_closed(now: datetime) -> None:
    tag = make(now)
    old = TagRun.objects.create(tag=tag, started_at=now - timedelta(hours=1))
    fresh = TagRun.objects.create(tag=tag, started_at=now - timedelta(minutes=1))
    assert look.rescue(now) == 1
    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.state, fresh.state) == (RunState.FAILED, RunState.RUNNING)


@pytest.mark.django_db
def test_values_end(now: datetime) -> None:
    given = actions.create(ACTOR, None, code="vip", name="VIP", valid_days=3, now=now)
    computed = make(now, refresh_every="day", valid_days=2)
    items = [Item("a", [("member_id", "a")], tags=[TagFact("vip", "yes")])]
    ingest(Batch("test", items), now=now)
    happen(now, "a")
    refresh.refresh(computed.pk, now)
    assert expire(now + timedelta(days=2, seconds=-1)) == 0
    assert expire(now + timedelta(days=2)) == 1
    assert (values(computed), values(given)) == ([], ["yes"])
    assert expire(now + timedelta(days=3)) == 1
    gone = TagChange.objects.filter(added=False).order_by("tag_id")
    assert [(each.tag_id, each.at) for each in gone] == [
        (given.pk, now + timedelta(days=3)), (computed.pk, now + timedelta(days=2)),
    ]  # fmt: skip
    refresh.refresh(computed.pk, now + timedelta(days=4))
    assert values(computed) == ["1"]


@pytest.mark.django_db
def test_changes_of_counted_days_are_forgotten_and_others_kept(now: datetime) -> None:
    happen(now, "a")
    days = {"schema": 1, "fact": {"of": "days_since", "event": "order_paid"}}
    tags = [make(now, "orders"), make(now, "days", definition=days)]
    for tag in tags:
        refresh.refresh(tag.pk, now)
    assert forget(now + timedelta(days=8)) == 1
    assert TagChange.objects.get().tag_id == tags[0].pk


@pytest.mark.django_db(transaction=True)
def test_a_refresh_can_be_stopped_and_two_never_run_at_once(now: datetime) -> None:
    """The refresh waits for a lock of ours, so that it surely runs when it is stopped."""
    happen(now, "a")
    tag = make(now)
    found: list[refresh.Refreshed] = []

    def work() -> None:
        try:
            found.append(refresh.refresh(tag.pk, now))
        finally:
            connections.close_all()

    blocker = connections.create_connection("default")
    try:
        blocker.set_autocommit(False)
        blocker.cursor().execute("LOCK customers_customertag IN SHARE MODE")
        other = threading.Thread(target=work)
        other.start()
        # Holding the tag, and inside the statement that is to be cancelled.
        _until(lambda: tag.pk in look._holders() and _waits_for_the_table())
        with pytest.raises(refresh.Busy):
            refresh.refresh(tag.pk, now)
        assert actions.stop(ACTOR, tag, now=now)
        other.join(20)
    finally:
        blocker.rollback()
        blocker.close()
    [done] = found
    assert "stopped" in done.problem
    assert values(tag) == []
    run = TagRun.objects.get(tag=tag)
    assert (run.state, run.stop_asked_at) == (RunState.STOPPED, now)
    assert not actions.stop(ACTOR, tag, now=now)
    assert refresh.refresh(tag.pk, now).came == 1


def _waits_for_the_table() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted"
            " AND relation = 'customers_customertag'::regclass)"
        )
        return bool(cursor.fetchone()[0])


def _until(holds: Any) -> None:
    for _ in range(200):
        if holds():
            return
        threading.Event().wait(0.02)
    raise AssertionError("it did not happen within four seconds")


@pytest.mark.django_db
def test_a_tag_that_was_late_is_not_called_so_once_it_is_refreshed(now: datetime) -> None:
    happen(now, "m1")
    tag = make(now)
    refresh.refresh(tag.pk, now)
    later = now + timedelta(days=30)
    count(now=later)
    flag(now=later)
    assert TagMeasure.objects.get(tag=tag).stale == Staleness.LATE
    refresh.refresh(tag.pk, later)
    assert TagMeasure.objects.get(tag=tag).stale == ""
