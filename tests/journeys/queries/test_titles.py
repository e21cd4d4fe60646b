"""Events that nodes name are shown by their names, and never by their codes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from campaigns.models import Offer
from customers.models import Attribute, EventType
from journeys.graph.sketch import sketch
from journeys.graph.yaml import load_yaml
from journeys.models import Enrollment, Webhook
from journeys.queries.titles import titles_of
from journeys.queries.walk import plain, read_walk
from tests.journeys.flow import Flow, at

TEXT = """
nodes:
  joined: {kind: trigger.event, event: seat_taken, next: wait}
  wait:
    kind: wait.event
    until:
      read: {event: message_opened}
      gone: {event: seat_left}
    at_most: 24h
    timeout: late
    next: {read: done, gone: done, late: done}
  done: {kind: exit.leave, reason: over}
"""


@pytest.mark.django_db
def test_triggers_waits_and_walks_name_events_in_both_languages() -> None:
    flow = Flow.make()
    journey = flow.journey(TEXT)
    EventType.objects.filter(code="seat_taken").update(
        name="Took a seat", names={"zh-hans": "入座"}
    )
    flow.happen(("ann", "seat_taken", 0))
    flow.run(0)
    walk = Enrollment.objects.get(journey=journey)
    nodes = sketch(walk.version.graph).nodes

    def told() -> list[str]:
        titles = titles_of(nodes.values(), flow.brand.pk)
        page = read_walk(walk, at(1))
        return [plain(titles.say(nodes[key])) for key in ("joined", "wait")] + [plain(page.next)]

    with translation.override("en"):
        trigger, wait, next_ = told()
        assert trigger == "At the first Took a seat"
        assert wait == "Wait until seat left or Message opened, at most 1 day"
        assert "When Message opened happens she goes on" in next_
        assert "When seat left happens she goes on" in next_
    with translation.override("zh-hans"):
        trigger, wait, next_ = told()
        assert "入座" in trigger
        assert "打开消息" in wait
        assert "seat left" in wait
        assert "打开消息" in next_

    flow.happen(("ann", "message_opened", 2))
    flow.run(3)
    with translation.override("zh-hans"):
        page = read_walk(Enrollment.objects.get(pk=walk.pk), at(3) + timedelta(hours=1))
        words = " ".join(visit.words for _day, visits in page.days for visit in visits)
        assert "打开消息" in words
        assert "message" not in words


@pytest.mark.django_db
def test_attributes_offers_and_webhooks_are_named_too() -> None:
    flow = Flow.make()
    Attribute.objects.create(code="tea", name="Favourite tea", data_type="text")
    offer = {"brand": flow.brand, "code": "gift", "kind": "gift", "value": 0}
    Offer.objects.create(name="A cup of tea", **offer)
    Webhook.objects.create(brand=flow.brand, code="crm", name="The CRM", url="https://x.example")
    nodes = sketch(
        load_yaml("""
name: N
nodes:
  a: {kind: act.attribute, attribute: tea, value: oolong, next: o}
  o: {kind: act.offer, offer: gift, next: {issued: w, empty: w}}
  w: {kind: act.webhook, webhook: crm, next: {ok: a, failed: a}}
""")
    ).nodes
    titles = titles_of(nodes.values(), flow.brand.pk)
    assert [plain(titles.say(nodes[key])) for key in "aow"] == [
        "Set Favourite tea to oolong", "Issue a code of A cup of tea", "Call The CRM",
    ]  # fmt: skip
