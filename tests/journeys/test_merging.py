"""Merging people who walk: nobody walks or is told twice, caps count both, undoing is exact.

Real journeys, the real engine and gate. The tables are compared by tests/customers/identity.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.gate.decide import decide
from campaigns.models import Candidate, ChannelAccount, FrequencyCap, Message
from config.wake import no_wakes
from customers.identity.merge import merge, unmerge
from customers.ingest import Batch, ConsentFact, Item, ingest
from customers.models import Customer, Merge
from journeys.models import Enrollment, Step
from tests.campaigns.making import make_cap
from tests.customers.identity.test_merge import snapshot
from tests.journeys.flow import ACTOR, Flow, at

pytestmark = pytest.mark.django_db
ONCE = """
nodes:
  joined: {kind: trigger.event, event: joined, next: wait}
  wait: {kind: wait.duration, duration: 24h, next: hello}
  hello: {kind: send.message, content: note, next: done}
  done: {kind: exit.leave, reason: told}
"""
SPLIT = """
nodes:
  joined: {kind: trigger.event, event: joined, next: half}
  half:
    kind: branch.random
    weights: {control: 1, treated: 1}
    salt: s
    next: {control: done, treated: wait}
  wait: {kind: wait.duration, duration: 24h, next: hello}
  hello: {kind: send.message, content: note, next: done}
  done: {kind: exit.leave, reason: done}
"""


def reachable(flow: Flow, *names: str) -> None:
    """Phones and an account, so that a text finds its way."""
    ChannelAccount.objects.create(
        brand=flow.brand, channel="sms", name="sms", provider="recording", rate_per_second=1000
    )
    items = [Item(name, [("user_id", name), ("phone", f"+8613812340{n:03}")])
             for n, name in enumerate(names)]  # fmt: skip
    with no_wakes():
        assert not ingest(Batch("tests", items, brand_id=flow.brand.pk), now=at(0)).refused


def one(flow: Flow, kept: str, other: str, hour: float) -> Merge:
    done = merge(ACTOR, customer(flow, kept), customer(flow, other), now=at(hour))
    flow.ids[kept] = flow.ids[other] = done.kept_id
    return done


def customer(flow: Flow, name: str) -> Customer:
    return Customer.objects.get(pk=flow.ids[name])


def test_two_who_wait_at_the_same_node_are_told_once(now: object) -> None:
    flow = Flow.make()
    flow.journey(ONCE)
    flow.people("ann", "bea")
    flow.happen(("ann", "joined", 0), ("bea", "joined", 1))
    flow.run(2)
    one(flow, "ann", "bea", 3)
    assert flow.places("ann") == [("wait", "active"), ("wait", "merged")]
    flow.run(48)
    assert [node for _id, node, _at in flow.wishes()] == ["hello"]
    # She has been in it, under both names: nobody enters a second time.
    flow.happen(("ann", "joined", 50), ("bea", "joined", 51))
    flow.run(99)
    assert Enrollment.objects.count() == 2


def test_whoever_was_told_already_is_not_told_again() -> None:
    flow = Flow.make()
    flow.journey(ONCE)
    flow.people("ann", "bea")
    flow.happen(("ann", "joined", 0), ("bea", "joined", 20))
    flow.run(25)
    assert flow.places("ann") == [("done", "told")]
    one(flow, "ann", "bea", 26)
    flow.run(99)
    assert len(flow.wishes()) == 1
    assert flow.places("ann") == [("done", "told"), ("wait", "merged")]


def test_of_two_messages_that_wait_at_the_gate_one_is_left() -> None:
    flow = Flow.make()
    flow.journey(ONCE)
    flow.people("ann", "bea")
    reachable(flow, "ann", "bea")
    flow.happen(("ann", "joined", 0), ("bea", "joined", 1))
    # The step of the message is over before the gate has looked: the walks have ended, too.
    flow.run(26)
    assert len(flow.wishes()) == 2
    one(flow, "ann", "bea", 26)
    with no_wakes():
        decide(at(26))
    # The earlier walk's goes out, whichever was written first.
    assert list(Candidate.objects.order_by("enrollment_id").values_list("state", "rule")) == [
        ("allowed", "passed"), ("stopped", "merged"),
    ]  # fmt: skip
    assert Message.objects.count() == 1


def test_control_and_treated_follow_the_earlier_walk_and_undo_brings_both_back() -> None:
    flow = Flow.make()
    flow.journey(SPLIT)
    names = [f"p{n}" for n in range(12)]
    flow.people(*names)
    flow.happen(*((name, "joined", n / 100) for n, name in enumerate(names)))
    flow.run(1)
    control = [name for name in names if flow.places(name) == [("done", "done")]]
    treated = [name for name in names if flow.places(name) == [("wait", "active")]]
    assert control
    assert treated
    first, second = sorted((control[0], treated[0]), key=names.index)
    before = snapshot()
    done = one(flow, first, second, 2)
    expected = {
        # Control came first: her other self gets nothing any more.
        control[0]: [("done", "done"), ("wait", "merged")],
        # Treated came first: she goes on, and who was control is over anyway.
        treated[0]: [("wait", "active"), ("done", "done")],
    }[first]
    assert flow.places(first) == expected
    unmerge(ACTOR, done, now=at(3))
    after = snapshot()
    assert {t: rows for t, rows in after.items() if before[t] != rows} == {}
    flow.run(48)
    assert len(flow.wishes()) == len(treated)


def test_caps_count_what_both_were_told() -> None:
    flow = Flow.make()
    flow.journey(
        ONCE.replace(
            "joined: {kind: trigger.event, event: joined,",
            "joined: {kind: trigger.event, event: joined, reentry: always,",
        )
    )
    flow.people("ann", "bea")
    reachable(flow, "ann", "bea")
    make_cap(2, timedelta(days=7))
    flow.happen(("ann", "joined", 0), ("bea", "joined", 0))
    flow.run(24)
    with no_wakes():
        decide(at(24))
    assert Message.objects.count() == 2
    one(flow, "ann", "bea", 25)
    flow.happen(("bea", "joined", 26))
    flow.run(50)
    with no_wakes():
        decide(at(50))
    last = Candidate.objects.latest("pk")
    assert (last.state != "allowed", last.rule) == (True, "frequency_cap")
    assert FrequencyCap.objects.count() == 1


def test_a_walk_that_goes_on_keeps_its_timer_and_its_listener() -> None:
    flow = Flow.make()
    flow.journey("""
nodes:
  joined: {kind: trigger.event, event: joined, next: wait}
  wait:
    kind: wait.event
    until: {paid: {event: paid}}
    at_most: 48h
    timeout: late
    next: {paid: thanks, late: done}
  thanks: {kind: exit.leave, reason: paid}
  done: {kind: exit.leave, reason: late}
""")
    flow.people("ann", "bea")
    flow.happen(("bea", "joined", 0))
    flow.run(1)
    done = one(flow, "ann", "bea", 2)
    # Her event comes under the name of the older one, and is heard.
    flow.happen(("ann", "paid", 3))
    flow.run(4)
    assert flow.places("ann") == [("thanks", "paid")]
    assert set(Step.objects.values_list("customer_id", flat=True)) == {done.kept_id}


def test_consents_of_the_gate_are_the_stricter_ones() -> None:
    flow = Flow.make()
    flow.content("offer", purpose="marketing")
    flow.journey(ONCE.replace("content: note", "content: offer"))
    flow.people("ann", "bea")
    reachable(flow, "ann", "bea")
    for name, state in (("ann", "granted"), ("bea", "denied")):
        item = Item(name, [("user_id", name)], consents=[ConsentFact("sms", "marketing", state)])
        with no_wakes():
            ingest(Batch("tests", [item], brand_id=flow.brand.pk), now=at(0))
    flow.happen(("ann", "joined", 0))
    flow.run(24)
    one(flow, "ann", "bea", 24)
    with no_wakes():
        decide(at(24))
    assert list(Candidate.objects.values_list("state", "rule")) == [("stopped", "consent")]
