"""Other systems are told: written with the fact, by sets, signed, tried again, switched off."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.calling.signing import fits, new_secret, sign
from config.clock import utc_now
from config.wake import no_wakes
from customers.access import Actor
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import AuditEntry, Brand, Customer, Namespace, Role, Segment, User
from customers.scope import Scope
from customers.segments import add_members, move_members
from journeys.actions import subscriptions as actions
from journeys.actions.pause import pause
from journeys.actions.subscriptions import Wanted
from journeys.attention import nobody_is_told
from journeys.models import Delivery, Subscription, Topic, Webhook
from journeys.subscriptions import deliver
from journeys.subscriptions.deliver import deliver_due
from tests.journeys.flow import ACTOR, T0, Flow, at
from tests.journeys.webhooks.servers import serving

HOUR = timedelta(hours=1)
GRAPH = """
goal: {event: paid, within: 7d}
nodes:
  in: {kind: trigger.event, event: come, next: wait}
  wait: {kind: wait.duration, duration: 2d, next: x}
  x: {kind: exit.leave, reason: over}
"""


@pytest.fixture
def flow(db: None) -> Flow:
    return Flow.make()


def told(
    flow: Flow, *topics: str, url: str = "https://crm.example.com/", **more: Any
) -> tuple[Subscription, str]:
    """A subscription; a server of a test stands in the local network, so its address is put in."""
    wanted = Wanted("CRM", "https://x.example.com", topics or tuple(Topic.values), **more)
    with no_wakes():
        made, secret = actions.subscribe(ACTOR, flow.brand, wanted, now=T0)
    Webhook.objects.filter(pk=made.webhook_id).update(url=url)
    made.webhook.url = url
    return made, secret


def go(hours: float, **more: Any) -> int:
    with no_wakes():
        return deliver_due(at(hours), allowed=lambda _ip: True, seconds=2, **more)


def facts(topic: str) -> list[dict[str, Any]]:
    rows = Delivery.objects.filter(topic=topic).order_by("pk")
    return [fact for row in rows for fact in row.facts]


def segment(code: str, brand: Brand | None) -> Segment:
    return Segment.objects.create(code=code, name=code, kind="list", brand=brand)


def join(held: Segment, ids: list[int], *, comes: bool = True) -> None:
    with no_wakes(), transaction.atomic(), connection.cursor() as cursor:
        move_members(cursor, held.pk, dict.fromkeys(ids, comes), now=T0)


def test_who_comes_into_a_segment_and_leaves_it_is_told(flow: Flow) -> None:
    gold, other = segment("gold", flow.brand), segment("other", flow.brand)
    shared, theirs = segment("shared", None), segment("theirs", Brand.objects.create(code="cup"))
    ids = flow.people("ada", "bob")
    stranger = Customer.objects.create(created_at=T0)
    told(flow, "segment.entered", segments=["gold", "shared"])
    for each in (gold, other, shared, theirs):
        join(each, [*ids, stranger.pk])
    join(gold, ids)  # they are in already
    join(gold, ids[:1], comes=False)  # nobody wants to hear of it
    assert facts("segment.entered") == [
        {"customer": id, "segment": code} for code in ("gold", "shared") for id in ids
    ]
    assert not facts("segment.left")


def test_a_million_would_be_ten_thousand_calls_and_no_query_each(flow: Flow) -> None:
    told(flow, "segment.entered")
    gold = segment("gold", flow.brand)
    ids = flow.people(*(f"c{n}" for n in range(250)))
    counts = []
    for some in (ids[:10], ids[10:]):
        with (
            CaptureQueriesContext(connection) as found,
            no_wakes(),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            add_members(cursor, gold.pk, some, now=T0)
        counts.append(len(found))
    assert counts[0] == counts[1]
    assert [row.count for row in Delivery.objects.order_by("pk")] == [10, 100, 100, 40]
    assert sorted(fact["customer"] for fact in facts("segment.entered")) == ids


def test_what_becomes_of_messages_is_told_without_what_was_written(flow: Flow) -> None:
    told(flow, "message.delivered", "message.replied")
    flow.people("ada")
    said = {"message_id": 7, "channel": "sms", "text": "my new phone is …", "node": "hello"}
    items = [
        Item("1", customer_id=flow.ids["ada"], events=[EventFact(name, T0, said)])
        for name in ("message_delivered", "message_replied", "message_opened", "come")
    ]
    with no_wakes():
        ingest(Batch("t", items, flow.brand.pk, "channel"), now=T0)
    for topic in ("message.delivered", "message.replied"):
        (fact,) = facts(topic)
        assert {name: fact[name] for name in ("message_id", "channel", "node")} == {
            "message_id": 7, "channel": "sms", "node": "hello"
        }  # fmt: skip
        assert "text" not in fact
        assert fact["customer"] == flow.ids["ada"]
    assert Delivery.objects.count() == 2


def test_goals_and_states_of_journeys_are_told_once(flow: Flow) -> None:
    told(flow, "conversion", "journey.state")
    journey = flow.journey(GRAPH)
    flow.happen(("ada", "come", 0), ("bob", "come", 0))
    flow.run(0)
    flow.happen(("ada", "paid", 5))
    flow.run(5)
    flow.run(60)
    (fact,) = facts("conversion")
    assert (fact["customer"], fact["journey"]) == (flow.ids["ada"], "flow")
    assert fact["at"].startswith(f"{at(5):%Y-%m-%dT%H:%M}")
    pause(ACTOR, journey, at(61))
    states = [(fact["before"], fact["state"], fact["action"]) for fact in facts("journey.state")]
    assert states == [("draft", "running", "publish"), ("running", "paused", "pause")]


def test_a_call_is_signed_and_names_customers_as_asked(flow: Flow) -> None:
    spaces = ["user_id", "phone"]
    with serving(lambda n, path: (204, {}, b"")) as server:
        _held, secret = told(flow, "segment.entered", url=server.url, namespaces=spaces)
        ada, bob = flow.people("ada", "bob")
        Customer.objects.filter(pk=bob).update(merged_into_id=ada)
        join(segment("gold", flow.brand), [ada, bob])
        assert go(0.1) == 1
        assert go(0.2) == 0
    (asked,) = server.asked
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert fits(secret, headers, asked.body, at(0.1), timedelta(minutes=5))
    assert not fits(secret, headers, asked.body, at(0.3), timedelta(minutes=5))
    call = Delivery.objects.get()
    assert (call.state, call.status, headers["webhook-id"]) == ("ok", 204, f"msg_{call.pk}")
    body = json.loads(asked.body)
    assert body["type"] == "segment.entered"
    assert [fact["customer"] for fact in body["data"]] == [
        {"id": ada, "user_id": ["ada"]}, {"id": ada, "user_id": ["ada"]}
    ]  # fmt: skip


def test_a_refused_call_waits_alone_and_is_given_up_after_days(flow: Flow) -> None:
    status = [400]
    with serving(lambda n, path: (status[0], {}, b"no")) as server:
        held, _secret = told(flow, "segment.entered", url=server.url)
        gold = segment("gold", flow.brand)
        (ada,) = flow.people("ada")

        def come() -> None:
            join(gold, [ada], comes=False)
            join(gold, [ada])

        come()
        assert go(0) == 1
        first = Delivery.objects.get()
        assert (first.state, first.status) == ("waiting", 400)
        assert first.next_at == at(0) + deliver.WAITS[0]
        status[0] = 200
        come()
        assert go(0) == 1  # the next one goes at once
        assert Delivery.objects.filter(state="ok").count() == 1
        status[0] = 400
        for n in range(1, 9):
            come()
            go(n * 11)
    first.refresh_from_db()
    assert first.state == "failed"
    assert first.attempts in (6, 7)  # rounds are full, and it stands in line
    held.refresh_from_db()
    assert not held.is_active
    assert "since 2026-03-04" in held.note
    assert AuditEntry.objects.filter(action="subscription.switch_off", via="system").exists()


def test_who_does_not_answer_is_left_alone_with_everything(flow: Flow) -> None:
    with serving(lambda n, path: (503, {"Retry-After": "600"}, b"")) as server:
        held, _secret = told(flow, "segment.entered", "segment.left", url=server.url)
        gold = segment("gold", flow.brand)
        (ada,) = flow.people("ada")
        join(gold, [ada])
        assert go(0) == 1
        join(gold, [ada], comes=False)
        assert go(0.1) == 0
        assert go(0.17) == 2
        assert len(server.asked) == 3
    held.refresh_from_db()
    assert (held.failures, held.failing_since) == (2, at(0))
    assert not nobody_is_told(Scope([flow.brand], None, True), at(0.2))
    (need,) = nobody_is_told(Scope([flow.brand], None, True), at(0.3))
    assert need.tone == "warn"
    assert held.is_active
    assert actions.switch(ACTOR, held, on=False, now=at(1))
    assert go(100) == 0
    with serving(lambda n, path: (200, {}, b"fine")) as better:
        Webhook.objects.update(url=better.url)
        assert actions.switch(ACTOR, held, on=True, now=at(2))
        assert go(2) == 2
    held.refresh_from_db()
    assert (held.failures, held.failing_since, held.succeeded_at) == (0, None, at(2))


def test_410_and_the_local_network_end_it(flow: Flow) -> None:
    with serving(lambda n, path: (410, {}, b"")) as server:
        held, _secret = told(flow, "segment.entered", url=server.url)
        actions.send_test(ACTOR, held, now=T0)
        assert go(0) == 1
        held.refresh_from_db()
        assert not held.is_active
        assert "410" in held.note
        (need,) = nobody_is_told(Scope([flow.brand], None, True), at(0))
        assert ("CRM" in need.title, need.words, need.tone) == (True, held.note, "bad")
        assert not nobody_is_told(Scope([], None, True), at(0))
        # The guard that all calls go through: this machine's own addresses are not called.
        actions.switch(ACTOR, held, on=True, now=T0)
        actions.send_test(ACTOR, held, now=T0)
        with no_wakes():
            deliver_due(at(0.1))
        assert len(server.asked) == 1
    assert "local network" in Delivery.objects.latest("pk").error


def test_a_call_is_made_again_with_its_id_by_both_secrets(flow: Flow) -> None:
    with serving(lambda n, path: (200, {}, b"")) as server:
        held, old = told(flow, "segment.entered", url=server.url)
        call = actions.send_test(ACTOR, held, now=T0)
        go(0)
        new = actions.renew_secret(ACTOR, held.webhook, until=at(2), now=at(1))
        for hours in (1, 3):
            actions.replay(ACTOR, call, now=at(hours))
            assert go(hours) == 1
    for asked, secrets in zip(server.asked, ([old], [old, new], [new]), strict=True):
        headers = {name.lower(): value for name, value in asked.headers.items()}
        assert headers["webhook-id"] == f"msg_{call.pk}"
        stamp = at(0) + timedelta(
            seconds=int(headers["webhook-timestamp"]) - int(at(0).timestamp())
        )
        good = [s for s in (old, new) if fits(s, headers, asked.body, stamp, HOUR)]
        assert good == secrets
    Delivery.objects.update(state="failed")
    assert actions.replay_failed(ACTOR, held, now=at(4)) == 1
    assert actions.replay_failed(ACTOR, held, now=at(4)) == 0


def test_whoever_builds_the_other_side_can_check_a_call(flow: Flow) -> None:
    admin = User.objects.create_user("a@example.com", "x", language="en")
    admin.memberships.create(brand=flow.brand, role=Role.ADMIN)
    client = Client()
    client.force_login(admin)
    held, secret = told(flow)
    page, body, now = f"/developers/webhooks/{held.pk}/check/", '{"a": 1,\n "b": 2}', utc_now()

    def say(signed: Any, text: str = body) -> Any:
        headers = "\n".join(f"{name.title()}: {value}" for name, value in signed.items())
        return client.post(page, {"headers": headers, "body": text.replace("\n", "\r\n")})

    good = sign(secret, "msg_1", now, body.encode())
    assert "is fresh" in say(good).content.decode()
    assert "does not fit" in say(good, body + " ").content.decode()
    old = sign(secret, "msg_1", now - HOUR, body.encode())
    assert "five minutes off" in say(old).content.decode()
    assert "does not fit" in say(sign(new_secret(), "msg_1", now, body.encode())).content.decode()
    assert "header is missing: webhook-id" in say({"webhook-timestamp": "1"}).content.decode()
    assert client.post(page, {"headers": "", "body": ""}).status_code == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "ftp://x.example.com"}, "url"), ({"url": "http://10.0.0.1/"}, "url"),
        ({"url": "http://[::1]/"}, "url"), ({"url": "https://a:b@x.example.com"}, "url"),
        ({"url": ""}, "url"), ({"url": "https://x.example.com/\x00"}, "url"),
        ({"topics": []}, "topics"), ({"topics": ["all"]}, "topics"), ({"name": " "}, "name"),
        ({"segments": ["theirs"]}, "segments"), ({"segments": ["\x00"]}, "segments"),
        ({"journeys": ["none"]}, "journeys"), ({"namespaces": ["none"]}, "namespaces"),
    ],
)  # fmt: skip
def test_what_can_not_be_subscribed_says_where(flow: Flow, change: Any, field: str) -> None:
    segment("theirs", Brand.objects.create(code="cup", name="Cup"))
    values = {"name": "CRM", "url": "https://x.example.com", "topics": ["conversion"], **change}
    with pytest.raises(ValidationError) as refused:
        actions.subscribe(ACTOR, flow.brand, Wanted(**values), now=T0)
    assert set(refused.value.message_dict) == {field}
    assert not Webhook.objects.exists()


def test_the_pages_subscribe_try_out_and_show_the_log(flow: Flow) -> None:
    admin = User.objects.create_user("a@example.com", "x", language="en")
    admin.memberships.create(brand=flow.brand, role=Role.ADMIN)
    client = Client()
    client.force_login(admin)
    values = {"name": "CRM", "url": "https://crm.example.com", "topics": ["conversion"]}
    with no_wakes():
        shown = client.post("/developers/webhooks/", {**values, "brand": "flow"})
        assert shown.status_code == 200
        secret = shown.context["secret"]
        assert secret.startswith("whsec_")
        assert secret in shown.content.decode()
        held = Subscription.objects.get()
        page = f"/developers/webhooks/{held.pk}/"
        assert client.post(f"{page}test/").status_code == 302
        assert client.post(page, {**values, "url": "x"}).status_code == 422
        assert client.post(page, {**values, "topics": ["segment.left"]}).status_code == 302
        text = client.get(page).content.decode()
        assert secret not in text
        assert f"msg_{Delivery.objects.get().pk}" in text
        renewed = client.post(f"{page}secret/", {"overlap": "3600"}).content.decode()
        assert "whsec_" in renewed
        assert client.get(f"{page}log/?state=failed").status_code == 200
        for verb in ("off", "on", "replay"):
            assert client.post(f"{page}{verb}/").status_code == 302
    manager = User.objects.create_user("m@example.com", "x", language="en")
    manager.memberships.create(brand=flow.brand, role=Role.MANAGER)
    with pytest.raises(PermissionDenied):
        actions.send_test(Actor(via=ACTOR.via, user=manager), held, now=T0)
    stranger = User.objects.create_user("s@example.com", "x", language="en")
    stranger.memberships.create(brand=Brand.objects.create(code="c", name="C"), role=Role.ADMIN)
    client.force_login(stranger)
    call = Delivery.objects.get()
    assert client.get(page).status_code == 404
    assert client.post(f"/developers/webhooks/calls/{call.pk}/").status_code == 404
    client.force_login(admin)
    assert client.post(f"{page}end/").status_code == 302
    assert not Delivery.objects.exists()
    done = set(AuditEntry.objects.values_list("action", flat=True))
    assert done >= {"subscription.create", "subscription.change", "subscription.test",
                    "webhook.renew_secret", "subscription.remove"}  # fmt: skip
    assert "whsec_" not in str(list(AuditEntry.objects.values_list("changes", flat=True)))
    assert Namespace.objects.exists()
