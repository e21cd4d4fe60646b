"""Nothing comes of a simulation: no row, no lock, no message, no call, no wake-up."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.db import InternalError, connection, connections, transaction
from django.test import Client

from campaigns.models import ChannelAccount, ContentText, Offer, OfferCode
from config.database.apart import apart, is_apart
from customers.models import Customer, Segment, Tag
from journeys.models import Journey, Webhook
from journeys.models.subscription import Subscription, Topic
from journeys.simulation import Simulated, read_script, simulate
from tests.journeys.flow import ACTOR, T0, Flow

ZONE = ZoneInfo("UTC")
# Every kind of act, and a message.
ALL = """
journey: flow
name: Flow
goal: {event: order_paid, within: 30d}
nodes:
  in: {kind: trigger.event, event: come, next: tag}
  tag: {kind: act.tag, tag: vip, next: attribute}
  attribute: {kind: act.attribute, attribute: stage, value: new, next: list}
  list: {kind: act.list, list: guests, next: coupon}
  coupon: {kind: act.offer, offer: ten, next: {issued: event, empty: event}}
  event: {kind: act.event, event: welcomed, next: other}
  other: {kind: act.journey, journey: other, next: hello}
  hello: {kind: send.message, content: note, next: hook}
  hook: {kind: act.webhook, webhook: crm, send: {id: $entry.id}, next: {ok: ask, failed: out}}
  ask: {kind: act.task, title: Call her, due: 2d, next: {done: slow, not_done: out, timeout: out}}
  slow: {kind: wait.throttle, count: 1, per: 1h, next: out}
  out: {kind: exit.leave, reason: over}
"""
STEPS: list[dict[str, Any]] = [
    {"event": "come", "properties": {"id": 7}},
    {"answer": "hook", "outcome": "ok", "value": {"tier": "gold"}},
    {"message": "clicked"},
    {"after": "1h"},
    {"answer": "ask", "outcome": "done", "value": "she is glad"},
    {"event": "order_paid"},
]


@pytest.fixture
def world(flow: Flow) -> Flow:
    Tag.objects.create(code="vip", name="VIP")
    Segment.objects.create(code="guests", name="Guests", kind="list", built_at=T0)
    offer = Offer.objects.create(brand=flow.brand, code="ten", name="Ten", kind="percent", value=10)
    OfferCode.objects.create(offer=offer, code="REAL-1")
    ChannelAccount.objects.create(
        brand=flow.brand, channel="sms", name="SMS", provider="recording", is_default=True
    )
    webhook = Webhook.objects.create(
        brand=flow.brand, code="crm", name="CRM", url="https://example.com/", secret=b"x"
    )
    # Whoever wants to hear of everything hears nothing of a simulation.
    Subscription.objects.create(webhook=webhook, topics=Topic.values, created_at=T0)
    flow.journey(
        "journey: other\nname: Other\nnodes:\n  in: {kind: trigger.journey, next: x}\n"
        "  x: {kind: exit.leave, reason: over}\n"
    )
    return flow


def played(journey: Journey, steps: list[dict[str, Any]], **customer: Any) -> Simulated:
    customer = customer or {"name": "Ada", "identities": {"phone": "13800000001"}}
    script = {"customer": customer, "start": T0.isoformat(), "steps": steps}
    return simulate(ACTOR, journey, journey.draft, read_script(script, ZONE, T0))


def everything() -> dict[str, Any]:
    """A digest of every table's rows, the place of every sequence, and the schema's objects."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p', 'S', 'v') ORDER BY 1"
        )
        for name, kind in cursor.fetchall():
            if kind == "S":
                cursor.execute(f'SELECT last_value, is_called FROM "{name}"')
                found[name] = cursor.fetchone()
            elif kind == "r":
                cursor.execute(
                    f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{name}" t'
                )
                found[name] = cursor.fetchone()[0]
            else:
                found[name] = kind
    return found


@pytest.mark.parametrize("is_real", [False, True])
def test_nothing_is_left_of_it(
    world: Flow,
    is_real: bool,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    journey = world.journey(ALL)
    world.people("her", city="Ulm")
    woken: list[str] = []
    monkeypatch.setattr("config.wake._send", lambda *args: woken.append(args[0]))
    before = everything()
    customer = {"id": world.ids["her"]} if is_real else {}
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        done = played(journey, STEPS, **customer)
    assert done.cut == ("No message has gone out that this could be said of." if is_real else "")
    assert everything() == before
    assert not woken
    assert not callbacks
    assert not is_apart()
    assert Customer.objects.count() == 1


def test_every_act_is_told(world: Flow) -> None:
    journey = world.journey(ALL)
    done = played(journey, STEPS)
    said = [words for line in done.to_json()["log"] for words in (line["text"], *line["reasons"])]
    for words in (
        "Gives her the tag VIP.",
        "Sets the attribute stage to new.",
        'Tells the event welcomed: {"journey": "flow", "journey_depth": 1}',
        "Lets her enter the journey other, which is not walked here.",
        "Would ask a person: Call her.",
        "She would get note",
        "note: she clicked",
        "She continues on 6 Mar at 9:00 at the latest.",
        "The goal of the journey was reached on 4 Mar at 10:00.",
    ):
        assert words in said, "\n".join(said)
    posted = next(words for words in said if words.startswith("Would post: "))
    assert '"id": 7' in posted
    assert not any("REAL-1" in words for words in said)
    assert any("SAMPLE-" in words for words in said)
    assert done.nodes[0] == "in"
    assert ("hook", "ok") in done.edges


def test_no_link_of_it_leads_anywhere(world: Flow) -> None:
    """A page of a message must be that of nobody, never that of a real one with its number."""
    journey = world.journey(ALL)
    ContentText.objects.update(body="Stop: {{ unsubscribe_url }}")
    message = next(line.message for line in played(journey, STEPS[:1]).lines if line.message)
    path = urlsplit(message.body.removeprefix("Stop: ")).path
    assert path.startswith("/u/")
    assert Client().get(path).status_code in (404, 410)


def test_what_was_prepared_before_is_read_anew(world: Flow) -> None:
    """The same statements have run on this connection many times, so PostgreSQL keeps plans."""
    journey = world.journey(ALL)
    with connection.cursor() as cursor:
        for _n in range(8):
            cursor.execute("SELECT count(*) FROM journeys_enrollment")
            world.run(1)
            Customer.objects.filter(pk=1).exists()
    before = everything()
    assert played(journey, STEPS).edges
    assert everything() == before
    Customer.objects.create(created_at=T0)
    assert Customer.objects.count() == 1


def test_only_copies_can_be_written_or_locked(db: None) -> None:
    Tag.objects.create(code="vip", name="VIP")
    with apart({"customers_tag": "true"}, {}):
        Tag.objects.update(name="changed")
        assert Tag.objects.get().name == "changed"
        for statement in (
            "DELETE FROM customers_brand",
            "SELECT 1 FROM customers_brand FOR SHARE",
            "SELECT nextval('customers_brand_id_seq')",
            "CREATE TABLE customers_new (id int)",
        ):
            refused = pytest.raises(InternalError, match="read-only")
            with refused, transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
    assert Tag.objects.get().name == "VIP"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = 'customers_tag'")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_real_workers_do_not_wait() -> None:
    """While one walks, others may change every row that she has."""
    flow = Flow.make()
    flow.people("her", city="Ulm")
    customer = flow.ids["her"]
    found: list[int] = []

    def other() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '500ms'")
            cursor.execute("SELECT id FROM journeys_bucket FOR UPDATE")
            cursor.execute("SELECT id FROM campaigns_bucket FOR UPDATE")
            cursor.execute(
                "UPDATE customers_customer SET language = 'en' WHERE id = %s", [customer]
            )
            cursor.execute("UPDATE customers_eventtype SET last_seen_at = now()")
            found.append(cursor.rowcount)
        connections.close_all()

    tables = {
        "customers_customer": "t.id = %(customer)s",
        "journeys_bucket": "true",
        "campaigns_bucket": "true",
        "customers_eventtype": "true",
    }
    with apart(tables, {"customer": customer}) as cursor:
        cursor.execute("UPDATE customers_customer SET language = 'de'")
        cursor.execute("SELECT id FROM journeys_bucket FOR UPDATE")
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        cursor.execute("SELECT language FROM customers_customer")
        assert cursor.fetchone() == ("de",)
    assert found
    assert Customer.objects.get().language == "en"
