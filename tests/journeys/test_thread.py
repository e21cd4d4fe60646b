"""The thin thread: a fact comes in by REST, a journey wants a message, the gate lets it pass, the
mail server gets it, and a page says why. With everything running: tests/config/test_up.py."""

from __future__ import annotations

import json
import time

import pytest
from django.test import Client

from campaigns import gate, outbox
from campaigns.models import Candidate, ChannelAccount, ContentText, FrequencyCap, Message
from config.clock import utc_now
from customers.access import keys
from customers.models import Customer
from journeys.engine.tick import tick
from journeys.models import Enrollment
from tests.campaigns.outbox.servers import smtp_server
from tests.journeys.flow import ACTOR, Flow
from tests.journeys.people import client_of

JOURNEY = """
nodes:
  joined: {kind: trigger.event, event: joined, reentry: always, next: look}
  look:
    kind: wait.event
    until: {bought: {event: bought}}
    at_most: 2s
    timeout: not_yet
    next: {bought: happy, not_yet: hello}
  hello: {kind: send.message, content: welcome, next: done}
  happy: {kind: exit.leave, reason: bought}
  done: {kind: exit.leave, reason: greeted}
"""
PERSON = {"email": "ada@example.com"}


def build(port: int) -> str:
    """A brand with a mail account, a cap of one a day and a running journey; returns a key."""
    flow = Flow.make()
    content = flow.content("welcome", channel="email")
    ContentText.objects.filter(version__content=content).update(subject="Hello, you")
    ChannelAccount.objects.create(
        channel="email", name="Local", provider="smtp", is_default=True,
        settings={"host": "127.0.0.1", "port": port, "from": "news@tea.example", "timeout": 3},
    )  # fmt: skip
    FrequencyCap.objects.create(name="One a day", limit=1, window_seconds=86_400)
    flow.journey(JOURNEY)
    return keys.create(ACTOR, flow.brand, name="shop", now=utc_now())[1]


@pytest.mark.django_db
def test_from_a_fact_to_a_mail_and_why_the_second_one_does_not_go() -> None:
    with smtp_server() as box:
        token = build(box.port)
        for number in (1, 2):
            body = {"event": "joined", "customer": PERSON, "key": f"j{number}"}
            answer = Client().post(
                "/api/v1/events", json.dumps(body), content_type="application/json",
                headers={"Authorization": f"Bearer {token}"},
            )  # fmt: skip
            assert answer.json()["accepted"] == 1
        tick(utc_now())
        assert Enrollment.objects.filter(node="look").count() == 2
        time.sleep(2.1)
        tick(utc_now())
        assert Candidate.objects.filter(node="hello").count() == 2
        decided = gate.decide(utc_now())
        assert (decided.allowed, decided.stopped) == (1, 1)
        outbox.dispatch(utc_now())
        assert [mail["To"] for mail in box.mails] == ["ada@example.com"]
        assert Message.objects.get().state == "handed_over"
    reader = client_of("vera", "viewer", Enrollment.objects.all()[0].journey.brand)
    gone, stopped = Candidate.objects.order_by("state")
    assert (gone.state, stopped.state) == ("allowed", "stopped")
    page = reader.get(f"/messages/{stopped.pk}/").content.decode()
    assert "1 of 1" in page
    assert "One a day" in page
    assert "handed over" in reader.get(f"/messages/{gone.pk}/").content.decode().lower()
    assert reader.get(f"/walks/{gone.enrollment_id}/").status_code == 200
    customer = Customer.objects.get()
    assert reader.get(f"/customers/{customer.pk}/").status_code == 200
