"""Sends: saved as a journey, counted, started, confirmed twice, done by themselves."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from campaigns.actions.campaigns import archive, change_campaign, follow_calendar
from campaigns.actions.policies import save_policy
from campaigns.models import CampaignState, Message, SendApproval
from config.wake import no_wakes
from customers.access import RightMissing
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import AuditEntry
from journeys.actions import JourneyRefused, drain, pause, resume, stop
from journeys.actions.sends import count_send, save_send, start_send
from journeys.actions.window import close_ended
from journeys.models import Enrollment, Journey, JourneyState, Send, TriggerRun
from journeys.queries.counts import totals_of
from journeys.sends.follow import finish_sends
from journeys.sends.plan import Plan, Repeat, problems_of, read_plan, write_graph
from journeys.sends.state import states_of
from tests.journeys.people import actor_of
from tests.journeys.sends.world import ME, World

pytestmark = pytest.mark.django_db
NINE = Repeat(time(9))


@pytest.fixture
def world(now: datetime) -> World:
    made = World.make(now)
    made.fill(24)
    return made


def state_of(send: Send, now: datetime) -> str:
    [status] = states_of(
        list(Send.objects.filter(pk=send.pk).select_related(
            "campaign__brand", "journey__brand", "journey__current")), now,
    )  # fmt: skip
    return status.state


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"segment": "", "exclude": "barred"},
        {"at": datetime.fromisoformat("2026-03-09T08:30"), "zone": "Europe/Berlin"},
        {"at": datetime.fromisoformat("2026-03-09T08:30"), "own_clock": True, "control": 12.5},
        {"repeat": NINE, "waves": 4, "every": timedelta(minutes=90)},
        {"goal": "order_paid", "within": timedelta(days=3)},
        {"repeat": Repeat(time(18, 5), ("mon", "fri")), "contents": ("a", "b", "c")},
        {"repeat": Repeat(time(0), (), 28), "own_clock": True},
    ],
)
def test_a_plan_is_its_graph(values: dict[str, Any], now: datetime) -> None:
    plan = Plan(**{"name": "News", "contents": ("a",), "segment": "members", **values})
    assert problems_of(plan) == {}
    graph = write_graph(plan, "spring", at=now)
    read = read_plan(graph)
    assert read is not None
    assert read.is_at_once is False  # a schedule has its moment
    assert read == plan if not plan.is_at_once else read.at == now
    drawn = {**graph, "nodes": {**graph["nodes"], "more": {"kind": "exit.leave", "settings": {}}}}
    assert read_plan(drawn) is None
    cron = {**graph["nodes"]["start"]["settings"], "crontab": "*/5 * * * *"}
    start = {**graph["nodes"]["start"], "settings": cron}
    assert read_plan({**graph, "nodes": {**graph["nodes"], "start": start}}) is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"contents": ()}, "content"),
        ({"contents": ("a", "a")}, "instead"),
        ({"exclude": "members"}, "exclude"),
        ({"waves": 49}, "waves"),
        ({"waves": 2, "own_clock": True, "repeat": NINE}, "waves"),
        ({"waves": 2, "every": timedelta(seconds=5)}, "every"),
        ({"control": 51}, "control"),
        ({"own_clock": True}, "own_clock"),
        ({"goal": "paid", "within": timedelta(days=91)}, "goal_days"),
        ({"repeat": Repeat(time(9), (), 31)}, "day"),
        ({"contents": ("gone",)}, "content"),
        ({"segment": "gone"}, "segment"),
        ({"exclude": "gone"}, "exclude"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    world: World, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as error:
        world.save(**values)
    assert list(error.value.message_dict) == [field]
    assert not Send.objects.exists()
    assert not Journey.objects.exists()


def test_it_is_a_journey_that_the_journeys_actions_carry(world: World, now: datetime) -> None:
    send = world.save(at=datetime.fromisoformat("2026-03-04T18:30"), control=10.0)
    journey = send.journey
    assert (journey.state, journey.campaign) == (JourneyState.DRAFT, world.campaign)
    nodes = journey.draft["nodes"]
    assert [nodes[key]["kind"] for key in journey.draft["order"]] == [
        "trigger.schedule", "branch.holdout", "send.message", "exit.leave", "exit.leave",
    ]  # fmt: skip
    assert state_of(send, now) == "draft"
    world.start(send)
    world.campaign.refresh_from_db()
    assert world.campaign.state == CampaignState.RUNNING  # it was a draft
    assert state_of(send, now) == "planned"
    pause(ME, Journey.objects.get(pk=journey.pk), now)
    assert state_of(send, now) == "paused"
    world.go(now + timedelta(hours=1))
    assert not TriggerRun.objects.exists()
    resume(ME, Journey.objects.get(pk=journey.pk), now + timedelta(hours=1))
    world.go(now + timedelta(hours=1))
    assert TriggerRun.objects.get().entered == 24
    assert state_of(send, now + timedelta(hours=1)) == "sending"  # some wait for their morning
    assert finish_sends(now + timedelta(hours=1)) == 0
    world.go(now + timedelta(hours=14))
    assert state_of(send, now + timedelta(hours=14)) == "sent"
    assert finish_sends(now + timedelta(hours=14)) == 1
    journey.refresh_from_db()
    assert journey.state == JourneyState.STOPPED
    assert state_of(send, now + timedelta(hours=15)) == "sent"
    with pytest.raises(JourneyRefused, match="has gone out"):
        save_send(ME, world.campaign, world.plan(), now=now, send=send)
    done = AuditEntry.objects.filter(object_type="send").order_by("id")
    assert list(done.values_list("action", flat=True)) == ["send.create", "send.start"]


def test_nobody_is_stopped_before_the_engine_has_seen_her(world: World, now: datetime) -> None:
    send = world.start(world.save())
    from config.wake import no_wakes
    from journeys.engine.by_time import enter_by_time

    with no_wakes():
        enter_by_time(now)
    assert TriggerRun.objects.get().finished_at
    assert finish_sends(now) == 0
    world.go(now)
    world.go(now + timedelta(hours=15))
    assert finish_sends(now + timedelta(hours=15)) == 1
    assert Message.objects.filter(journey_id=send.journey_id).exists()


def test_again_and_again_until_the_campaign_ends(world: World, now: datetime) -> None:
    send = world.start(world.save(repeat=Repeat(time(18))))  # hour 10 UTC
    for day in range(3):
        world.go(now + timedelta(days=day, hours=1))
        world.go(now + timedelta(days=day, hours=14))
    runs = TriggerRun.objects.filter(journey=send.journey)
    assert [run.entered for run in runs] == [24, 24, 24]
    assert state_of(send, now + timedelta(days=3)) == "between"
    changed = save_send(ME, world.campaign, world.plan(repeat=Repeat(time(20))), now=now, send=send)
    with pytest.raises(JourneyRefused, match="Count the reach first"):
        start_send(ME, changed, now=now, typed="Spring tea")
    world.start(changed)
    # Its end is moved to tomorrow: the send goes with it.
    ends = now + timedelta(days=4)
    change_campaign(ME, world.campaign, {"ends_at": ends}, now=now)
    send.journey.refresh_from_db()
    assert send.journey.ends_at == ends
    assert close_ended(ends) == 1
    world.go(ends + timedelta(hours=14))
    assert finish_sends(ends + timedelta(hours=14)) == 1
    assert follow_calendar(ends) == 1
    with pytest.raises(JourneyRefused, match="ended"):
        world.save(name="Late")


@pytest.mark.parametrize(
    ("size", "segment", "typed", "starts"),
    [
        (None, "members", "", True),
        (24, "members", "", False),
        (24, "members", "wrong", False),
        (24, "members", "24", True),
        (24, "members", " spring TEA ", True),
        (25, "members", "", True),
        (25, "", "", False),  # everybody, however few
        (25, "", "31", True),
        (0, "", "", False),
        (0, "members", "", True),
    ],
)
def test_many_and_everybody_are_confirmed_twice(
    world: World, now: datetime, size: int | None, segment: str, typed: str, starts: bool
) -> None:
    if size is not None:
        values = {"brand": world.shop.brand, "size": size or 1, "is_active": size > 0}
        save_policy(ME, SendApproval(), values, now=now)
        assert AuditEntry.objects.filter(action="send_approval.create").exists()
    send = world.save(segment=segment)
    count_send(ME, send, now=now)
    if starts:
        started = start_send(ME, send, now=now, typed=typed)
        assert bool(started.confirmed_as) == bool(typed)
        return
    with pytest.raises(JourneyRefused, match=r"To confirm, type (24|31)"):
        start_send(ME, send, now=now, typed=typed)
    send.journey.refresh_from_db()
    assert send.journey.state == JourneyState.DRAFT


def test_successes_are_counted_after_it_has_gone_out(world: World, now: datetime) -> None:
    send = world.start(world.save(goal="order_paid", within=timedelta(days=3), control=20.0))
    world.go(now)
    later = now + timedelta(hours=15)
    world.go(later)
    assert state_of(send, later) == "sent"
    who = [each.pk for each in world.members[:5]]
    for days, customers in ((1, who[:3]), (2, who[2:4]), (4, who[4:])):
        at = now + timedelta(days=days)
        items = [
            Item(str(pk), [("email", f"c{pk}@example.com")], events=[EventFact("order_paid", at)])
            for pk in customers
        ]
        with no_wakes():
            told = ingest(Batch("shop", items, brand_id=world.shop.brand.pk), now=at)
        assert not told.refused
        world.go(at)
        # As long as successes count its journey is not closed.
        assert finish_sends(at) == (1 if days == 4 else 0)
    found = totals_of([send.journey_id])[send.journey_id]
    reached = Enrollment.objects.filter(journey=send.journey, goal_at__isnull=False)
    assert set(reached.values_list("customer", flat=True)) <= set(who[:4])
    assert found.goals == reached.count() > 0


def test_a_segment_that_holds_everybody_is_everybody(world: World, now: datetime) -> None:
    from customers.models import Customer

    world.segment("whole", list(Customer.objects.all()))
    send = world.save(segment="whole")
    assert count_send(ME, send, now=now).is_everybody
    with pytest.raises(JourneyRefused, match="To confirm"):
        start_send(ME, send, now=now)


def test_figures_must_be_of_this_plan_and_of_this_hour(world: World, now: datetime) -> None:
    send = world.save()
    with pytest.raises(JourneyRefused, match="Count the reach first"):
        start_send(ME, send, now=now)
    count_send(ME, send, now=now - timedelta(minutes=61))
    with pytest.raises(JourneyRefused, match="Count the reach first"):
        start_send(ME, send, now=now)
    past = world.save(name="Past", at=datetime.fromisoformat("2026-03-04T17:00"))
    count_send(ME, past, now=now)
    with pytest.raises(JourneyRefused, match="is past"):
        start_send(ME, past, now=now)
    world.segment("nobody", [])
    empty = world.save(name="Empty", segment="nobody")
    count_send(ME, empty, now=now)
    with pytest.raises(JourneyRefused, match="Nobody would get it"):
        start_send(ME, empty, now=now)


def test_who_may_what(world: World, now: datetime) -> None:
    brand = world.shop.brand
    vera, mia, max_ = (
        actor_of(name, role, brand)
        for name, role in (("vera", "viewer"), ("mia", "marketer"), ("max", "manager"))
    )
    with pytest.raises(RightMissing):
        save_send(vera, world.campaign, world.plan(), now=now)
    send = save_send(mia, world.campaign, world.plan(), now=now)
    with pytest.raises(RightMissing):
        count_send(vera, send, now=now)
    count_send(mia, send, now=now)
    with pytest.raises(RightMissing):
        start_send(mia, send, now=now)
    assert start_send(max_, send, now=now).started_by == max_.user
    other = World.make(now, "coffee")
    with pytest.raises(RightMissing):
        save_send(mia, other.campaign, world.plan(), now=now)
    with pytest.raises(ValidationError):
        # A content of another brand is none here.
        save_send(ME, other.campaign, world.plan(), now=now)


def test_a_campaign_is_not_archived_while_something_goes_on(world: World, now: datetime) -> None:
    from campaigns.actions.campaigns import CampaignRefused

    send = world.start(world.save(repeat=NINE))
    with pytest.raises(CampaignRefused, match="First mail"):
        archive(ME, world.campaign, now=now)
    journey = Journey.objects.get(pk=send.journey_id)
    drain(ME, journey, now)
    stop(ME, journey, now)
    archive(ME, world.campaign, now=now)
    assert world.campaign.state == CampaignState.ARCHIVED


def test_as_many_queries_for_many_sends(world: World, now: datetime) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from journeys.sends.usage import sends_of

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert sends_of(world.campaign.pk, now)
        return len(seen)

    world.start(world.save())
    few = queries()
    for n in range(4):
        world.start(world.save(name=f"Send {n}"))
    assert queries() == few
