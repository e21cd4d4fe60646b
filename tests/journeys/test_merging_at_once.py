"""A merge and the engine at the same moment: they take turns, and never in a circle."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from django.db import connection, transaction

from config.wake import no_wakes
from customers.identity.merge import merge
from customers.ingest import Batch, Item, ingest
from customers.models import Customer, Segment, SegmentMember
from journeys.engine.audience import enter_audiences
from journeys.engine.statements import fetch
from journeys.models import Enrollment, Timer
from tests.journeys.flow import ACTOR, Flow, at

pytestmark = pytest.mark.django_db(transaction=True)
AUDIENCE = """
nodes:
  all: {kind: trigger.audience, segment: everybody, next: wait}
  wait: {kind: wait.duration, duration: 24h, next: done}
  done: {kind: exit.leave, reason: done}
"""


def beside(work: Callable[[], object]) -> Future[object]:
    """Do *work* in another thread with a connection of its own."""
    done: Future[object] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)
        finally:
            connection.close()

    threading.Thread(target=run, daemon=True).start()
    return done


def waiting_for_us() -> int:
    """How many backends stand before a lock of this very connection, now.

    pg_stat_activity won't do: within a transaction it keeps showing who was there at its first
    look, so a thread that connects later would never be seen. pg_locks is always read anew.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT pid) FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        return int(cursor.fetchone()[0])


def until_it_waits(done: Future[object]) -> None:
    """Until the other connection stands before a lock of ours."""
    for _turn in range(3_000):
        if waiting_for_us() or done.done():
            break
        threading.Event().wait(0.01)
    assert not done.done(), done.result()
    assert waiting_for_us() == 1


def patient(milliseconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {milliseconds}")


def both_named(flow: Flow) -> object:
    item = Item("both", [("user_id", "ann"), ("user_id", "bea")])
    with no_wakes():
        return ingest(Batch("tests", [item], brand_id=flow.brand.pk), now=at(1))


def test_the_door_waits_for_the_engine_without_holding_anybody() -> None:
    flow = Flow.make()
    ann, bea = flow.people("ann", "bea")
    with transaction.atomic():
        # The engine at work: it owns the buckets and then asks for the customers.
        patient(600)
        assert len(fetch("lease_buckets", {"buckets": sorted({ann % 256, bea % 256})})) == 2
        done = beside(lambda: both_named(flow))
        until_it_waits(done)
        fetch("lock_customers", {"ids": [ann, bea]})
        assert Customer.objects.filter(merged_into__isnull=False).count() == 0
    done.result(timeout=20)
    assert Customer.objects.get(merged_into__isnull=False).pk == bea


def test_by_hand_too() -> None:
    flow = Flow.make()
    ann, bea = flow.people("ann", "bea")
    one, two = Customer.objects.get(pk=ann), Customer.objects.get(pk=bea)
    with transaction.atomic():
        patient(600)
        fetch("lease_buckets", {"buckets": [bea % 256]})
        done = beside(lambda: merge(ACTOR, one, two, now=at(1)))
        until_it_waits(done)
        fetch("lock_customers", {"ids": [ann, bea]})
    done.result(timeout=20)
    assert Customer.objects.get(pk=bea).merged_into_id == ann


def an_audience() -> tuple[Flow, int, int]:
    flow = Flow.make()
    ann, bea = flow.people("ann", "bea")
    segment = Segment.objects.create(code="everybody", name="Everybody", kind="list",
                                     built_at=at(0))  # fmt: skip
    for id in (ann, bea):
        SegmentMember.objects.create(segment=segment, customer_id=id, since=at(0))
    flow.journey(AUDIENCE)
    return flow, ann, bea


def test_an_audience_waits_for_a_merge_and_lets_one_in() -> None:
    _flow, ann, bea = an_audience()
    with transaction.atomic():
        merge(ACTOR, Customer.objects.get(pk=ann), Customer.objects.get(pk=bea), now=at(1))
        done = beside(lambda: enter_audiences(at(1)))
        until_it_waits(done)
    assert done.result(timeout=20) == (1, False)
    assert [walk.customer_id for walk in Enrollment.objects.all()] == [ann]
    assert [timer.bucket for timer in Timer.objects.all()] == [ann % 256]


def test_a_merge_waits_for_an_audience_and_ends_the_second_walk() -> None:
    _flow, ann, bea = an_audience()
    one, two = Customer.objects.get(pk=ann), Customer.objects.get(pk=bea)
    with transaction.atomic():
        enter_audiences(at(1))
        done = beside(lambda: merge(ACTOR, one, two, now=at(1)))
        until_it_waits(done)
    done.result(timeout=20)
    walks = Enrollment.objects.order_by("pk").values_list("customer_id", "state", "exit_reason")
    assert list(walks) == [(ann, "active", ""), (ann, "finished", "merged")]
    assert [timer.bucket for timer in Timer.objects.all()] == [ann % 256]
