"""Journeys, the engine and its history, as they stand after the first months of work.

It stands for the migrations that led here, each of which the database of an earlier version has
applied; tables are followed by what only SQL can say (sql/), and by the rows that every group has.
"""

from pathlib import Path
from typing import Any

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

SQL = Path(__file__).resolve().parents[1] / "sql"
# Room for updates inside the page, and the buckets that workers lease.
STORAGE = """
ALTER TABLE journeys_enrollment SET (fillfactor = 60);
ALTER TABLE journeys_timer SET (autovacuum_vacuum_scale_factor = 0.02);
INSERT INTO journeys_bucket (id) SELECT generate_series(0, 255);
"""
PERIODIC: list[dict[str, Any]] = [
    {
        "queue": "engine",
        "name": "Engine: move whoever is due",
        "task": "journeys.tasks.tick",
        "every_seconds": 1,
        "description": "Walks the customers of all running journeys on, in batches.",
    },
    {
        "queue": "engine",
        "name": "Engine: forget what nobody waits for",
        "task": "journeys.tasks.clean",
        "crontab": "20 3 * * *",
        "description": "Deletes listeners whose time is over and whose walk has ended.",
    },
    {
        "queue": "engine",
        "name": "Engine: go on with moves of people",
        "task": "journeys.tasks.move",
        "every_seconds": 15,
        "description": "Moves people to a new version, on, or out, bucket by bucket.",
    },
    {
        "queue": "engine",
        "name": "Engine: watchdog",
        "task": "journeys.tasks.watch",
        "every_seconds": 60,
        "description": "Finds walks that can't go on, and ends journeys whose time is over.",
    },
    {
        "queue": "default",
        "name": "Webhooks: call what is due",
        "task": "journeys.webhooks.call",
        "every_seconds": 5,
        "description": "Makes the calls of journeys to other systems, and tries failed ones again.",
    },
]


def _fill(apps, schema_editor):
    for each in PERIODIC:
        register_periodic(apps, **each)


def _empty(apps, schema_editor):
    for each in PERIODIC:
        unregister_periodic(apps, name=each["name"])


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("journeys", "0001_initial"),
        ("journeys", "0002_storage"),
        ("journeys", "0003_held_timers_and_audience_entries"),
        ("journeys", "0004_periodic_engine"),
        ("journeys", "0005_timers_by_enrollment"),
        ("journeys", "0006_people_who_are_moved"),
        ("journeys", "0007_periodic_moves_and_watchdog"),
        ("journeys", "0008_history_by_stretch"),
        ("journeys", "0009_partitions_made_at_once"),
        ("journeys", "0010_sums_of_goals"),
        ("journeys", "0011_entries_answers_and_webhooks"),
        ("journeys", "0012_periodic_webhooks"),
        ("journeys", "0013_headers_of_webhook_calls"),
    ]

    dependencies = [DEPENDENCY, ("campaigns", "0001_start"), ("customers", "0001_start"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Step",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("enrollment_id", models.BigIntegerField(verbose_name="enrollment")),
                ("visit", models.PositiveIntegerField(verbose_name="visit")),
                ("customer_id", models.BigIntegerField(verbose_name="customer")),
                ("journey_id", models.BigIntegerField(verbose_name="journey")),
                ("version_id", models.BigIntegerField(verbose_name="version")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("outcome", models.CharField(max_length=40, verbose_name="outcome")),
                ("arrived_at", models.DateTimeField(verbose_name="arrived")),
                ("left_at", models.DateTimeField(verbose_name="left")),
                ("detail", models.JSONField(null=True, verbose_name="why")),
            ],
            options={"verbose_name": "step", "verbose_name_plural": "steps", "ordering": ["enrollment_id", "visit"], "managed": False},
        ),
        migrations.CreateModel(
            name="Stretch",
            fields=[
                ("pk", models.CompositePrimaryKey("enrollment_id", "visit", "left_at", blank=True, editable=False, primary_key=True, serialize=False)),
                ("enrollment_id", models.BigIntegerField(verbose_name="enrollment")),
                ("version_id", models.BigIntegerField(verbose_name="version")),
                ("arrived_at", models.DateTimeField(verbose_name="arrived")),
                ("left_at", models.DateTimeField(verbose_name="left")),
                ("visit", models.IntegerField(verbose_name="visit")),
                ("path", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None, verbose_name="path")),
                ("detail", models.JSONField(null=True, verbose_name="why")),
            ],
            options={"verbose_name": "stretch", "verbose_name_plural": "stretches", "db_table": "journeys_stretch", "managed": False},
        ),
        migrations.CreateModel(
            name="Way",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("outcome", models.CharField(max_length=40, verbose_name="outcome")),
            ],
            options={"verbose_name": "way", "verbose_name_plural": "ways", "db_table": "journeys_way", "managed": False},
        ),
        migrations.CreateModel(
            name="Bucket", fields=[("id", models.SmallIntegerField(primary_key=True, serialize=False))], options={"verbose_name": "bucket", "verbose_name_plural": "buckets"}
        ),
        migrations.CreateModel(
            name="Journey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        max_length=40,
                        validators=[
                            django.core.validators.RegexValidator("^[a-z][a-z0-9_]{0,39}$", "Use up to 40 small letters, digits and underscores, beginning with a letter.")
                        ],
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("description", models.CharField(blank=True, max_length=240, verbose_name="description")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("running", "running"), ("paused", "paused"), ("draining", "draining"), ("stopped", "stopped"), ("archived", "archived")],
                        default="draft",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("draft", models.JSONField(default=dict, verbose_name="draft")),
                ("draft_number", models.PositiveIntegerField(default=1, verbose_name="draft number")),
                (
                    "timezone",
                    models.CharField(blank=True, help_text="The clock of customers whose own zone is not known. Empty: the brand's.", max_length=64, verbose_name="time zone"),
                ),
                ("priority", models.PositiveSmallIntegerField(default=50, help_text="0 to 100; the higher one wins a customer.", verbose_name="priority")),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="valid from")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="valid until")),
                (
                    "at_end",
                    models.CharField(
                        choices=[("drain", "who is inside walks to the end"), ("stop", "everybody leaves at once")],
                        default="drain",
                        max_length=5,
                        verbose_name="when its time is over",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="journeys", to="customers.brand")),
                ("campaign", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="journeys", to="campaigns.campaign")),
                ("owner", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "journey",
                "verbose_name_plural": "journeys",
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("brand", "code"), name="journey_code_once"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["draft", "running", "paused", "draining", "stopped", "archived"])), name="journey_state_known"),
                    models.CheckConstraint(condition=models.Q(("at_end__in", ["drain", "stop"])), name="journey_at_end_known"),
                    models.CheckConstraint(condition=models.Q(("priority__range", (0, 100))), name="journey_priority_range"),
                    models.CheckConstraint(
                        condition=models.Q(("starts_at__isnull", True), ("ends_at__isnull", True), ("ends_at__gt", models.F("starts_at")), _connector="OR"),
                        name="journey_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LagCount",
            fields=[
                ("pk", models.CompositePrimaryKey("minute", "at_most_ms", blank=True, editable=False, primary_key=True, serialize=False)),
                ("minute", models.DateTimeField(verbose_name="minute")),
                ("at_most_ms", models.BigIntegerField(verbose_name="at most milliseconds")),
                ("n", models.BigIntegerField(verbose_name="number")),
            ],
            options={"verbose_name": "lag count", "verbose_name_plural": "lag counts"},
        ),
        migrations.CreateModel(
            name="Replay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, unique=True, verbose_name="name")),
                ("position", models.BigIntegerField(default=0, verbose_name="events read")),
                ("clock", models.DateTimeField(null=True, verbose_name="virtual clock")),
                ("problems", models.JSONField(default=list, verbose_name="unreadable events")),
                ("problem_count", models.PositiveIntegerField(default=0, verbose_name="number of unreadable events")),
                ("finished", models.BooleanField(default=False, verbose_name="finished")),
            ],
            options={"verbose_name": "replay", "verbose_name_plural": "replays"},
        ),
        migrations.CreateModel(
            name="Throttle",
            fields=[
                ("pk", models.CompositePrimaryKey("journey_id", "node", blank=True, editable=False, primary_key=True, serialize=False)),
                ("journey_id", models.BigIntegerField(verbose_name="journey")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("slot", models.BigIntegerField(default=0, verbose_name="interval")),
                ("used", models.PositiveIntegerField(default=0, verbose_name="places given away")),
            ],
            options={"verbose_name": "throttle", "verbose_name_plural": "throttles"},
        ),
        migrations.CreateModel(
            name="TriggerClock",
            fields=[
                ("pk", models.CompositePrimaryKey("journey_id", "node", blank=True, editable=False, primary_key=True, serialize=False)),
                ("journey_id", models.BigIntegerField(verbose_name="journey")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("looked_until", models.DateTimeField(verbose_name="looked at until")),
            ],
            options={"verbose_name": "clock of a trigger", "verbose_name_plural": "clocks of triggers"},
        ),
        migrations.CreateModel(
            name="HeldTimer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("journey_id", models.BigIntegerField(verbose_name="journey")),
                (
                    "reason",
                    models.CharField(
                        choices=[("paused", "the journey is paused"), ("set_aside", "the customer is set aside"), ("late", "it is too late, and somebody has to say what then")],
                        max_length=9,
                        verbose_name="reason",
                    ),
                ),
                ("version_id", models.BigIntegerField(verbose_name="version")),
                ("enrollment_id", models.BigIntegerField(verbose_name="enrollment")),
                ("visit", models.PositiveIntegerField(verbose_name="visit")),
                ("bucket", models.SmallIntegerField(verbose_name="bucket")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("kind", models.SmallIntegerField(choices=[(0, "arrived"), (1, "time is up"), (2, "event came"), (3, "answer came"), (4, "taken out")], verbose_name="kind")),
                ("event_id", models.BigIntegerField(null=True, verbose_name="event")),
                ("event_at", models.DateTimeField(null=True, verbose_name="event's time")),
                ("label", models.CharField(blank=True, max_length=40, verbose_name="label")),
            ],
            options={
                "verbose_name": "held timer",
                "verbose_name_plural": "held timers",
                "indexes": [models.Index(fields=["journey_id", "reason"], name="heldtimer_by_journey"), models.Index(fields=["enrollment_id"], name="heldtimer_by_enrollment")],
                "constraints": [models.CheckConstraint(condition=models.Q(("reason__in", ["paused", "set_aside", "late"])), name="heldtimer_reason_known")],
            },
        ),
        migrations.CreateModel(
            name="HistoryPolicy",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                (
                    "keep_days",
                    models.PositiveIntegerField(
                        blank=True, help_text="Empty: for ever. Sums per step and hour are always kept.", null=True, verbose_name="days that raw steps are kept"
                    ),
                ),
                ("changed_at", models.DateTimeField(blank=True, null=True, verbose_name="changed")),
            ],
            options={
                "verbose_name": "history policy",
                "verbose_name_plural": "history policy",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="historypolicy_one"),
                    models.CheckConstraint(condition=models.Q(("keep_days__isnull", True), ("keep_days__gte", 7), _connector="OR"), name="historypolicy_a_week"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Listener",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer_id", models.BigIntegerField(verbose_name="customer")),
                ("enrollment_id", models.BigIntegerField(verbose_name="enrollment")),
                ("visit", models.PositiveIntegerField(verbose_name="visit")),
                ("bucket", models.SmallIntegerField(verbose_name="bucket")),
                ("version_id", models.BigIntegerField(verbose_name="version")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("label", models.CharField(blank=True, max_length=40, verbose_name="label")),
                ("opened_at", models.DateTimeField(verbose_name="open from")),
                ("until", models.DateTimeField(null=True, verbose_name="open until")),
                ("match_property", models.CharField(blank=True, max_length=120, verbose_name="property to match")),
                ("match_value", models.CharField(blank=True, max_length=240, verbose_name="value to match")),
                ("event_type", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.eventtype")),
            ],
            options={
                "verbose_name": "listener",
                "verbose_name_plural": "listeners",
                "indexes": [models.Index(fields=["customer_id", "event_type"], name="listener_by_customer")],
                "constraints": [models.UniqueConstraint(fields=("enrollment_id", "visit", "event_type", "label"), name="listener_once")],
            },
        ),
        migrations.CreateModel(
            name="Timer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version_id", models.BigIntegerField(verbose_name="version")),
                ("enrollment_id", models.BigIntegerField(verbose_name="enrollment")),
                ("visit", models.PositiveIntegerField(verbose_name="visit")),
                ("bucket", models.SmallIntegerField(verbose_name="bucket")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("kind", models.SmallIntegerField(choices=[(0, "arrived"), (1, "time is up"), (2, "event came"), (3, "answer came"), (4, "taken out")], verbose_name="kind")),
                ("event_id", models.BigIntegerField(null=True, verbose_name="event")),
                ("event_at", models.DateTimeField(null=True, verbose_name="event's time")),
                ("label", models.CharField(blank=True, help_text="Which of several waits matched.", max_length=40, verbose_name="label")),
            ],
            options={
                "verbose_name": "timer",
                "verbose_name_plural": "timers",
                "indexes": [
                    models.Index(fields=["version_id", "due_at", "enrollment_id"], include=("bucket",), name="timer_due"),
                    models.Index(fields=["enrollment_id"], name="timer_by_enrollment"),
                ],
                "constraints": [models.CheckConstraint(condition=models.Q(("kind__in", [0, 1, 2, 3, 4])), name="timer_kind_known")],
            },
        ),
        migrations.CreateModel(
            name="Trouble",
            fields=[
                ("enrollment_id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="enrollment")),
                ("journey_id", models.BigIntegerField(db_index=True, verbose_name="journey")),
                ("version_id", models.BigIntegerField(verbose_name="version")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("kind", models.CharField(choices=[("stuck", "nothing will ever move her on"), ("lost", "her step is not in the journey")], max_length=5, verbose_name="kind")),
                ("found_at", models.DateTimeField(verbose_name="found")),
            ],
            options={
                "verbose_name": "walk in trouble",
                "verbose_name_plural": "walks in trouble",
                "constraints": [models.CheckConstraint(condition=models.Q(("kind__in", ["stuck", "lost"])), name="trouble_kind_known")],
            },
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        max_length=40,
                        validators=[
                            django.core.validators.RegexValidator("^[a-z][a-z0-9_]{0,39}$", "Use up to 40 small letters, digits and underscores, beginning with a letter.")
                        ],
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("url", models.CharField(max_length=500, validators=[django.core.validators.URLValidator(schemes=["https", "http"])], verbose_name="address")),
                ("secret", models.BinaryField(verbose_name="secret")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.brand")),
            ],
            options={
                "verbose_name": "webhook",
                "verbose_name_plural": "webhooks",
                "ordering": ["name"],
                "constraints": [models.UniqueConstraint(fields=("brand", "code"), name="webhook_code_once")],
            },
        ),
        migrations.CreateModel(
            name="EntryTally",
            fields=[
                ("journey", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to="journeys.journey")),
                ("entered", models.BigIntegerField(default=0, verbose_name="entered")),
            ],
            options={"verbose_name": "tally of entries", "verbose_name_plural": "tallies of entries"},
        ),
        migrations.CreateModel(
            name="JourneyVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("graph", models.JSONField(verbose_name="graph")),
                ("note", models.CharField(blank=True, max_length=240, verbose_name="note")),
                ("published_at", models.DateTimeField(verbose_name="published")),
                ("journey", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="journeys.journey")),
                ("published_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "journey version",
                "verbose_name_plural": "journey versions",
                "ordering": ["-number"],
                "constraints": [models.UniqueConstraint(fields=("journey", "number"), name="journeyversion_once")],
            },
        ),
        migrations.CreateModel(
            name="TriggerRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("after_customer_id", models.BigIntegerField(default=0, verbose_name="entered up to customer")),
                ("looked", models.BigIntegerField(default=0, verbose_name="looked at")),
                ("entered", models.BigIntegerField(default=0, verbose_name="entered")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("journey", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="journeys.journey")),
            ],
            options={
                "verbose_name": "run of a trigger",
                "verbose_name_plural": "runs of triggers",
                "ordering": ["-due_at"],
                "constraints": [models.UniqueConstraint(fields=("journey", "node", "due_at"), name="triggerrun_once")],
            },
        ),
        migrations.CreateModel(
            name="WebhookCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("enrollment_id", models.BigIntegerField(verbose_name="enrollment")),
                ("visit", models.PositiveIntegerField(verbose_name="visit")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("body", models.JSONField(verbose_name="body")),
                ("headers", models.JSONField(blank=True, db_default={}, default=dict, verbose_name="headers")),
                ("state", models.CharField(choices=[("waiting", "waiting"), ("ok", "answered"), ("failed", "failed")], max_length=7, verbose_name="state")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("next_at", models.DateTimeField(blank=True, null=True, verbose_name="next attempt")),
                ("created_at", models.DateTimeField(verbose_name="created")),
                ("gives_up_at", models.DateTimeField(verbose_name="given up")),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="status")),
                ("answer", models.JSONField(blank=True, null=True, verbose_name="answer")),
                ("error", models.CharField(blank=True, max_length=300, verbose_name="error")),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer")),
                ("webhook", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="calls", to="journeys.webhook")),
            ],
            options={
                "verbose_name": "webhook call",
                "verbose_name_plural": "webhook calls",
                "ordering": ["-id"],
                "indexes": [models.Index(condition=models.Q(("state", "waiting")), fields=["next_at", "id"], name="webhookcall_due")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("state__in", ["waiting", "ok", "failed"])), name="webhookcall_state_known"),
                    models.UniqueConstraint(fields=("enrollment_id", "visit"), name="webhookcall_once_per_visit"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Entrant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("token", models.CharField(max_length=80, verbose_name="token")),
                ("since", models.DateTimeField(verbose_name="since")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("entry_key", models.CharField(blank=True, max_length=120, verbose_name="entry key")),
                ("context", models.JSONField(default=dict, verbose_name="context")),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer")),
                ("journey", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="entrants", to="journeys.journey")),
            ],
            options={
                "verbose_name": "entrant",
                "verbose_name_plural": "entrants",
                "ordering": ["due_at"],
                "indexes": [models.Index(fields=["due_at"], name="entrant_due")],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "journey", "node", "token"), name="entrant_once"),
                    models.CheckConstraint(condition=models.Q(("due_at__gte", models.F("since"))), name="entrant_due_after_since"),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventTrigger",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("event_type", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.eventtype")),
                ("journey", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="journeys.journey")),
                ("version", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="journeys.journeyversion")),
            ],
            options={
                "verbose_name": "event trigger",
                "verbose_name_plural": "event triggers",
                "constraints": [models.UniqueConstraint(fields=("version", "node", "event_type"), name="eventtrigger_once")],
            },
        ),
        migrations.CreateModel(
            name="Enrollment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bucket", models.SmallIntegerField(verbose_name="bucket")),
                ("entry_key", models.CharField(blank=True, max_length=120, verbose_name="entry key")),
                ("entry_guard", models.CharField(blank=True, max_length=160, verbose_name="entry guard")),
                ("entered_at", models.DateTimeField(verbose_name="entered")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("visit", models.PositiveIntegerField(default=0, verbose_name="visit")),
                ("arrived_at", models.DateTimeField(verbose_name="arrived")),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "on the way"), ("finished", "finished"), ("set_aside", "set aside")], default="active", max_length=9, verbose_name="state"
                    ),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("exit_reason", models.CharField(blank=True, max_length=40, verbose_name="exit reason")),
                ("goal_at", models.DateTimeField(blank=True, null=True, verbose_name="goal reached")),
                ("context", models.JSONField(default=dict, verbose_name="context")),
                ("error", models.CharField(blank=True, max_length=400, verbose_name="error")),
                (
                    "customer",
                    models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="enrollments", to="customers.customer"),
                ),
                ("journey", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="enrollments", to="journeys.journey")),
                (
                    "version",
                    models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="enrollments", to="journeys.journeyversion"),
                ),
            ],
            options={
                "verbose_name": "enrollment",
                "verbose_name_plural": "enrollments",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["journey", "entered_at"], name="enrollment_by_journey")],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "journey", "entry_guard"), name="enrollment_entry_guard"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["active", "finished", "set_aside"])), name="enrollment_state_known"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at__isnull", False), ("state", "finished")),
                            models.Q(("finished_at__isnull", True), models.Q(("state", "finished"), _negated=True)),
                            _connector="OR",
                        ),
                        name="enrollment_finished_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AudienceEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("part", models.SmallIntegerField(db_default=0, default=0, verbose_name="slice")),
                ("after_customer_id", models.BigIntegerField(default=0, verbose_name="entered up to customer")),
                ("last_customer_id", models.BigIntegerField(blank=True, null=True, verbose_name="as far as customer")),
                ("entered", models.BigIntegerField(default=0, verbose_name="entered")),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("version", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="audience_entries", to="journeys.journeyversion")),
            ],
            options={
                "verbose_name": "audience entry",
                "verbose_name_plural": "audience entries",
                "constraints": [models.UniqueConstraint(fields=("version", "node", "part"), name="audienceentry_once")],
            },
        ),
        migrations.CreateModel(
            name="NodeCount",
            fields=[
                ("pk", models.CompositePrimaryKey("version_id", "node", "outcome", "hour", blank=True, editable=False, primary_key=True, serialize=False)),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("outcome", models.CharField(max_length=40, verbose_name="outcome")),
                ("hour", models.DateTimeField(verbose_name="hour")),
                ("n", models.BigIntegerField(verbose_name="number")),
                ("version", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="counts", to="journeys.journeyversion")),
            ],
            options={"verbose_name": "node count", "verbose_name_plural": "node counts"},
        ),
        migrations.CreateModel(
            name="PeopleMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(choices=[("version", "to a new version"), ("on", "on to the next step"), ("out", "out of the journey")], max_length=7, verbose_name="kind"),
                ),
                ("node", models.CharField(blank=True, max_length=40, verbose_name="node")),
                ("choices", models.JSONField(default=dict, verbose_name="choices")),
                ("state", models.CharField(choices=[("running", "running"), ("stopped", "stopped"), ("done", "done")], default="running", max_length=7, verbose_name="state")),
                ("total", models.PositiveBigIntegerField(default=0, verbose_name="people")),
                ("moved", models.PositiveBigIntegerField(default=0, verbose_name="moved")),
                ("left", models.PositiveBigIntegerField(default=0, verbose_name="left")),
                ("stayed", models.PositiveBigIntegerField(default=0, verbose_name="stayed")),
                ("by", models.CharField(blank=True, max_length=160, verbose_name="by")),
                ("created_at", models.DateTimeField(verbose_name="begun")),
                ("moved_at", models.DateTimeField(verbose_name="last part")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("swept_at", models.DateTimeField(blank=True, null=True, verbose_name="looked after")),
                ("journey", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="moves", to="journeys.journey")),
                ("source", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="journeys.journeyversion", verbose_name="from version")),
                (
                    "target",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="journeys.journeyversion", verbose_name="to version"
                    ),
                ),
            ],
            options={
                "verbose_name": "move of people",
                "verbose_name_plural": "moves of people",
                "ordering": ["-id"],
                "indexes": [models.Index(condition=models.Q(("swept_at__isnull", True)), fields=["id"], name="peoplemove_open")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("kind__in", ["version", "on", "out"])), name="peoplemove_kind_known"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["running", "stopped", "done"])), name="peoplemove_state_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PeopleMovePart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bucket", models.SmallIntegerField(verbose_name="bucket")),
                ("turn", models.SmallIntegerField(default=0, help_text="1: who came late.", verbose_name="turn")),
                ("enrollment_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name="enrollments")),
                ("is_done", models.BooleanField(default=False, verbose_name="done")),
                ("move", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="journeys.peoplemove")),
            ],
            options={
                "verbose_name": "part of a move",
                "verbose_name_plural": "parts of moves",
                "constraints": [models.UniqueConstraint(fields=("move", "turn", "bucket"), name="peoplemovepart_once")],
            },
        ),
        migrations.AddField(
            model_name="journey",
            name="current",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journeys.journeyversion"),
        ),
        migrations.AddConstraint(
            model_name="journey",
            constraint=models.CheckConstraint(condition=models.Q(("state__in", ["draft", "archived"]), ("current__isnull", False), _connector="OR"), name="journey_runs_a_version"),
        ),
        migrations.RunSQL((SQL / "history.sql").read_text()),
        migrations.RunSQL((SQL / "due.sql").read_text()),
        migrations.RunSQL(STORAGE),
        migrations.RunPython(_fill, _empty),
    ]
