"""`bench reports`: how long the pages of reports take when millions have walked.

Everybody has walked one journey with an experiment, was to get its message, and has events of the
goal's kind among many others: the page of the experiment counts each of them anew.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any, Final

from django.core.management.utils import get_random_secret_key
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from campaigns.models import Campaign, Content
from config.bench import Bench, Line, register
from customers.access import Actor
from customers.models import Brand, EventType, User
from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.bench.world import make_content
from journeys.graph.yaml import load_yaml
from journeys.models import Journey

DAYS: Final = 30
JOURNEY: Final = """
journey: report
name: Report
goal: {event: order_paid, within: 14d, stay: true, value: amount}
nodes:
  joined: {kind: trigger.event, event: joined, next: tone}
  tone:
    kind: branch.experiment
    experiment: tone
    arms: {warm: 1, cool: 1}
    control: 20
    next: {warm: mail, cool: text, control: over}
  mail: {kind: send.message, content: mail, next: over}
  text: {kind: send.message, content: sms, next: over}
  over: {kind: exit.leave, reason: over}
"""
# They come evenly over the days; a tenth reach the goal, a few more of the warm arm.
WALKS: Final = """
INSERT INTO journeys_enrollment (id, journey_id, version_id, customer_id, bucket, entry_key,
    entry_guard, entered_at, node, visit, arrived_at, state, finished_at, exit_reason, goal_at,
    context, error)
SELECT n, %(journey)s, %(version)s, n, n %% 256, '', '', at, 'over', 4, at, 'finished', at, 'over',
    CASE WHEN n * 7919 %% 100 < 10 + (n %% 10 < 4)::int THEN at + interval '20 hours' END, '{}', ''
FROM (SELECT n, %(since)s + n * (%(span)s / %(n)s) AS at FROM generate_series(1, %(n)s::bigint) n) x
"""
STRETCHES: Final = """
INSERT INTO journeys_stretch (enrollment_id, version_id, arrived_at, left_at, visit, path)
SELECT e.id, e.version_id, e.arrived_at, e.arrived_at, 1, ARRAY[
    journeys_way_id('joined', 'next'),
    CASE WHEN e.id %% 10 < 4 THEN %(warm)s WHEN e.id %% 10 < 8 THEN %(cool)s ELSE %(control)s END]
FROM journeys_enrollment e
"""
CANDIDATES: Final = """
INSERT INTO campaigns_candidate (brand_id, customer_id, bucket, journey_id, version_id,
    enrollment_id, node, visit, campaign_id, content_id, channel, purpose, priority, context,
    wanted_at, due_at, state, rule, detail, decided_at)
SELECT %(brand)s, e.customer_id, e.bucket, e.journey_id, e.version_id, e.id,
    CASE WHEN e.id %% 10 < 4 THEN 'mail' ELSE 'text' END, 3, %(campaign)s,
    CASE WHEN e.id %% 10 < 4 THEN %(mail)s ELSE %(sms)s END,
    CASE WHEN e.id %% 10 < 4 THEN 'email' ELSE 'sms' END, 'marketing', 50, '{}',
    e.arrived_at, e.arrived_at, CASE WHEN e.id %% 17 < 3 THEN 'stopped' ELSE 'allowed' END,
    coalesce((ARRAY['consent', 'frequency_cap', 'control_group'])[1 + e.id %% 17], ''), '{}',
    e.arrived_at
FROM journeys_enrollment e WHERE e.id %% 10 < 8
"""
MESSAGES: Final = """
INSERT INTO campaigns_message (candidate_id, brand_id, customer_id, journey_id, node, campaign_id,
    content_id, channel, purpose, priority, address, language, variant, subject, state, accepted_at,
    attempts, handed_over_at, delivered_at, opened_at, clicked_at, provider_id, error)
SELECT c.id, c.brand_id, c.customer_id, c.journey_id, c.node, c.campaign_id, c.content_id,
    c.channel, c.purpose, 50, '', 'en', '', '', 'delivered', c.wanted_at, 1, c.wanted_at,
    c.wanted_at, CASE WHEN c.id %% 3 = 0 THEN c.wanted_at END,
    CASE WHEN c.id %% 9 = 0 THEN c.wanted_at END, '', ''
FROM campaigns_candidate c WHERE c.state = 'allowed'
"""
SUMS: Final = """
INSERT INTO journeys_nodecount (version_id, node, outcome, hour, n)
SELECT version_id, 'joined', o, date_trunc('hour', entered_at), count(*)
FROM journeys_enrollment, unnest(ARRAY['', 'next']) o GROUP BY 1, 3, 4
"""
VERDICTS: Final = """
INSERT INTO campaigns_verdictcount (journey_id, version_id, node, hour, verdict, rule, n)
SELECT journey_id, version_id, node, date_trunc('hour', wanted_at), state, rule, count(*)
FROM campaigns_candidate GROUP BY 1, 2, 3, 4, 5, 6
"""
# One event in twenty is an order.
EVENTS: Final = """
INSERT INTO customers_event (customer_id, event_type_id, occurred_at, received_at, brand_id,
    properties)
SELECT 1 + n %% %(n)s, CASE WHEN (n / %(n)s + n) %% 20 = 0 THEN %(paid)s ELSE %(seen)s END, at, at,
    %(brand)s, jsonb_build_object('amount', n %% 900)
FROM (SELECT n, %(since)s + n * ((%(span)s + interval '3 days') / %(events)s) AS at
      FROM generate_series(1, %(events)s::bigint) n) x
"""


@register
class ReportsBench(Bench):
    """Each page is asked for as a browser does: the first time, and again when what takes long has
    been counted, as it is behind the pages once somebody has looked. Both are told."""

    name = "reports"
    about = "milliseconds of the pages of reports, of a journey that everybody has walked"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=1_000_000, help="customers")
        parser.add_argument("--events", type=int, default=20_000_000, help="events in all")
        parser.add_argument("--rounds", type=int, default=7, help="times that a page is asked for")

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        journey, campaign = make_world(options["customers"], options["events"])
        user = User.objects.create_superuser(
            "bench@example.com", get_random_secret_key(), language="en"
        )
        tone = reverse("journeys:experiment", args=[journey.pk, "experiment.tone"])
        report = f"{reverse('journeys:reports')}?days=30&journey={journey.pk}"
        plan = reverse("campaigns:detail", args=[campaign.pk])
        messages = reverse("campaigns:messages")
        # Files wait for what a worker would count behind the page.
        pages: dict[str, tuple[str, list[str]]] = {
            "home": ("/", []),
            "reports": (f"{reverse('journeys:reports')}?days=30", []),
            "experiment": (tone, [f"{tone}?form=csv"]),
            "experiment, read once": (f"{tone}?reading=once", []),
            "journey report": (
                report,
                [f"{report}&form={each}.csv" for each in ("parts", "brought", "times")],
            ),
            "journey report, compared": (
                f"{report}&against=periods",
                [f"{report}&against=periods&form=compared.csv"],
            ),
            "reports, by channel": (
                f"{reverse('journeys:reports')}?days=30&by=channel",
                [f"{reverse('journeys:reports')}?days=30&by=channel&form=parts.csv"],
            ),
            "campaign": (plan, [f"{plan}?form=csv"]),
            "people of a bar": (f"{messages}?journey={journey.pk}&bar=responded", []),
        }
        with override_settings(ALLOWED_HOSTS=["testserver"], STORAGES=PLAIN):
            client = Client()
            client.force_login(user)
            for page, (url, files) in pages.items():
                first = _seconds(client, url)
                counting = sum(_seconds(client, file) for file in files)
                took = sorted(_seconds(client, url) for _round in range(options["rounds"]))
                yield {
                    "page": page,
                    "customers": options["customers"],
                    "events": options["events"],
                    "ms_first": round(first * 1_000, 1),
                    "ms_counting": round(counting * 1_000, 1),
                    "ms_p50": round(took[len(took) // 2] * 1_000, 1),
                    "ms_p95": round(took[min(len(took) - 1, len(took) * 19 // 20)] * 1_000, 1),
                }


def make_world(customers: int, events: int) -> tuple[Journey, Campaign]:
    """So many customers who have walked the journey in the last month, and their events."""
    now = datetime.now(UTC).replace(microsecond=0)
    since, span = now - timedelta(days=DAYS), timedelta(days=DAYS - 4)
    brand = Brand.objects.create(code="bench", name="Bench", created_at=since)
    for code, channel in (("mail", "email"), ("sms", "sms")):
        make_content(brand, code, channel)
    campaign = Campaign.objects.create(
        brand=brand, code="spring", name="Spring", kind="daily", currency="EUR", starts_at=since
    )
    types = {
        code: EventType.objects.create(code=code, name=code, first_seen_at=now, last_seen_at=now)
        for code in ("order_paid", "viewed", "joined")
    }
    text = load_yaml(JOURNEY)
    journey = load(Actor.of_command("bench"), brand, text, since).journey
    publish(Actor.of_command("bench"), journey, since)
    journey.refresh_from_db()
    Journey.objects.filter(pk=journey.pk).update(campaign=campaign)
    values: dict[str, Any] = {
        "n": customers, "events": events, "since": since, "span": span, "brand": brand.pk,
        "journey": journey.pk, "version": journey.current_id, "campaign": campaign.pk,
        "paid": types["order_paid"].pk, "seen": types["viewed"].pk,
        **dict(Content.objects.values_list("code", "pk")),
    }  # fmt: skip
    with connection.cursor() as cursor:
        for arm in ("warm", "cool", "control"):
            cursor.execute("SELECT journeys_way_id('tone', %s)", [arm])
            values[arm] = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO customers_customer (id, display_name, sort_key, language, timezone,"
            " is_known, attributes, provenance, created_at) SELECT n, '', '', '', '', true, '{}',"
            " '{}', %s FROM generate_series(1, %s::bigint) n",
            [since, customers],
        )
        cursor.execute("SELECT journeys_ensure_history(%s, %s)", [since, now])
        cursor.execute("SELECT customers_ensure_event_partitions(%s, %s)", [since, now])
        for sql in (WALKS, STRETCHES, CANDIDATES, MESSAGES, SUMS, VERDICTS, EVENTS):
            cursor.execute(sql, values)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    return journey, campaign


# helpers

# Nothing has been collected for a bench, and the pages are not about their style sheets.
PLAIN: Final = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def _seconds(client: Client, url: str) -> float:
    began = perf_counter()
    answer = client.get(url)
    if answer.status_code != 200:
        raise RuntimeError(f"{url} answered {answer.status_code}.")
    return perf_counter() - began
