"""Triggers beyond an event: segments, schedules, dates, what was not done, and entry limits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django_celery_beat.models import PeriodicTask

from config.wake import no_wakes
from customers.models import Customer, Segment
from customers.segments import add_members
from customers.segments.hearing import move, open_moves
from journeys.engine.by_time import enter_by_time
from journeys.models import Enrollment, Entrant, TriggerRun
from journeys.nodes.crontab import occurrences
from tests.journeys.flow import T0, Flow, at

BODY = """
  w: {kind: wait.duration, duration: 5h, next: x}
  x: {kind: exit.leave}
"""


def journey(flow: Flow, trigger: str) -> None:
    flow.journey(f"nodes:\n  t: {{{trigger}, next: w}}{BODY}")


def entries(flow: Flow) -> list[tuple[str, float]]:
    """(who, hour) of every entry, in their order."""
    names = {id: name for name, id in flow.ids.items()}
    rows = Enrollment.objects.order_by("entered_at", "customer_id")
    return [(names[r.customer_id], (r.entered_at - T0) / timedelta(hours=1)) for r in rows]


def look(hours: float, **kwargs: Any) -> int:
    """All that the engine lets in by that hour."""
    entered = 0
    with no_wakes():
        for _round in range(100):
            n, more = enter_by_time(at(hours), **kwargs)
            entered += n
            if not more:
                return entered
    raise AssertionError("It never comes to an end.")


# Re-entry rules and limits, on the trigger that everybody knows


@pytest.mark.parametrize(
    ("rule", "hours"),
    [
        ("reentry: never", [0]),
        ("reentry: always", [0, 1, 4, 6, 8, 20]),
        ("reentry: one_at_a_time", [0, 6, 20]),
        ("reentry: after_exit", [0, 6, 20]),
        ("reentry: after_exit, again_after: 10h", [0, 20]),
        ("reentry: after_time, again_after: 3h", [0, 4, 8, 20]),
        ("reentry: after_time, again_after: 2h", [0, 4, 6, 8, 20]),
    ],
)
def test_enter_again(flow: Flow, rule: str, hours: list[float]) -> None:
    journey(flow, f"kind: trigger.event, event: come, {rule}")
    for hour in (0, 1, 4, 6, 8, 20):
        flow.run(hour)
        flow.happen(("ann", "come", hour))
        flow.run(hour)
    assert entries(flow) == [("ann", hour) for hour in hours]


def test_one_walk_at_a_time_per_key_and_parallel_walks(flow: Flow) -> None:
    journey(flow, "kind: trigger.event, event: come, key: cart, reentry: one_at_a_time")
    for hour, cart in ((0, "a"), (1, "b"), (2, "a"), (6, "a"), (6.5, "b")):
        flow.run(hour)
        flow.happen(("ann", "come", hour, {"cart": cart}))
    keys = Enrollment.objects.order_by("entered_at").values_list("entry_key", flat=True)
    assert list(keys) == ["a", "b", "a", "b"]


def test_most_in_all_exclusion_and_window(flow: Flow) -> None:
    flow.people("boss", staff="yes")
    flow.people("ann", "bea", "cat", "dot")
    rule = "{attribute: staff, op: eq, value: 'yes'}"
    journey(
        flow, f"kind: trigger.event, event: come, most: 2, exclude: {rule}, "
        "opens: '2026-03-04T18:00', closes: '2026-03-04T21:00'",
    )  # fmt: skip
    # 18:00 in Shanghai is hour 1, 21:00 hour 4.
    flow.happen(("ann", "come", 0.5))
    flow.happen(("boss", "come", 1), ("cat", "come", 2), ("bea", "come", 1.5))
    flow.happen(("dot", "come", 3), ("ann", "come", 4))
    assert entries(flow) == [("bea", 1.5), ("cat", 2)]


# Segments


def moves(segment: Segment, hours: float, *customers: int, comes: bool = True) -> None:
    with transaction.atomic(), connection.cursor() as cursor, no_wakes():
        if comes:
            add_members(cursor, segment.pk, customers, now=at(hours))
            return
        open_moves(cursor)
        cursor.execute(
            "INSERT INTO segment_moves SELECT n, false FROM unnest(%s::bigint[]) n", [[*customers]]
        )
        move(cursor, segment.pk, now=at(hours))


@pytest.mark.parametrize(("kind", "expected"), [("joined", [1, 3]), ("left", [2])])
def test_joined_or_left_a_segment(flow: Flow, kind: str, expected: list[float]) -> None:
    [ann, bea] = flow.people("ann", "bea")
    gold = Segment.objects.create(code="gold", name="Gold", kind="list")
    other = Segment.objects.create(code="other", name="Other", kind="list")
    moves(gold, 0, bea)  # before it was published
    journey(flow, f"kind: trigger.segment, segment: gold, move: {kind}, reentry: always")
    moves(other, 0.5, ann)
    moves(gold, 1, ann, bea)
    moves(gold, 2, ann, comes=False)
    moves(gold, 3, ann)
    assert entries(flow) == [("ann", hour) for hour in expected]
    walk = Enrollment.objects.order_by("entered_at")[0]
    assert walk.context["event"]["properties"] == {"segment": "gold", "move": kind}


# Schedules


def test_schedule_stands_in_the_admin_and_runs_once_per_moment(flow: Flow) -> None:
    flow.people(*(f"c{n}" for n in range(5)), city="Ulm")
    flow.people("far", city="Rom")
    rule = "{attribute: city, op: eq, value: Ulm}"
    journey(
        flow,
        f"kind: trigger.schedule, crontab: '0 18 * * *', audience: {rule}, reentry: after_exit",
    )  # every day at 18:00 in Shanghai, hour 1
    task = PeriodicTask.objects.get(name__startswith="Journey ")
    assert (str(task.crontab.timezone), task.enabled) == ("Asia/Shanghai", True)
    assert look(0.9) == 0
    assert look(1.1, limit=2) == 5
    assert look(1.2) == 0
    run = TriggerRun.objects.get()
    assert (run.due_at, run.entered, run.finished_at) == (at(1), 5, at(1.1))
    assert {hour for _who, hour in entries(flow)} == {1.1}
    flow.run(10)
    PeriodicTask.objects.update(enabled=False)
    assert look(25.5) == 0
    PeriodicTask.objects.update(enabled=True)
    assert look(49.5) == 5
    assert TriggerRun.objects.count() == 2


def test_schedule_once_with_waves_and_a_limit_per_run(flow: Flow) -> None:
    flow.people(*(f"c{n}" for n in range(9)), city="Ulm")
    journey(
        flow, "kind: trigger.schedule, at: '2026-03-04T19:00', waves: {size: 3, every: 1h}, "
        "most_per_run: 8, audience: {attribute: city, op: exists}",
    )  # fmt: skip
    assert [look(hour) for hour in (1.5, 2, 2.5, 3, 4.2, 5, 9)] == [0, 3, 0, 3, 2, 0, 0]
    assert TriggerRun.objects.get().entered == 8
    assert PeriodicTask.objects.get(name__startswith="Journey ").one_off


def test_equal_groups_are_divided_when_the_run_begins(flow: Flow) -> None:
    ids = flow.people(*(f"c{n}" for n in range(10)))
    kept = Segment.objects.create(code="kept", name="Kept", kind="list")
    moves(kept, 0, *ids[:2])
    journey(
        flow, "kind: trigger.schedule, at: '2026-03-04T19:00', waves: {groups: 3, every: 1h}, "
        "audience: {all: []}, exclude: {segment: kept}",
    )  # fmt: skip
    assert [look(hour) for hour in (2, 3)] == [3, 3]
    assert TriggerRun.objects.get().wave_size == 3
    flow.people("late", "later")  # whoever has joined meanwhile comes with the last
    assert [look(hour) for hour in (3.5, 4, 5)] == [0, 4, 0]


def test_at_a_time_of_her_own_clock(flow: Flow) -> None:
    """At 18:00 on the fifth of everybody's own clock; who has no zone goes by the brand's."""
    flow.people("tokyo", timezone="Asia/Tokyo")
    flow.people("unknown")
    flow.people("ulm", timezone="Europe/Berlin")
    flow.people("apia", timezone="Pacific/Pago_Pago")
    journey(
        flow, "kind: trigger.schedule, crontab: '0 18 5 * *', clock: customer, audience: {all: []}"
    )
    task = PeriodicTask.objects.get(name__startswith="Journey ")
    assert str(task.crontab.timezone) == "Pacific/Kiritimati"
    assert look(18.9) == 0
    assert look(19) == 4  # 04:00 in UTC, where it is 18:00 first
    left: dict[str, float] = {}
    for hour in range(19, 46):
        flow.run(hour)
        for name in flow.ids:
            if any(node == "t" for node, *_rest in flow.path(name)):
                left.setdefault(name, flow.path(name)[0][3])
    assert left == {"tokyo": 24, "unknown": 25, "ulm": 32, "apia": 44}


def test_once_at_a_time_of_her_own_clock_that_is_past_elsewhere(flow: Flow) -> None:
    flow.people("tokyo", timezone="Asia/Tokyo")
    flow.people("ulm", timezone="Europe/Berlin")
    journey(
        flow, "kind: trigger.schedule, at: '2026-03-04T17:30', clock: customer, "
        "audience: {all: []}",
    )  # fmt: skip
    assert look(0) == 2
    flow.run(0)
    flow.run(7.5)
    assert [flow.path(name)[0][3] for name in ("tokyo", "ulm")] == [0, 7.5]


def test_audience_in_waves(flow: Flow) -> None:
    ids = flow.people(*(f"c{n}" for n in range(5)))
    gold = Segment.objects.create(code="gold", name="Gold", kind="list")
    moves(gold, 0, *ids)
    journey(flow, "kind: trigger.audience, segment: gold, waves: {size: 2, every: 1h}")
    assert [look(hour) for hour in (0, 0.5, 1, 2, 3)] == [2, 0, 2, 1, 0]


def test_a_run_that_is_too_late_is_not_made_up_for(flow: Flow) -> None:
    flow.people("ann", city="Ulm")
    journey(
        flow, "kind: trigger.schedule, at: '2026-03-04T19:00', "
        "audience: {attribute: city, op: exists}",
    )  # fmt: skip
    assert look(2 + 25) == 0
    assert not TriggerRun.objects.exists()


def test_crontab_when_clocks_jump() -> None:
    berlin = ZoneInfo("Europe/Berlin")

    def hours(text: str, day: date) -> list[str]:
        start = datetime(day.year, day.month, day.day, tzinfo=berlin).astimezone(UTC)
        end = start + timedelta(hours=26)
        found = occurrences(text, berlin, start - timedelta(seconds=1), end)
        local = [moment.astimezone(berlin) for moment in found]
        return [f"{moment:%H:%M}" for moment in local if moment.date() == day]

    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    assert hours("30 2 * * *", spring) == ["03:30"]
    assert hours("30 2 * * *", autumn) == ["02:30"]
    assert hours("*/30 1-3 * * *", spring) == ["01:00", "01:30", "03:00", "03:30"]
    assert hours("0 1-4 * * *", autumn) == ["01:00", "02:00", "03:00", "04:00"]
    assert hours("0 9 * * mon", spring) == []
    assert hours("0 9 29 3 sun", spring) == ["09:00"]


# Dates


def test_date_with_an_offset_on_her_own_clock(flow: Flow) -> None:
    flow.people("ann", "bea", expires="2026-04-03")
    flow.people("old", expires="2026-03-30")
    flow.people("odd", expires="2027-01-01")
    Customer.objects.filter(pk=flow.ids["bea"]).update(timezone="Europe/Berlin")
    journey(flow, "kind: trigger.date, attribute: expires, offset: -30d, at: '18:00'")
    # 30 days before is 4 March; 18:00 is hour 1 in Shanghai and hour 8 in Berlin.
    for hour in (0, 0.5, 1, 1.5, 4, 7, 8.2, 30):
        look(hour)
    assert entries(flow) == [("ann", 1), ("bea", 8)]
    assert Enrollment.objects.first().context["event"]["properties"]["date"] == "2026-04-03"  # type: ignore[union-attr]


def test_date_that_changes_in_the_last_hour(flow: Flow) -> None:
    flow.people("ann", expires="2026-03-04")
    journey(flow, "kind: trigger.date, attribute: expires, at: '18:00'")
    look(0.5)
    assert Entrant.objects.get().due_at == at(1)
    flow.people("ann", expires="2026-03-09")
    look(1)
    assert (entries(flow), Entrant.objects.count()) == ([], 0)


def test_birthdays_every_year(flow: Flow) -> None:
    flow.people("ann", born="1990-03-04")
    flow.people("leap", born="2000-02-29")
    flow.people("new", born="2026-12-01")
    journey(
        flow, "kind: trigger.date, attribute: born, yearly: true, at: '18:00', reentry: after_exit"
    )
    for days in range(0, 3 * 366):
        if days % 30 < 2 or days % 365 in range(355, 365) or abs(days % 365 - 359) < 6:
            look(days * 24 + 1)
            flow.run(days * 24 + 1)
    seen: dict[str, list[str]] = {}
    for who, hour in entries(flow):
        seen.setdefault(who, []).append(f"{at(hour).astimezone(ZoneInfo('Asia/Shanghai')):%m-%d}")
    assert set(seen["ann"]) == {"03-04"}
    assert set(seen["leap"]) <= {"02-28", "02-29"}
    assert "02-28" in seen["leap"]


# What was not done


def test_did_one_thing_and_not_the_other(flow: Flow) -> None:
    journey(
        flow, "kind: trigger.absence, event: cart, without: paid, within: 2h, key: id, "
        "without_where: {property: total, op: gt, value: 0}, reentry: always",
    )  # fmt: skip
    flow.happen(
        ("ann", "cart", 0, {"id": "a"}), ("bea", "cart", 0, {"id": "b"}),
        ("cat", "cart", 0, {"id": "c"}), ("dot", "cart", 0, {"id": "d"}), ("eve", "cart", 0),
    )  # fmt: skip
    flow.happen(
        ("bea", "paid", 1, {"id": "b", "total": 9}), ("cat", "paid", 1, {"id": "z", "total": 9}),
        ("dot", "paid", 2, {"id": "d", "total": 1}), ("ann", "paid", 1, {"id": "a", "total": 0}),
    )  # fmt: skip
    look(1.9)
    assert entries(flow) == []
    look(2)
    assert entries(flow) == [("ann", 2), ("cat", 2)]
    flow.happen(("cat", "paid", 1.5, {"id": "c", "total": 9}), now=at(3))  # too late to matter
    assert Entrant.objects.count() == 0
    walk = Enrollment.objects.get(customer_id=flow.ids["ann"])
    assert (walk.entry_key, walk.context["event"]["name"]) == ("a", "cart")


def test_one_statement_whatever_the_number(flow: Flow) -> None:
    from journeys.engine.statements import counting

    journey(flow, "kind: trigger.absence, event: cart, without: paid, within: 2h")
    asked = []
    for n, hour in ((2, 0.0), (40, 5.0)):
        flow.happen(*((f"p{n}.{i}", "cart", hour) for i in range(n)))
        with counting() as names:
            look(hour + 2)
        asked.append([name for name in names if "event_types" not in name])
    assert asked[0] == asked[1]
    assert len(entries(flow)) == 42


def test_a_trigger_that_fails_stops_no_other(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    from journeys.nodes.trigger_schedule import TriggerSchedule

    flow.people("ann", expires="2026-03-04", city="Ulm")
    everybody = "audience: {attribute: city, op: exists}"
    flow.journey(
        f"journey: bad\nname: Bad\nnodes:\n  t: {{kind: trigger.schedule, crontab: '* * * * *', "
        f"{everybody}, next: x}}\n  x: {{kind: exit.leave}}\n"
    )
    journey(flow, "kind: trigger.date, attribute: expires, at: '18:00'")

    def fail(*_args: Any) -> Any:
        raise RuntimeError("no clock")

    monkeypatch.setattr(TriggerSchedule, "moments", fail)
    look(0.5)
    look(1)
    assert entries(flow) == [("ann", 1)]
