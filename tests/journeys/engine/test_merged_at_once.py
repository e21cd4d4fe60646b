"""A merge in the very moment in which a journey writes about one of the two: two connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from django.db import connection, transaction

from config.wake import no_wakes
from customers.access import Actor
from customers.identity.merge import merge
from customers.models import Customer, CustomerTag, Merge, Segment, SegmentMember, Tag, TagChange
from journeys.engine.advance import advance
from journeys.engine.audience import enter_audiences
from journeys.models import Enrollment
from tests.journeys.flow import T0, Flow, at

pytestmark = pytest.mark.django_db(transaction=True)
TAGGING = """
nodes:
  start: {kind: trigger.event, event: joined, next: give}
  give: {kind: act.tag, tag: tier, value: gold, next: done}
  done: {kind: exit.leave}
"""
AUDIENCE = """
nodes:
  start: {kind: trigger.audience, segment: gold, next: rest}
  rest: {kind: wait.duration, duration: 1d, next: done}
  done: {kind: exit.leave}
"""


@contextmanager
def meanwhile(work: Callable[[], object], *, waits: bool = True) -> Iterator[None]:
    """Do *work* on a connection of its own while the block's transaction is open; it `waits` for
    the end of that, and is done with afterwards."""
    errors: list[BaseException] = []

    def other() -> None:
        try:
            with no_wakes():
                work()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    thread = Thread(target=other)
    with transaction.atomic(), no_wakes():
        yield
        thread.start()
        thread.join(0.5 if waits else 20)
        assert thread.is_alive() == waits, errors
    thread.join(20)
    assert not thread.is_alive()
    assert not errors, errors


def join(flow: Flow) -> None:
    """Bob turns out to be Ann."""
    ann, bob = (Customer.objects.get(pk=flow.ids[name]) for name in ("ann", "bob"))
    merge(Actor.of_system("test"), ann, bob, now=at(1))


def check(flow: Flow) -> None:
    """Everything is Ann's."""
    assert Merge.objects.get().kept_id == flow.ids["ann"]
    for model in (Enrollment, CustomerTag, TagChange):
        assert not model._default_manager.filter(customer_id=flow.ids["bob"]).exists(), model


@pytest.fixture
def tagging() -> Flow:
    flow = Flow.make()
    Tag.objects.create(code="tier", name="Tier")
    flow.people("ann", "bob")
    flow.journey(TAGGING)
    flow.happen(("bob", "joined", 0))
    return flow


@pytest.fixture
def audience() -> Flow:
    flow = Flow.make()
    segment = Segment.objects.create(code="gold", name="Gold", kind="list")
    flow.people("ann", "bob")
    SegmentMember.objects.create(segment=segment, customer_id=flow.ids["bob"], since=T0)
    flow.journey(AUDIENCE)
    return flow


def test_a_merge_waits_for_a_tag_of_a_journey(tagging: Flow) -> None:
    with meanwhile(lambda: join(tagging)):
        advance(at(0.5))
        assert CustomerTag.objects.get().customer_id == tagging.ids["bob"]
    check(tagging)
    assert CustomerTag.objects.get().customer_id == tagging.ids["ann"]


def test_a_journey_leaves_those_alone_who_are_being_merged(tagging: Flow) -> None:
    with meanwhile(lambda: advance(at(2)), waits=False):
        join(tagging)
    advance(at(2))
    check(tagging)
    assert CustomerTag.objects.get().customer_id == tagging.ids["ann"]


def test_a_merge_waits_for_an_audience_that_enters(audience: Flow) -> None:
    with meanwhile(lambda: join(audience)):
        assert enter_audiences(at(0.5)) == (1, False)
    check(audience)
    assert Enrollment.objects.get().customer_id == audience.ids["ann"]


def test_an_audience_waits_for_a_merge_and_takes_nobody_twice(audience: Flow) -> None:
    with meanwhile(lambda: enter_audiences(at(0.5))):
        join(audience)
    check(audience)
