"""The compiler of stretches: what it takes on and what it leaves to the interpreter. That both walk
alike is shown by test_oracle."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from campaigns.models import Candidate
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Attribute, CustomerTag, Segment, SegmentMember, Tag
from journeys.engine import audience
from journeys.engine.advance import advance
from journeys.engine.audience import enter_audiences
from journeys.engine.compiled import keeping_programs, move
from journeys.engine.compiled.program import compile_version
from journeys.engine.history import drop_before
from journeys.engine.statements import counting
from journeys.models import AudienceEntry, Enrollment, Listener, NodeCount, Step, Stretch, Timer
from journeys.queries.storage import table_sizes
from tests.journeys.flow import T0, Flow, at

PLAIN = """
nodes:
  start: {kind: trigger.event, event: opened, reentry: always, next: gold}
  gold:
    kind: branch.rules
    rules: [{outcome: yes, when: {attribute: level, op: eq, value: gold}}]
    otherwise: no
    next: {yes: note, no: mark}
  note: {kind: send.message, content: note, next: pause}
  mark: {kind: act.tag, tag: touched, next: pause}
  pause: {kind: wait.duration, duration: 1d, next: done}
  done: {kind: exit.leave}
"""


@pytest.fixture
def world(flow: Flow) -> Flow:
    Tag.objects.create(code="touched", name="touched")
    Attribute.objects.create(code="level", name="Level")
    flow.people("ann", "bea", level="gold")
    flow.people("cat", "dora", level="basic")
    return flow


def test_plain_stretch_is_one_statement(world: Flow) -> None:
    world.journey(PLAIN)
    world.happen(*((who, "opened", 0) for who in ("ann", "bea", "cat", "dora")))
    with counting() as names:
        world.run(0)
    assert "move_compiled" in names
    assert not {"claim_timers", "lock_enrollments", "matching", "move_enrollments"} & {*names}
    assert world.path("ann") == [
        ("start", "next", 0, 0), ("gold", "yes", 0, 0), ("note", "next", 0, 0),
    ]  # fmt: skip
    assert Candidate.objects.count() == 2
    assert set(CustomerTag.objects.values_list("customer_id", flat=True)) == {
        world.ids["cat"], world.ids["dora"],
    }  # fmt: skip
    world.run(24)
    assert world.places("ann", "cat") == [("done", "done")] * 2
    assert Stretch.objects.count() == 8  # two each
    assert Step.objects.count() == 4 * 5


def test_a_wait_for_an_event_goes_on_in_the_interpreter(world: Flow) -> None:
    world.journey("""
nodes:
  start: {kind: trigger.event, event: opened, next: note}
  note: {kind: send.message, content: note, next: wait}
  wait:
    kind: wait.event
    until: {paid: {event: paid}}
    at_most: 10h
    next: {paid: done, timeout: done}
  done: {kind: exit.leave}
""")
    world.happen(("ann", "opened", 0), ("bea", "opened", 0))
    with counting() as names:
        world.run(0)
    assert {"move_compiled", "lock_enrollments", "lock_customers"} <= {*names}
    assert Listener.objects.count() == 2
    assert Candidate.objects.count() == 2
    world.happen(("ann", "paid", 3))
    world.run(10)
    assert world.path("ann")[2:] == [("wait", "paid", 0, 3), ("done", "done", 3, 3)]
    assert world.path("bea")[2:] == [("wait", "timeout", 0, 10), ("done", "done", 10, 10)]


def test_branches_that_meet_again_do_not_make_the_statement_explode(world: Flow) -> None:
    """Nine splits in a row have 19,683 ways through them."""
    splits = "".join(
        f"  n{i}: {{kind: branch.random, weights: {{a: 1, b: 1, c: 1}},"
        f" next: {{a: n{i + 1}, b: n{i + 1}, c: n{i + 1}}}}}\n"
        for i in range(9)
    )
    world.journey(f"""
nodes:
  start: {{kind: trigger.event, event: opened, next: n0}}
{splits}  n9: {{kind: exit.leave}}
""")
    people = [f"p{n}" for n in range(20)]
    world.happen(*((who, "opened", 0) for who in people))
    with counting() as names:
        world.run(0)
    assert "move_compiled" in names
    assert all(len(world.path(who)) == 11 for who in people)


def test_a_lost_content_sets_aside_whom_it_concerns(world: Flow) -> None:
    world.journey(PLAIN)
    world.happen(("ann", "opened", 0), ("cat", "opened", 0))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_content SET code = 'other'")
    done = world.run(0)
    assert (done.set_aside, done.moved) == (1, 2)
    assert world.places("ann", "cat") == [("note", "set_aside"), ("pause", "active")]


def test_small_journeys_do_not_wait_for_a_giant(world: Flow) -> None:
    text = PLAIN.replace("reentry: always, next: gold", "reentry: always, next: done")
    world.journey("journey: giant\nname: Giant\n" + text)
    world.journey("journey: small\nname: Small\n" + text.replace("event: opened", "event: asked"))
    world.happen(*(("ann", "opened", n / 100) for n in range(300)), ("bea", "asked", 5))
    done = advance(at(6), limit=100)
    assert done.more
    assert 90 <= done.finished <= 101
    assert Enrollment.objects.get(journey__code="small").state == "finished"


def test_audience_walks_to_its_wait_as_it_enters(world: Flow, monkeypatch: Any) -> None:
    """Four slices, batches of two; killed between them it would go on where it stands."""
    monkeypatch.setattr(audience, "SLICED_FROM", 4)
    monkeypatch.setattr(audience, "SLICES", 4)
    ids = world.people(*(f"m{n}" for n in range(11)), level="gold")
    segment = Segment.objects.create(code="all", name="All", kind="list", size=13, built_at=T0)
    ids += [world.ids["ann"], world.ids["cat"]]
    SegmentMember.objects.bulk_create(
        SegmentMember(segment=segment, customer_id=id, since=T0) for id in ids
    )
    world.journey(PLAIN.replace("event, event: opened, reentry: always", "audience, segment: all"))
    with counting() as names:
        while enter_audiences(T0, limit=2)[1]:
            pass
    assert "enter_compiled" in names
    assert "enter_audience" not in names
    assert AudienceEntry.objects.filter(finished_at=None).count() == 0
    assert sorted(Enrollment.objects.values_list("customer_id", flat=True)) == sorted(ids)
    assert set(Enrollment.objects.values_list("node", "visit")) == {("pause", 4)}
    assert Timer.objects.filter(due_at=T0 + timedelta(days=1), kind=1).count() == 13
    assert Candidate.objects.count() == 12
    entered = NodeCount.objects.filter(node="start", outcome="")
    assert sum(row.n for row in entered) == 13
    # Once more: everybody is in.
    assert enter_audiences(T0) == (0, False)


def test_event_moves_its_customer_in_the_ingesting_transaction(
    world: Flow, monkeypatch: Any
) -> None:
    woken: list[str] = []
    monkeypatch.setattr("config.wake._send", lambda name, args, expires: woken.append(name))
    world.journey(PLAIN)
    item = Item("0", customer_id=world.ids["ann"], events=[EventFact("opened", T0)])
    assert not ingest(Batch("tests", [item], brand_id=world.brand.pk), now=T0).refused
    assert Candidate.objects.get().customer_id == world.ids["ann"]
    assert world.places("ann") == [("pause", "active")]
    assert Timer.objects.get().due_at == T0 + timedelta(days=1)


def test_facts_come_in_whatever_a_journey_does(world: Flow, monkeypatch: Any) -> None:
    monkeypatch.setattr("config.wake._send", lambda name, args, expires: None)

    def fail(*args: Any, **kwargs: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr("journeys.engine.at_once.move_timers", fail)
    world.journey(PLAIN)
    item = Item("0", customer_id=world.ids["ann"], events=[EventFact("opened", T0)])
    assert not ingest(Batch("tests", [item], brand_id=world.brand.pk), now=T0).refused
    assert not Candidate.objects.exists()
    world.run(0)
    assert Candidate.objects.count() == 1


def test_old_history_is_dropped_by_month(world: Flow) -> None:
    world.journey(PLAIN)
    world.happen(("ann", "opened", 0))
    world.run(24)
    assert Step.objects.count() == 5
    assert drop_before(T0) == 0
    [size] = [size for size in table_sizes() if size.table == "journeys_stretch"]
    assert size.bytes > 0
    assert drop_before(T0 + timedelta(days=60)) == 1
    assert Step.objects.count() == 0
    assert NodeCount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_look_compiles_a_version_once_and_keeps_nothing_that_was_undone(
    world: Flow, monkeypatch: Any
) -> None:
    world.journey(PLAIN)
    world.happen(*((who, "opened", 0) for who in ("ann", "bea", "cat")))
    compiled: list[int] = []

    def counted(graph: Any, run: Any) -> Any:
        compiled.append(run.journey.id)
        return compile_version(graph, run)

    monkeypatch.setattr(move, "compile_version", counted)
    with keeping_programs():
        with suppress(RuntimeError), transaction.atomic():
            assert advance(T0, limit=1).moved == 1
            raise RuntimeError  # what this transaction has made is not there for the next one
        for _batch in range(3):
            assert advance(T0, limit=1).moved == 1
    assert len(compiled) == 2
    assert world.places("ann", "bea", "cat") == [("pause", "active")] * 3
    world.run(24)  # another moment, and no look that keeps anything
    assert len(compiled) > 2
