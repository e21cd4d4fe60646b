"""`manage.py demo`: from an empty database to a group whose journey is alive."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.dateparse import parse_datetime
from django_celery_beat.models import PeriodicTask

from campaigns.models import Candidate, Message, Offer, OfferCode, Task
from config import heartbeat
from config.clock import utc_now
from customers.models import (
    AuditEntry,
    Brand,
    Consent,
    Customer,
    CustomerTag,
    Event,
    Identity,
    Segment,
    Tag,
    TagChange,
    TagRun,
    User,
)
from journeys.actions import check
from journeys.demo.pulse import NAME, beat
from journeys.models import Enrollment, Journey, NodeCount, Send, Timer, WebhookCall
from journeys.sends.state import states_of

NOW = "2026-03-04T09:30:00Z"


@pytest.fixture
def var(tmp_path: Path, settings: Any) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


def demo(*options: str) -> None:
    # Who takes which of two ways at random is a hash of her number, and numbers go on from where
    # the tests before have left them.
    with connection.cursor() as cursor:
        numbers = "pg_get_serial_sequence('customers_customer', 'id')"
        cursor.execute(f"SELECT setval({numbers}, 1, false)")
    call_command("demo", "--customers", "200", "--now", NOW, *options, verbosity=0)


def _tags_are_computed(now: datetime) -> None:
    """Every tag with a definition has values of the last moment, and a history of changes."""
    computed = Tag.objects.exclude(definition={})
    assert computed.count() == 11
    assert set(computed.values_list("refreshed_at", flat=True)) == {now}
    assert not TagRun.objects.exclude(state="done").exists()
    for code in ("tier", "lifecycle", "stage", "rfm_yunzhu", "favourite_category"):
        values = CustomerTag.objects.filter(tag__code=code).values("value").distinct()
        assert values.count() >= 3, code
    assert TagChange.objects.filter(tag__code="lifecycle", added=False).exists()


def _journeys_of_every_kind_run() -> None:
    """What the younger journeys do has left its marks: coupons, tasks, calls, entries by date."""
    running = Journey.objects.filter(state="running", send=None)
    assert set(running.values_list("code", flat=True)) == {
        "welcome", "after_order", "birthday", "gold_care",
    }  # fmt: skip
    kinds = {node["kind"] for each in running for node in each.draft["nodes"].values()}
    assert {
        "trigger.date", "trigger.segment", "wait.throttle", "wait.window", "wait.random",
        "wait.date", "branch.experiment", "branch.holdout", "branch.capped", "branch.rounds",
        "branch.reachable", "branch.message", "branch.value", "act.offer", "act.task",
        "act.webhook", "act.list", "act.attribute", "act.event",
    } <= kinds  # fmt: skip
    assert OfferCode.objects.filter(offer__code="trail15", issued_at__isnull=False).exists()
    assert OfferCode.objects.filter(offer__code="birthday", issued_at__isnull=False).exists()
    assert not Enrollment.objects.filter(state="set_aside").exists()
    assert Task.objects.exists()
    assert not WebhookCall.objects.filter(state="waiting").exists()
    # Of so few customers nobody becomes a gold member in two weeks.
    for journey in running.exclude(code="gold_care"):
        assert journey.enrollments.exists(), journey.code


def _sends_have_gone_out_and_are_planned(now: datetime) -> None:
    """Two of last week are done, two are still to come, one waits for somebody to start it."""
    related = ("campaign__brand", "journey__brand", "journey__current")
    found = states_of(list(Send.objects.select_related(*related).order_by("pk")), now)
    assert [each.state for each in found] == ["sent", "sent", "planned", "planned", "draft"]
    for each in found[:2]:
        assert each.sent > 0
        assert each.entered > 0
    # The first one still counts successes, the second is closed.
    assert [bool(each.send.finished_at) for each in found[:2]] == [False, True]
    assert found[2].next_at
    assert found[2].plan
    assert found[2].plan.waves == 4
    assert found[4].send.forecast


@pytest.mark.django_db
def test_the_demo_is_alive(var: Path, client: Any) -> None:
    demo()
    now = parse_datetime(NOW)
    assert now is not None

    assert Brand.objects.count() == 2
    assert Customer.objects.filter(created_at__lte=now).count() == Customer.objects.count() == 202
    assert set(
        Identity.objects.filter(namespace__code="email").values_list("value", flat=True)
    ) == {
        value
        for value in Identity.objects.values_list("value", flat=True)
        if value.endswith(("@example.com", "@example.org", "@example.net"))
    }
    assert Event.objects.filter(event_type__code="order_paid").count() > 50
    assert Consent.objects.count() > 1000
    assert CustomerTag.objects.filter(tag__code="churn_risk").count() == 200
    _tags_are_computed(now)
    assert all(segment.built_at and not segment.problem for segment in Segment.objects.all())

    for brand in Brand.objects.all():
        plans = list(brand.campaigns.order_by("starts_at"))
        assert [plan.state for plan in plans] == ["ended", "running", "scheduled"]
        runs = plans[1]
        days = [moment for plan in plans if (moment := plan.starts_at)]
        ends = [moment for plan in plans if (moment := plan.ends_at)]
        assert ends[0] <= now < days[2]
        assert days[1] <= now < ends[1]
        assert all(plan.created_at < first for plan, first in zip(plans, days, strict=True))
        assert all(plan.created_at < now for plan in plans)
        drawn = brand.journeys.filter(send=None)
        assert set(drawn.values_list("campaign", flat=True)) == {runs.pk}
        assert Offer.objects.filter(brand=brand, starts_at__lt=now, ends_at__gt=now).exists()

    welcome = Journey.objects.get(code="welcome")
    assert welcome.state == "running"
    walks = Enrollment.objects.filter(journey=welcome)
    waiting = walks.filter(state="active")
    assert walks.filter(state="finished").count() > 5
    assert waiting.count() >= 1
    assert not walks.filter(state="set_aside").exists()
    assert Timer.objects.filter(enrollment_id__in=waiting.values("pk"), due_at__gt=now).exists()
    assert NodeCount.objects.filter(version=welcome.current, node="hello").exists()
    assert Message.objects.filter(journey_id=welcome.pk, delivered_at__isnull=False).exists()
    assert not Candidate.objects.filter(state="waiting", due_at__lt=now - timedelta(hours=2))

    assert Journey.objects.get(code="win_back").state == "paused"
    draft = Journey.objects.get(code="left_cart")
    _graph, problems = check(draft.draft, draft.brand)
    assert [problem.place for problem in problems] == ["nodes.text_message.content"]

    _journeys_of_every_kind_run()
    _sends_have_gone_out_and_are_planned(now)

    noted = json.loads((var / "demo.json").read_text())
    assert stat.S_IMODE((var / "demo.json").stat().st_mode) == 0o600
    assert User.objects.get(email=noted["email"]).check_password(noted["password"])
    assert len(noted["others"]) == 4

    made = set(AuditEntry.objects.values_list("action", flat=True))
    by_hand = {"campaign.create", "cap.create", "quiet_hours.create", "content.create"}
    assert by_hand | {"namespace.create", "segment.create", "journey.publish"} <= made

    before = Event.objects.count()
    assert sum(beat(200, 7, now + timedelta(minutes=n)) for n in range(1, 6)) > 0
    assert Event.objects.count() > before
    assert Customer.objects.count() > 200
    task = PeriodicTask.objects.get(name=NAME)
    assert (task.task, task.queue) == ("journeys.demo.pulse", "default")

    counts = Customer.objects.count(), Event.objects.count(), Journey.objects.count()
    demo()
    assert counts == (Customer.objects.count(), Event.objects.count(), Journey.objects.count())


@pytest.mark.django_db
def test_a_used_database_is_left_alone(var: Path) -> None:
    User.objects.create_user("somebody@example.com", "pw")

    with pytest.raises(CommandError, match="--force-add"):
        demo()
    assert not Brand.objects.exists()


@pytest.mark.django_db
def test_a_working_engine_keeps_the_demo_out(var: Path) -> None:
    heartbeat.beat("engine", utc_now())

    with pytest.raises(CommandError, match="Stop `manage"):
        demo()


@pytest.mark.django_db
def test_a_demo_that_was_cut_off_says_so(var: Path) -> None:
    Brand.objects.create(code="larkfell", name="Larkfell")

    with pytest.raises(CommandError, match="cut off"):
        demo()


@pytest.mark.parametrize("options", [["--customers", "3"], ["--now", "yesterday"]])
def test_what_can_not_be_is_refused_in_a_sentence(options: list[str]) -> None:
    with pytest.raises(CommandError, match="expected"):
        call_command("demo", *options, verbosity=0)


@pytest.mark.django_db
def test_without_the_demo_the_pulse_does_nothing() -> None:
    assert beat(200, 7, datetime(2026, 3, 4, tzinfo=UTC)) == 0
    assert not Customer.objects.exists()
