"""The reach waterfall: counted again in plain Python, and what the gate then really does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.evaluation.waterfall import Stop, Waterfall
from campaigns.evaluation.words import rows_of
from campaigns.models import ChannelAccount, Message, Quota, Suppression
from customers.models import Consent, Customer, Identity
from customers.rules import fraction
from journeys.actions.sends import count_send, people_of
from journeys.models import Enrollment, Send, TriggerRun
from tests.journeys.sends.world import ME, World, verdicts

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(now: datetime) -> World:
    made = World.make(now)
    made.fill()
    return made


def recount(world: World, moment: datetime, control: float) -> dict[str, int]:
    """Each member on her own, one question after the other: where she falls out."""
    found: dict[str, int] = {}
    for member in Customer.objects.filter(pk__in=[each.pk for each in world.members]):
        word = fate_of(world, member, moment, control)
        found[word] = found.get(word, 0) + 1
    return found


def fate_of(world: World, member: Customer, moment: datetime, control: float) -> str:
    if member.pk in world.barred:
        return "excluded"
    yes = Consent.objects.filter(customer=member, channel="email", purpose="marketing").first()
    if yes is None or yes.state != "granted":
        return "consent"
    mine = Identity.objects.filter(customer=member, namespace__code="email").first()
    if mine is None:
        return "reachability"
    listed = (member.pk, "customer"), (mine.value, "address"), (mine.value.split("@")[1], "domain")
    for value, scope in listed:
        key = "customer_id" if scope == "customer" else "value"
        if Suppression.objects.filter(scope=scope, **{key: value}).exists():
            return "suppression"
    sent = Message.objects.filter(customer=member, accepted_at__gt=moment - timedelta(days=7))
    if sent.exclude(journey_id=journey_of(world)).exists():
        return "frequency_cap"
    if fraction("holdout.spring", member.pk) < control / 100:
        return "held"
    local = moment.astimezone(ZoneInfo(member.timezone or "Asia/Shanghai"))
    return "later" if local.hour >= 21 or local.hour < 8 else "at once"


def journey_of(world: World) -> int:
    return Send.objects.get(campaign=world.campaign).journey_id


def in_words(found: Waterfall) -> dict[str, int]:
    """A waterfall as `recount` says it."""
    said = {"excluded": found.excluded, "held": found.held, "later": sum(found.later.values())}
    for stop in found.stops:
        said[stop.rule] = said.get(stop.rule, 0) + stop.n
    said["at once"] = found.expected - said["later"]
    return {word: n for word, n in said.items() if n}


@pytest.mark.parametrize("hour", [9, 15])
def test_the_waterfall_is_what_the_gate_then_does(world: World, hour: int) -> None:
    moment = world.now.replace(hour=hour, minute=40)
    at = moment.astimezone(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)
    send = world.save(at=at, exclude="barred", control=20.0)

    found = count_send(ME, send, now=world.now if hour > 9 else moment - timedelta(minutes=10))

    assert found.audience == 120
    assert found.sample == 1
    expected = recount(world, moment, 20.0)
    assert in_words(found) == expected
    assert {"excluded", "consent", "reachability", "suppression", "frequency_cap", "held"} <= set(
        expected
    )
    assert expected["later"]

    world.start(send, now=moment - timedelta(minutes=5))
    world.go(moment)

    # Whose night it is waits first, also who will then turn out to have had her message.
    said = verdicts(send)
    assert said["allowed", "passed"] == expected["at once"]
    assert said["deferred", "quiet_hours"] >= expected["later"]
    world.go(moment + timedelta(hours=11, minutes=59))
    said = verdicts(send)
    for stop in found.stops:
        assert said.pop(("stopped", stop.rule), 0) == stop.n - stop.control
    assert said == {("allowed", "passed"): found.expected}
    out = Enrollment.objects.filter(journey=send.journey, exit_reason="control_group").count()
    assert out == found.held + sum(stop.control for stop in found.stops)
    assert Message.objects.filter(journey_id=send.journey_id).count() == found.expected


def test_others_are_written_to_by_the_next_content(world: World) -> None:
    mail, sms = world.shop.content("email").code, world.shop.content("sms").code
    alone = count_send(ME, world.save(), now=world.now)
    send = world.save(contents=(mail, sms))
    found = count_send(ME, send, now=world.now)
    assert set(found.by_channel) == {"email", "sms"}
    assert found.expected > alone.expected
    world.start(send)
    world.go(world.now)
    world.go(world.now + timedelta(hours=11, minutes=59))
    sent = Message.objects.filter(journey_id=send.journey_id).values_list("channel", flat=True)
    assert {channel: list(sent).count(channel) for channel in set(sent)} == found.by_channel


def test_waves_and_their_moments(world: World) -> None:
    """The third of three waves comes at night in Shanghai."""
    moment = world.now + timedelta(hours=1)  # 18:30 there
    at = moment.astimezone(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)
    send = world.save(at=at, exclude="barred", waves=3, every=timedelta(hours=2))
    found = count_send(ME, send, now=world.now)
    assert found.later
    world.start(send)
    sizes = []
    for wave in range(3):
        world.go(moment + wave * timedelta(hours=2))
        sizes.append(TriggerRun.objects.get().entered)
    rest = 120 - len(world.barred)
    third = -(-rest // 3)
    assert sizes == [third, 2 * third, rest]
    assert verdicts(send)["deferred", "quiet_hours"]
    world.go(moment + timedelta(hours=16))
    assert verdicts(send)["allowed", "passed"] == found.expected


def test_on_the_customers_own_clocks(world: World) -> None:
    """At ten of everybody's own clock it is nobody's night; who has no zone goes by the brand's."""
    at = datetime.fromisoformat("2026-03-06T10:00")
    send = world.save(at=at, own_clock=True)
    found = count_send(ME, send, now=world.now)
    assert not found.later
    world.start(send)
    for hour in range(60):
        world.go(world.now + timedelta(hours=hour))
    messages = Message.objects.filter(journey_id=send.journey_id).select_related("customer")
    assert len(messages) == found.expected
    shown = {
        f"{each.accepted_at.astimezone(ZoneInfo(each.customer.timezone or 'Asia/Shanghai')):%d %H}"
        for each in messages
    }
    assert shown == {"06 10"}


def test_quotas_over_moments_and_what_no_account_carries(world: World) -> None:
    quota = Quota.objects.create(
        brand=world.shop.brand, channel="email", limit=30, action="skip", period="day"
    )
    send = world.save(waves=2, every=timedelta(minutes=10))
    found = count_send(ME, send, now=world.now)
    assert found.by_channel["email"] == 30
    assert [stop.rule for stop in found.stops][-1] == "quota"
    quota.delete()
    ChannelAccount.objects.filter(channel="email").delete()
    found = count_send(ME, send, now=world.now)
    assert found.expected == 0
    assert Stop("reachability", "account", found.stops[-1].n, 0) in found.stops


def test_who_is_too_many_is_estimated(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    send = world.save(exclude="barred")
    exact = count_send(ME, send, now=world.now)
    monkeypatch.setattr("campaigns.evaluation.waterfall.MOST_ASKED", 60)
    about = count_send(ME, send, now=world.now)
    assert about.sample == 2
    assert people_of(about) == people_of(exact)
    assert about.expected % 2 == 0
    said = {row.code: row.shown for row in rows_of(about)}
    assert said["audience"] == "120"
    assert said["expected"] == f"≈ {about.expected}"
    many = replace(about, expected=123_456)
    assert rows_of(many)[-1].shown == "≈ 123,000"
    total = about.expected + sum(stop.n for stop in about.stops)
    assert abs(total - people_of(exact)) <= 60


def test_as_many_queries_for_many_people(world: World, now: datetime) -> None:
    send = world.save()
    with CaptureQueriesContext(connection) as few:
        count_send(ME, send, now=now)
    more = World(now, world.shop, world.campaign)
    more.segment("many", list(Customer.objects.order_by("pk")))
    other = world.save(segment="many", name="Many")
    with CaptureQueriesContext(connection) as many:
        count_send(ME, other, now=now)
    assert len(many) == len(few)
