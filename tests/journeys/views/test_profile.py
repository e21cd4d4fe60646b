"""What journeys and campaigns add to the page of a customer."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Candidate, FrequencyCap, Message
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Brand
from tests.journeys.flow import Flow, at
from tests.journeys.people import client_of

TEXT = """
goal: {event: paid, within: 7d, stay: true}
nodes:
  received: {kind: trigger.event, event: received, reentry: always, next: hello}
  hello: {kind: send.message, content: note, next: wait}
  wait:
    kind: wait.event
    until: {viewed: {event: viewed}}
    at_most: 24h
    timeout: missed
    next: {viewed: seen, missed: done}
  seen: {kind: exit.leave, reason: viewed}
  done: {kind: exit.leave, reason: reminded}
"""


@pytest.fixture
def flow(db: None) -> Flow:
    """Ann viewed and paid, and waits again; Bob's time is up."""
    flow = Flow.make()
    flow.journey(TEXT)
    flow.happen(("ann", "received", 0), ("bob", "received", 0))
    flow.run(0)
    flow.happen(("ann", "viewed", 3), ("ann", "paid", 4))
    flow.run(25)
    flow.happen(("ann", "received", 30))
    flow.run(30)
    return flow


def page(client: Client, flow: Flow, name: str, **given: Any) -> str:
    url = reverse("customers:detail", args=[flow.ids[name]])
    answer = client.get(url, given, headers={"HX-Request": "true"} if given else {})
    assert answer.status_code == 200
    return answer.content.decode()


def titles(html: str) -> list[str]:
    found = re.findall(r'<div class="at">.*?<div><(?:a[^>]*|b)>(.*?)</', html, re.DOTALL)
    return [title.replace("“", "").replace("”", "") for title in found]


def let_pass(flow: Flow, moment: datetime, **more: Any) -> Message:
    """Ann's first wish goes out."""
    wish = Candidate.objects.filter(customer=flow.ids["ann"]).order_by("pk")[0]
    Candidate.objects.filter(pk=wish.pk).update(state="allowed", decided_at=moment)
    return Message.objects.create(
        candidate=wish, brand=flow.brand, customer_id=wish.customer_id, node=wish.node,
        journey_id=wish.journey_id, channel=wish.channel, purpose="marketing", state="delivered",
        accepted_at=moment, handed_over_at=moment, **more,
    )  # fmt: skip


def test_the_card_says_where_she_is_and_how_others_ended(flow: Flow) -> None:
    html = page(client_of("vera", "viewer", flow.brand), flow, "ann")
    card = html.partition("<h2>Journeys</h2>")[2].partition("</section>")[0]
    assert "1 now" in card
    assert "Wait until <em>viewed</em>, at most <em>" in card
    assert "at the latest" in card or "next look" in card
    assert "<em>Viewed</em>" in card
    assert "1 finished, 1 with the goal reached" in card
    walks = flow.brand.journeys.get().enrollments.filter(customer=flow.ids["ann"])
    for walk in walks:
        assert reverse("journeys:enrollment", args=[walk.pk]) in card


def test_the_timeline_tells_all_floors_in_order_of_time(flow: Flow) -> None:
    viewer = client_of("vera", "viewer", flow.brand)
    assert titles(page(viewer, flow, "ann", kind="journeys")) == [
        "Waits in Flow",
        "Entered Flow",
        "Goal reached in Flow",
        "Left Flow",
        "Waited in Flow",
        "Entered Flow",
    ]
    assert titles(page(viewer, flow, "ann", kind="events")) == [
        "Received", "Paid", "Viewed", "Received",
    ]  # fmt: skip
    everything = titles(page(viewer, flow, "ann"))
    assert everything.index("Paid") < everything.index("Viewed")
    assert len(everything) == 6 + 4 + 2 + 1  # walks, events, messages, identity


def test_messages_say_what_became_of_them(flow: Flow) -> None:
    moment = at(1)
    let_pass(
        flow, moment, delivered_at=moment + timedelta(seconds=2), opened_at=moment
        + timedelta(minutes=31),
    )  # fmt: skip
    wish = Candidate.objects.filter(customer=flow.ids["bob"]).order_by("pk")[0]
    Candidate.objects.filter(pk=wish.pk).update(
        state="stopped", rule="consent", decided_at=moment, detail={}
    )
    viewer = client_of("vera", "viewer", flow.brand)
    html = page(viewer, flow, "ann", kind="messages")
    assert titles(html) == ["SMS waits: note", "SMS: note"]
    assert "Delivered in <em>2 seconds</em>, opened <em>" in html
    stopped = page(viewer, flow, "bob", kind="messages")
    assert titles(stopped) == ["SMS not sent: note"]
    assert "never said yes" in stopped
    assert reverse("campaigns:message", args=[wish.pk]) in stopped


def test_facts_about_messages_are_told_once(flow: Flow) -> None:
    item = Item("1", customer_id=flow.ids["ann"], events=[
        EventFact("message_sent", at(1), {"message_id": 7}),
        EventFact("message_opened", at(1), {"campaign": "of another system"}),
    ])  # fmt: skip
    ingest(Batch("t", [item], brand_id=flow.brand.pk), now=at(31))
    shown = titles(page(client_of("vera", "viewer", flow.brand), flow, "ann", kind="events"))
    assert "Message opened" in shown
    assert "Message sent" not in shown


def test_caps_say_how_much_is_used(flow: Flow) -> None:
    week = 7 * 86400
    FrequencyCap.objects.create(
        name="ours", brand=flow.brand, limit=3, window_seconds=week, purpose="marketing"
    )
    FrequencyCap.objects.create(name="group", limit=9, window_seconds=3600)
    other = Brand.objects.create(code="other", name="Other")
    FrequencyCap.objects.create(name="theirs", brand=other, limit=7, window_seconds=week)
    let_pass(flow, timezone.now() - timedelta(days=2))
    mine = page(client_of("vera", "viewer", flow.brand), flow, "ann")
    assert "1 of 3 messages used in a week · marketing" in mine
    assert " of 9 " not in mine
    assert " of 7 " not in mine
    FrequencyCap.objects.filter(brand=other).delete()
    assert "0 of 9 messages used in 1 hour" in page(client_of("ada", "admin", None), flow, "ann")


def test_nothing_of_another_brand_is_told(flow: Flow) -> None:
    other = Brand.objects.create(code="other", name="Other")
    let_pass(flow, at(1))
    html = page(client_of("oda", "admin", other), flow, "ann")
    assert "<h2>Journeys</h2>" not in html
    for theirs in ("Flow", "“note”", "Paid", "Viewed"):
        assert theirs not in html


def test_the_number_of_queries_does_not_grow_with_walks(flow: Flow) -> None:
    viewer = client_of("vera", "viewer", flow.brand)

    def queries() -> int:
        page(viewer, flow, "ann")
        with CaptureQueriesContext(connection) as captured:
            page(viewer, flow, "ann")
        return len(captured)

    before = queries()
    flow.happen(*[("ann", "received", 31 + n) for n in range(12)])
    flow.run(60)
    flow.happen(*[("ann", "received", 61 + n) for n in range(3)])
    flow.run(65)
    assert queries() == before
