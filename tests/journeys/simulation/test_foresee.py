"""What is foreseen of a whole audience is what comes, as far as they do again what they did."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from campaigns.models import Candidate, ChannelAccount
from config.clock import utc_now
from config.wake import no_wakes
from customers.access import keys
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Brand, Segment, SegmentMember
from journeys.engine.audience import enter_audiences
from journeys.models import Enrollment, Journey, NodeCount
from journeys.replay.clock import Clock
from journeys.simulation import crowd
from journeys.simulation.foresee import Foreseen, foresee
from tests.journeys.flow import ACTOR, T0, Flow
from tests.journeys.people import client_of

TEXT = """
goal: {event: paid, within: 3d}
nodes:
  came: {kind: trigger.event, event: come, reentry: always, next: half}
  all: {kind: trigger.audience, segment: members, next: half}
  half:
    kind: branch.random
    weights: {a: 1, b: 1}
    next: {a: hello, b: wait}
  hello: {kind: send.message, content: note, next: wait}
  wait: {kind: wait.event, until: {seen: {event: seen}}, at_most: 2d, timeout: late,
         next: {seen: x, late: again}}
  again: {kind: send.message, content: note, next: x}
  x: {kind: exit.leave, reason: over}
"""
DAYS = 3
HOURS = DAYS * 24
SPAN = timedelta(days=DAYS)
PEOPLE = 24


@pytest.fixture
def journey(flow: Flow) -> Journey:
    """Days in which some came, saw and paid; all of them are members, half can be reached."""
    ChannelAccount.objects.create(
        brand=flow.brand, channel="sms", name="sms", provider="recording", is_default=True
    )
    names = [f"p{n}" for n in range(PEOPLE)]
    flow.people(*names, city="Ulm")
    segment = Segment.objects.create(code="members", name="Members", kind="list", built_at=T0)
    for n, name in enumerate(names):
        SegmentMember.objects.create(segment=segment, customer_id=flow.ids[name], since=T0)
        if n % 2:
            item = Item(
                name, customer_id=flow.ids[name], identities=[("phone", f"138000001{n:02}")]
            )
            with no_wakes():
                ingest(Batch("tests", [item], flow.brand.pk), now=T0)
    tell(flow, T0 - SPAN, T0)
    return flow.journey(TEXT)


def tell(flow: Flow, start: datetime, now: datetime) -> None:
    """The same days, whenever they are: on whole hours, as the foresight looks by the hour."""
    items = []
    for n in range(PEOPLE):
        for name, hour in (("come", 5 * n + 2), ("seen", 7 * n + 1), ("paid", 6 * n + 3)):
            if (n + len(name)) % 3 and hour < HOURS:
                fact = EventFact(name, start + timedelta(hours=hour), {})
                items.append(Item(f"{n}{name}", customer_id=flow.ids[f"p{n}"], events=[fact]))
    items.sort(key=lambda item: item.events[0].occurred_at or T0)
    with no_wakes():
        assert not ingest(Batch("tests", items, flow.brand.pk), now=now).refused


def happens(flow: Flow, journey: Journey) -> tuple[Counter[str], Counter[str]]:
    """The days come again, and everything is done for good (as far as the test lets it)."""
    clock = Clock(T0, timedelta(0))
    with no_wakes():
        enter_audiences(T0)
        for hour in range(HOURS + 1):
            moment = T0 + timedelta(hours=hour)
            clock.run_until(moment)
            clock.now = moment
            for n in range(PEOPLE):
                for name, at in (("come", 5 * n + 2), ("seen", 7 * n + 1), ("paid", 6 * n + 3)):
                    if (n + len(name)) % 3 and at == hour < HOURS:
                        item = Item(name, customer_id=flow.ids[f"p{n}"],
                                    events=[EventFact(name, moment, {})])  # fmt: skip
                        ingest(Batch("tests", [item], flow.brand.pk), now=moment)
            clock.run_until(moment)
    arrivals: Counter[str] = Counter()
    for node, n in NodeCount.objects.filter(outcome="").exclude(node="").values_list("node", "n"):
        arrivals[node] += n
    return arrivals, Counter(Candidate.objects.values_list("state", flat=True))


def totals(found: Foreseen) -> tuple[Counter[str], Counter[str]]:
    arrivals = Counter({node: sum(days.values()) for node, days in found.arrivals.items()})
    gate = Counter(
        {
            "allowed": sum(sum(days.values()) for days in found.messages.values()),
            "stopped": sum(found.stopped.values()),
        }
    )
    return arrivals, gate


def test_it_comes_as_foreseen(flow: Flow, journey: Journey) -> None:
    found = foresee(ACTOR, journey, journey.draft, T0, days=DAYS)
    assert (found.people, found.share, found.cut) == (PEOPLE, 1, "")
    assert not Enrollment.objects.exists()
    assert not NodeCount.objects.exists()
    with transaction.atomic():
        assert totals(found) == happens(flow, journey)
        transaction.set_rollback(True)
    assert len(found.days) == DAYS + 1
    assert set(found.messages) == {"sms"}
    assert {rule for _channel, rule in found.stopped} == {"reachability"}
    assert found.entered > PEOPLE


def test_a_sample_says_so(flow: Flow, journey: Journey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "MOST_PEOPLE", 8)
    found = foresee(ACTOR, journey, journey.draft, T0, days=1)
    assert (found.people, found.share) == (PEOPLE, 3)
    assert 0 < sum(found.arrivals["all"].values()) < 2 * PEOPLE
    assert sum(found.arrivals["all"].values()) % 3 == 0


def test_bounded_and_unknown(flow: Flow, journey: Journey) -> None:
    assert foresee(ACTOR, journey, journey.draft, T0, seconds=0).cut
    other = flow.journey(
        "journey: other\nname: Other\nnodes:\n  in: {kind: trigger.journey, next: x}\n"
        "  x: {kind: exit.leave, reason: over}\n"
    )
    found = foresee(ACTOR, other, other.draft, T0)
    assert (found.unknown, found.people, found.entered) == (["in"], 0, 0)


def test_by_page_and_by_rest(flow: Flow, journey: Journey) -> None:
    now = utc_now()
    tell(flow, now - SPAN, now)
    client = client_of("vera", "viewer", flow.brand)
    page = client.get(f"/journeys/{journey.pk}/foresight/?days=14")
    assert f"/journeys/{journey.pk}/foresight/tell/?days=14" in page.content.decode()
    told = client.post(f"/journeys/{journey.pk}/foresight/tell/?days=3").content.decode()
    assert "People who come to each step" in told
    assert "Reachability" in told
    key = keys.create(ACTOR, flow.brand, name="see", scopes=("see",), now=now)[1]
    rest = Client(headers={"Authorization": f"Bearer {key}"})
    url = "/api/v1/journeys/flow/foresee"
    answer = rest.post(url, '{"days": 1}', content_type="application/json").json()
    assert (answer["people"], answer["share"]) == (PEOPLE, 1)
    assert {step["node"] for step in answer["steps"]} >= {"came", "all", "hello"}
    assert answer["stopped"][0]["rule"] == "reachability"
    for days in ("0", "31", '"x"', "true"):
        body = f'{{"days": {days}}}'
        assert rest.post(url, body, content_type="application/json").status_code == 400
    Journey.objects.update(draft={"name": "x", "nodes": {}})
    assert rest.post(url, "{}", content_type="application/json").status_code == 422
    broken = client.post(f"/journeys/{journey.pk}/foresight/tell/?view=draft").content.decode()
    assert 'role="alert"' in broken
    other = Brand.objects.create(code="other", name="Other", timezone="UTC")
    stranger = client_of("max", "admin", other)
    assert stranger.get(f"/journeys/{journey.pk}/foresight/").status_code == 404
    assert stranger.post(f"/journeys/{journey.pk}/foresight/tell/").status_code == 404
