"""Contents, channels, the gate, the outbox and campaigns, as they stand after the first months of work.

It stands for the migrations that led here, each of which the database of an earlier version has
applied; tables are followed by what only SQL can say (sql/), and by the rows that every group has.
"""

from pathlib import Path
from typing import Any

from django.db import migrations, models

import campaigns.models.account
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.math
from django.conf import settings


from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

SQL = Path(__file__).resolve().parents[1] / "sql"
# Room for updates inside the page, and the buckets that workers lease.
STORAGE = """
ALTER TABLE campaigns_candidate SET (fillfactor = 70);
ALTER TABLE campaigns_message SET (fillfactor = 70);
ALTER TABLE campaigns_verdictcount SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
INSERT INTO campaigns_bucket (id) SELECT generate_series(0, 255);
"""
PERIODIC: list[dict[str, Any]] = [
    {"queue": "sending", "name": "Gate: decide what is due", "task": "campaigns.tasks.gate", "every_seconds": 1, "description": "Decides the messages that journeys want to send."},
    {
        "queue": "sending",
        "name": "Outbox: hand over what is due",
        "task": "campaigns.tasks.dispatch",
        "every_seconds": 1,
        "description": "Hands accepted messages over to the channels.",
    },
    {
        "queue": "sending",
        "name": "Outbox: settle what was interrupted",
        "task": "campaigns.tasks.settle",
        "every_seconds": 60,
        "description": "Finds messages whose hand-over was cut off, and says that they are uncertain.",
    },
    {
        "name": "Outbox: drop short links that nobody sends any more",
        "task": "campaigns.tasks.tidy",
        "queue": "sending",
        "crontab": "35 3 * * *",
        "description": "A short link is kept for 400 days after it was last written into a message.",
    },
    {
        "name": "Consents: ask those who have not confirmed",
        "task": "campaigns.tasks.confirm",
        "queue": "sending",
        "every_seconds": 60,
        "description": "Brands that want it ask by e-mail for the word of those who subscribed.",
    },
    {
        "name": "Gate: forget old decisions",
        "task": "campaigns.tasks.clean",
        "queue": "default",
        "every_seconds": 3600,
        "description": "Drops months of decisions that are older than they are kept.",
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
        ("campaigns", "0001_initial"),
        ("campaigns", "0003_storage"),
        ("campaigns", "0004_recorded_messages_and_pacing"),
        ("campaigns", "0005_periodic_sending"),
        ("campaigns", "0006_counts_of_campaigns"),
        ("campaigns", "0007_candidates_without_checks"),
        ("campaigns", "0008_tasks_and_askings_for_codes"),
        ("campaigns", "0009_channels"),
        ("campaigns", "0010_sums_of_verdicts"),
        ("campaigns", "0011_links"),
        ("campaigns", "0012_confirmations"),
        ("campaigns", "0013_texts_of_html"),
        ("campaigns", "0014_seed_addresses"),
        ("campaigns", "0015_policies_and_arbitration"),
        ("campaigns", "0016_ledger_by_month"),
        ("campaigns", "0017_pauses"),
        ("campaigns", "0018_blocks"),
    ]

    dependencies = [DEPENDENCY, ("customers", "0001_start"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Arbitration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("window_seconds", models.PositiveIntegerField(default=14400, verbose_name="within (seconds)")),
                ("includes_service", models.BooleanField(default=False, verbose_name="service messages compete too")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "brand",
                    models.OneToOneField(
                        blank=True,
                        help_text="Empty: between all brands that have none of their own.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="arbitration",
                        to="customers.brand",
                    ),
                ),
            ],
            options={
                "verbose_name": "arbitration",
                "verbose_name_plural": "arbitrations",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("window_seconds__range", (60, 604800))), name="arbitration_window_range"),
                    models.UniqueConstraint(fields=("brand",), name="arbitration_one_per_brand", nulls_distinct=False),
                ],
            },
        ),
        migrations.CreateModel(
            name="BrandSending",
            fields=[
                ("brand", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="sending", serialize=False, to="customers.brand")),
                (
                    "tracks_clicks",
                    models.BooleanField(default=True, help_text="Links lead over this server, which notes the click and sends on at once.", verbose_name="follow clicks"),
                ),
                (
                    "tracks_opens",
                    models.BooleanField(default=True, help_text="An e-mail has a picture of one point, which is fetched when it is read.", verbose_name="follow opens"),
                ),
                ("adds_utm", models.BooleanField(default=True, help_text="So that the shop's own statistics know where a visit comes from.", verbose_name="add UTM parameters")),
                (
                    "utm_source",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the code of the brand.",
                        max_length=80,
                        validators=[django.core.validators.RegexValidator("^[^\\s&=?#%\\x00-\\x1f]*$", "Leave out blanks and the signs & = ? # %.")],
                        verbose_name="UTM source",
                    ),
                ),
                (
                    "utm_medium",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the channel, such as email or sms.",
                        max_length=80,
                        validators=[django.core.validators.RegexValidator("^[^\\s&=?#%\\x00-\\x1f]*$", "Leave out blanks and the signs & = ? # %.")],
                        verbose_name="UTM medium",
                    ),
                ),
                (
                    "utm_campaign",
                    models.CharField(
                        blank=True,
                        help_text="Empty: what the campaign says or its code, else the code of the content.",
                        max_length=80,
                        validators=[django.core.validators.RegexValidator("^[^\\s&=?#%\\x00-\\x1f]*$", "Leave out blanks and the signs & = ? # %.")],
                        verbose_name="UTM campaign",
                    ),
                ),
                (
                    "double_opt_in",
                    models.BooleanField(
                        default=False,
                        help_text="Whose consent to marketing by e-mail is “asked, not confirmed” gets an e-mail with a link to confirm it.",
                        verbose_name="ask for a confirmation",
                    ),
                ),
            ],
            options={"verbose_name": "links and sending of a brand", "verbose_name_plural": "links and sending of brands", "ordering": ["brand__name"]},
        ),
        migrations.CreateModel(
            name="Bucket", fields=[("id", models.SmallIntegerField(primary_key=True, serialize=False))], options={"verbose_name": "bucket", "verbose_name_plural": "buckets"}
        ),
        migrations.CreateModel(
            name="ShortLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.UUIDField(unique=True, verbose_name="digest")),
                ("url", models.TextField(verbose_name="address")),
                ("used_on", models.DateField(db_index=True, verbose_name="last used")),
            ],
            options={"verbose_name": "short link", "verbose_name_plural": "short links"},
        ),
        migrations.CreateModel(
            name="VerdictCount",
            fields=[
                ("pk", models.CompositePrimaryKey("journey_id", "version_id", "node", "hour", "verdict", "rule", blank=True, editable=False, primary_key=True, serialize=False)),
                ("journey_id", models.BigIntegerField(verbose_name="journey")),
                ("version_id", models.BigIntegerField(verbose_name="version")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("hour", models.DateTimeField(verbose_name="hour")),
                ("verdict", models.CharField(max_length=8, verbose_name="verdict")),
                ("rule", models.CharField(max_length=24, verbose_name="deciding rule")),
                ("n", models.BigIntegerField(verbose_name="number")),
            ],
            options={"verbose_name": "verdict count", "verbose_name_plural": "verdict counts"},
        ),
        migrations.CreateModel(
            name="Campaign",
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
                (
                    "kind",
                    models.CharField(
                        choices=[("daily", "daily"), ("weekly", "weekly"), ("monthly", "monthly"), ("promotion", "big promotion")], max_length=12, verbose_name="kind"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("scheduled", "scheduled"), ("running", "running"), ("ended", "ended"), ("archived", "archived")],
                        default="draft",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("goal", models.CharField(blank=True, max_length=240, verbose_name="goal")),
                ("target", models.PositiveIntegerField(blank=True, help_text="Conversions to reach.", null=True, verbose_name="target")),
                ("budget", models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="budget")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="starts")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="ends")),
                (
                    "utm_campaign",
                    models.CharField(
                        blank=True,
                        help_text="Written into the links of its messages. Empty: the code.",
                        max_length=80,
                        validators=[django.core.validators.RegexValidator("^[^\\s&=?#%\\x00-\\x1f]*$", "Leave out blanks and the signs & = ? # %.")],
                        verbose_name="UTM campaign",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="campaigns", to="customers.brand")),
                ("owner", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "campaign",
                "verbose_name_plural": "campaigns",
                "ordering": ["-starts_at", "name"],
                "constraints": [
                    models.UniqueConstraint(fields=("brand", "code"), name="campaign_code_once"),
                    models.CheckConstraint(condition=models.Q(("kind__in", ["daily", "weekly", "monthly", "promotion"])), name="campaign_kind_known"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["draft", "scheduled", "running", "ended", "archived"])), name="campaign_state_known"),
                    models.CheckConstraint(
                        condition=models.Q(("starts_at__isnull", True), ("ends_at__isnull", True), ("ends_at__gt", models.F("starts_at")), _connector="OR"),
                        name="campaign_ends_after_start",
                    ),
                    models.CheckConstraint(condition=models.Q(("budget__isnull", True), ("budget__gte", 0), _connector="OR"), name="campaign_budget_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChannelAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("push", "push"),
                            ("wechat", "WeChat"),
                            ("inapp", "in-app"),
                            ("webhook", "webhook"),
                            ("task", "task for a person"),
                        ],
                        max_length=8,
                        verbose_name="channel",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("provider", models.CharField(help_text="Such as smtp, or recording for tests.", max_length=20, verbose_name="provider")),
                ("settings", models.JSONField(blank=True, default=dict, verbose_name="settings")),
                ("secret", models.BinaryField(blank=True, null=True, verbose_name="secret")),
                ("callback_secret", models.BinaryField(blank=True, null=True, verbose_name="secret of reports")),
                ("token", models.CharField(default=campaigns.models.account.new_token, editable=False, max_length=43, unique=True, verbose_name="token")),
                ("rate_per_second", models.PositiveIntegerField(default=50, verbose_name="at most per second")),
                ("is_default", models.BooleanField(default=False, verbose_name="default of its channel")),
                ("paused_at", models.DateTimeField(blank=True, null=True, verbose_name="paused")),
                ("free_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="busy until")),
                (
                    "brand",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: used by every brand that has none of its own.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="customers.brand",
                    ),
                ),
            ],
            options={
                "verbose_name": "channel account",
                "verbose_name_plural": "channel accounts",
                "ordering": ["channel", "name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["email", "sms", "push", "wechat", "inapp", "webhook", "task"])), name="channelaccount_channel_known"
                    ),
                    models.UniqueConstraint(condition=models.Q(("is_default", True)), fields=("brand", "channel"), name="channelaccount_one_default", nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(("rate_per_second__gte", 1)), name="channelaccount_rate_some"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(choices=[("transactional", "transactional"), ("service", "service"), ("marketing", "marketing")], max_length=16, verbose_name="purpose"),
                ),
                ("since", models.DateTimeField(verbose_name="since")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("times", models.PositiveSmallIntegerField(verbose_name="times")),
                ("total", models.PositiveIntegerField(verbose_name="in all")),
                ("brand", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.brand")),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer")),
            ],
            options={
                "verbose_name": "confirmation",
                "verbose_name_plural": "confirmations",
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "brand", "purpose"), name="confirmation_once"),
                    models.CheckConstraint(condition=models.Q(("purpose__in", ["transactional", "service", "marketing"])), name="confirmation_purpose_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Content",
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
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("push", "push"),
                            ("wechat", "WeChat"),
                            ("inapp", "in-app"),
                            ("webhook", "webhook"),
                            ("task", "task for a person"),
                        ],
                        max_length=8,
                        verbose_name="channel",
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[("transactional", "transactional"), ("service", "service"), ("marketing", "marketing")], default="marketing", max_length=16, verbose_name="purpose"
                    ),
                ),
                (
                    "on_missing",
                    models.CharField(
                        choices=[("skip", "do not send"), ("fallback", "send with the default value"), ("hold", "hold it for a person")],
                        default="skip",
                        max_length=8,
                        verbose_name="when something is missing",
                    ),
                ),
                (
                    "on_loss",
                    models.CharField(
                        choices=[("defer", "wait until the next one may go"), ("drop", "do not send")],
                        default="defer",
                        max_length=8,
                        verbose_name="when another message goes first",
                    ),
                ),
                (
                    "worth",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        help_text="What an answer to it brings on average. Of two that want the same customer with the same priority, the one that is worth more goes.",
                        max_digits=12,
                        verbose_name="worth",
                    ),
                ),
                ("is_archived", models.BooleanField(default=False, verbose_name="archived")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="contents", to="customers.brand")),
            ],
            options={
                "verbose_name": "content",
                "verbose_name_plural": "contents",
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("brand", "code"), name="content_code_once"),
                    models.CheckConstraint(condition=models.Q(("channel__in", ["email", "sms", "push", "wechat", "inapp", "webhook", "task"])), name="content_channel_known"),
                    models.CheckConstraint(condition=models.Q(("purpose__in", ["transactional", "service", "marketing"])), name="content_purpose_known"),
                    models.CheckConstraint(condition=models.Q(("on_missing__in", ["skip", "fallback", "hold"])), name="content_on_missing_known"),
                    models.CheckConstraint(condition=models.Q(("on_loss__in", ["defer", "drop"])), name="content_on_loss_known"),
                    models.CheckConstraint(condition=models.Q(("worth__gte", 0)), name="content_worth_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContentBlock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        help_text='How texts name it: {% include "footer" %}.',
                        max_length=40,
                        validators=[
                            django.core.validators.RegexValidator("^[a-z][a-z0-9_]{0,39}$", "Use up to 40 small letters, digits and underscores, beginning with a letter.")
                        ],
                        verbose_name="code",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        choices=[("en", "English"), ("zh-hans", "Simplified Chinese")],
                        help_text="Empty: for every language that has none of its own.",
                        max_length=12,
                        verbose_name="language",
                    ),
                ),
                ("source", models.TextField(help_text="Words, HTML, MJML or Liquid, as the texts that include it are written.", max_length=50000, verbose_name="text")),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="blocks", to="customers.brand")),
            ],
            options={
                "verbose_name": "block",
                "verbose_name_plural": "blocks",
                "ordering": ["code", "language"],
                "constraints": [models.UniqueConstraint(fields=("brand", "code", "language"), name="contentblock_once")],
            },
        ),
        # Its table is made by ledger.sql: Django knows no partitions.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Decision",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("candidate_id", models.BigIntegerField(db_index=True, verbose_name="candidate")),
                        ("customer_id", models.BigIntegerField(verbose_name="customer")),
                        ("decided_at", models.DateTimeField(verbose_name="decided")),
                        ("verdict", models.CharField(choices=[("allowed", "allowed"), ("deferred", "deferred"), ("stopped", "stopped")], max_length=8, verbose_name="verdict")),
                        ("rule", models.CharField(max_length=24, verbose_name="rule")),
                        ("detail", models.JSONField(default=dict, verbose_name="numbers")),
                        ("next_at", models.DateTimeField(blank=True, null=True, verbose_name="may pass again")),
                    ],
                    options={
                        "verbose_name": "decision of the gate",
                        "verbose_name_plural": "decisions of the gate",
                        "ordering": ["-decided_at", "-id"],
                        "constraints": [models.CheckConstraint(condition=models.Q(("verdict__in", ["allowed", "deferred", "stopped"])), name="decision_verdict_known")],
                    },
                )
            ]
        ),
        migrations.CreateModel(
            name="Experiment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        max_length=40,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator("^[a-z][a-z0-9_]{0,39}$", "Use up to 40 small letters, digits and underscores, beginning with a letter.")
                        ],
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("journey_id", models.BigIntegerField(blank=True, null=True, verbose_name="journey")),
                ("node", models.CharField(blank=True, max_length=40, verbose_name="node")),
                ("salt", models.CharField(max_length=40, verbose_name="salt")),
                ("arms", models.JSONField(help_text='Shares in per cent, such as {"control": 10, "a": 45, "b": 45}.', verbose_name="arms")),
                ("state", models.CharField(choices=[("running", "running"), ("ended", "ended")], default="running", max_length=8, verbose_name="state")),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("brand", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="experiments", to="customers.brand")),
            ],
            options={
                "verbose_name": "experiment",
                "verbose_name_plural": "experiments",
                "ordering": ["-started_at"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("state__in", ["running", "ended"])), name="experiment_state_known"),
                    models.CheckConstraint(
                        condition=models.Q(("ended_at__isnull", True), ("ended_at__gte", models.F("started_at")), _connector="OR"), name="experiment_ends_after_start"
                    ),
                    models.UniqueConstraint(condition=models.Q(("journey_id__isnull", False), ("state", "running")), fields=("journey_id", "node"), name="experiment_one_per_node"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Holiday",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "marketing",
                    models.CharField(
                        choices=[("defer", "wait until they are over"), ("skip", "do not send"), ("pass", "send all the same")],
                        default="defer",
                        max_length=8,
                        verbose_name="a marketing message then",
                    ),
                ),
                (
                    "service",
                    models.CharField(
                        choices=[("defer", "wait until they are over"), ("skip", "do not send"), ("pass", "send all the same")],
                        default="defer",
                        max_length=8,
                        verbose_name="a service message then",
                    ),
                ),
                (
                    "transactional",
                    models.CharField(
                        choices=[("defer", "wait until they are over"), ("skip", "do not send"), ("pass", "send all the same")],
                        default="pass",
                        max_length=8,
                        verbose_name="a transactional message then",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("starts_on", models.DateField(verbose_name="first day")),
                ("ends_on", models.DateField(verbose_name="last day")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "brand",
                    models.ForeignKey(
                        blank=True, help_text="Empty: for every brand.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name="holidays", to="customers.brand"
                    ),
                ),
            ],
            options={
                "verbose_name": "holiday",
                "verbose_name_plural": "holidays",
                "ordering": ["starts_on", "name"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("transactional__in", ["defer", "skip", "pass"])), name="holiday_transactional_known"),
                    models.CheckConstraint(condition=models.Q(("service__in", ["defer", "skip", "pass"])), name="holiday_service_known"),
                    models.CheckConstraint(condition=models.Q(("marketing__in", ["defer", "skip", "pass"])), name="holiday_marketing_known"),
                    models.CheckConstraint(condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="holiday_ends_after_start"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("keep_days", models.PositiveIntegerField(blank=True, default=400, null=True, verbose_name="days")),
            ],
            options={
                "verbose_name": "policy of the ledger",
                "verbose_name_plural": "policies of the ledger",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="ledgerpolicy_one"),
                    models.CheckConstraint(condition=models.Q(("keep_days__isnull", True), ("keep_days__range", (31, 3660)), _connector="OR"), name="ledgerpolicy_days_range"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Offer",
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
                ("kind", models.CharField(choices=[("amount", "amount off"), ("percent", "percent off"), ("gift", "gift")], max_length=8, verbose_name="kind")),
                ("value", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="value")),
                ("minimum", models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name="from an order of")),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="valid from")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="valid until")),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="offers", to="customers.brand")),
            ],
            options={
                "verbose_name": "offer",
                "verbose_name_plural": "offers",
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("brand", "code"), name="offer_code_once"),
                    models.CheckConstraint(condition=models.Q(("kind__in", ["amount", "percent", "gift"])), name="offer_kind_known"),
                    models.CheckConstraint(
                        condition=models.Q(("value__gte", 0), models.Q(models.Q(("kind", "percent"), _negated=True), ("value__lte", 100), _connector="OR")),
                        name="offer_value_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("starts_at__isnull", True), ("ends_at__isnull", True), ("ends_at__gt", models.F("starts_at")), _connector="OR"),
                        name="offer_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuietHours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "marketing",
                    models.CharField(
                        choices=[("defer", "wait until they are over"), ("skip", "do not send"), ("pass", "send all the same")],
                        default="defer",
                        max_length=8,
                        verbose_name="a marketing message then",
                    ),
                ),
                (
                    "service",
                    models.CharField(
                        choices=[("defer", "wait until they are over"), ("skip", "do not send"), ("pass", "send all the same")],
                        default="defer",
                        max_length=8,
                        verbose_name="a service message then",
                    ),
                ),
                (
                    "transactional",
                    models.CharField(
                        choices=[("defer", "wait until they are over"), ("skip", "do not send"), ("pass", "send all the same")],
                        default="pass",
                        max_length=8,
                        verbose_name="a transactional message then",
                    ),
                ),
                ("starts", models.TimeField(verbose_name="from")),
                ("ends", models.TimeField(verbose_name="until")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "brand",
                    models.OneToOneField(
                        blank=True,
                        help_text="Empty: for every brand that has none of its own.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quiet_hours",
                        to="customers.brand",
                    ),
                ),
            ],
            options={
                "verbose_name": "quiet hours",
                "verbose_name_plural": "quiet hours",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("transactional__in", ["defer", "skip", "pass"])), name="quiethours_transactional_known"),
                    models.CheckConstraint(condition=models.Q(("service__in", ["defer", "skip", "pass"])), name="quiethours_service_known"),
                    models.CheckConstraint(condition=models.Q(("marketing__in", ["defer", "skip", "pass"])), name="quiethours_marketing_known"),
                    models.CheckConstraint(condition=models.Q(("starts", models.F("ends")), _negated=True), name="quiethours_some"),
                    models.UniqueConstraint(fields=("brand",), name="quiethours_one_per_brand", nulls_distinct=False),
                ],
            },
        ),
        migrations.CreateModel(
            name="Quota",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("push", "push"),
                            ("wechat", "WeChat"),
                            ("inapp", "in-app"),
                            ("webhook", "webhook"),
                            ("task", "task for a person"),
                        ],
                        max_length=8,
                        verbose_name="channel",
                    ),
                ),
                ("limit", models.PositiveIntegerField(verbose_name="at most")),
                ("period", models.CharField(choices=[("hour", "hour"), ("day", "day"), ("month", "month")], default="day", max_length=8, verbose_name="in one")),
                (
                    "action",
                    models.CharField(choices=[("defer", "wait for the next period"), ("skip", "do not send")], default="defer", max_length=8, verbose_name="a message beyond it"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="quotas", to="customers.brand")),
            ],
            options={
                "verbose_name": "channel quota",
                "verbose_name_plural": "channel quotas",
                "ordering": ["brand", "channel", "period"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("channel__in", ["email", "sms", "push", "wechat", "inapp", "webhook", "task"])), name="quota_channel_known"),
                    models.CheckConstraint(condition=models.Q(("period__in", ["hour", "day", "month"])), name="quota_period_known"),
                    models.CheckConstraint(condition=models.Q(("action__in", ["defer", "skip"])), name="quota_action_known"),
                    models.CheckConstraint(condition=models.Q(("limit__gte", 1)), name="quota_limit_some"),
                    models.UniqueConstraint(fields=("brand", "channel", "period"), name="quota_once_per_period"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SeedAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(choices=[("email", "e-mail"), ("sms", "SMS")], max_length=8, verbose_name="channel")),
                ("address", models.CharField(max_length=320, verbose_name="address")),
                ("name", models.CharField(blank=True, max_length=80, verbose_name="name")),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="seeds", to="customers.brand")),
            ],
            options={
                "verbose_name": "seed address",
                "verbose_name_plural": "seed addresses",
                "ordering": ["channel", "name", "address"],
                "constraints": [
                    models.UniqueConstraint(fields=("brand", "channel", "address"), name="seedaddress_once"),
                    models.CheckConstraint(condition=models.Q(("channel__in", ["email", "sms"])), name="seedaddress_channel_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Suppression",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scope", models.CharField(choices=[("customer", "customer"), ("address", "address"), ("domain", "domain")], max_length=8, verbose_name="scope")),
                ("value", models.CharField(blank=True, help_text="In normal form.", max_length=320, verbose_name="address or domain")),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("push", "push"),
                            ("wechat", "WeChat"),
                            ("inapp", "in-app"),
                            ("webhook", "webhook"),
                            ("task", "task for a person"),
                        ],
                        max_length=8,
                        verbose_name="channel",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[("manual", "by hand"), ("import", "import"), ("bounce", "bounced"), ("complaint", "complained"), ("unsubscribe", "unsubscribed")],
                        max_length=12,
                        verbose_name="reason",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=240, verbose_name="note")),
                ("at", models.DateTimeField(verbose_name="since")),
                ("brand", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.brand")),
                ("by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("customer", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="suppressions", to="customers.customer")),
            ],
            options={
                "verbose_name": "suppression",
                "verbose_name_plural": "suppressions",
                "ordering": ["-at"],
                "indexes": [models.Index(condition=models.Q(("value", ""), _negated=True), fields=["value"], name="suppression_value")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("scope__in", ["customer", "address", "domain"])), name="suppression_scope_known"),
                    models.CheckConstraint(condition=models.Q(("reason__in", ["manual", "import", "bounce", "complaint", "unsubscribe"])), name="suppression_reason_known"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("customer__isnull", False), ("scope", "customer"), ("value", "")),
                            models.Q(("customer__isnull", True), ("scope__in", ["address", "domain"]), models.Q(("value", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="suppression_names_its_target",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel", ""), ("channel__in", ["email", "sms", "push", "wechat", "inapp", "webhook", "task"]), _connector="OR"),
                        name="suppression_channel_known",
                    ),
                    models.UniqueConstraint(fields=("scope", "customer", "value", "brand", "channel"), name="suppression_once", nulls_distinct=False),
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("instructions", models.CharField(blank=True, max_length=2000, verbose_name="instructions")),
                ("journey_id", models.BigIntegerField(verbose_name="journey")),
                ("enrollment_id", models.BigIntegerField(verbose_name="enrollment")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("visit", models.PositiveIntegerField(verbose_name="visit")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("done", "done"), ("not_done", "not done"), ("expired", "no longer needed")], default="open", max_length=8, verbose_name="state"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=1000, verbose_name="note")),
                ("opened_at", models.DateTimeField(verbose_name="opened")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("brand", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.brand")),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="tasks", to="customers.customer")),
                ("finished_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
                "ordering": ["due_at", "id"],
                "indexes": [
                    models.Index(condition=models.Q(("state", "open")), fields=["brand", "due_at", "id"], name="task_open"),
                    models.Index(condition=models.Q(("state", "open"), _negated=True), fields=["brand", "-finished_at", "-id"], name="task_finished"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("state__in", ["open", "done", "not_done", "expired"])), name="task_state_known"),
                    models.UniqueConstraint(fields=("enrollment_id", "visit"), name="task_once_per_visit"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at__isnull", True), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("finished_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="task_finished_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Candidate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bucket", models.SmallIntegerField(verbose_name="bucket")),
                ("journey_id", models.BigIntegerField(verbose_name="journey")),
                ("version_id", models.BigIntegerField(verbose_name="version")),
                ("enrollment_id", models.BigIntegerField(verbose_name="enrollment")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("visit", models.PositiveIntegerField(verbose_name="visit")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("push", "push"),
                            ("wechat", "WeChat"),
                            ("inapp", "in-app"),
                            ("webhook", "webhook"),
                            ("task", "task for a person"),
                        ],
                        max_length=8,
                        verbose_name="channel",
                    ),
                ),
                (
                    "purpose",
                    models.CharField(choices=[("transactional", "transactional"), ("service", "service"), ("marketing", "marketing")], max_length=16, verbose_name="purpose"),
                ),
                ("priority", models.SmallIntegerField(default=50, help_text="0 to 100; the higher one goes first.", verbose_name="priority")),
                ("context", models.JSONField(default=dict, help_text="What the text may use: the event, the journey.", verbose_name="context")),
                ("wanted_at", models.DateTimeField(verbose_name="wanted")),
                ("due_at", models.DateTimeField(help_text="When the gate looks at it (again).", verbose_name="due")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "waiting for the gate"), ("deferred", "deferred"), ("allowed", "allowed"), ("stopped", "stopped")],
                        default="waiting",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("rule", models.CharField(blank=True, max_length=24, verbose_name="deciding rule")),
                ("detail", models.JSONField(default=dict, verbose_name="numbers")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                ("brand", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="customers.brand")),
                (
                    "campaign",
                    models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="campaigns.campaign"),
                ),
                ("customer", models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="candidates", to="customers.customer")),
                ("content", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.content")),
            ],
            options={
                "verbose_name": "candidate",
                "verbose_name_plural": "candidates",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(condition=models.Q(("state__in", ["waiting", "deferred"])), fields=["bucket", "due_at"], name="candidate_due"),
                    models.Index(fields=["journey_id", "node", "state"], name="candidate_by_node"),
                    models.Index(condition=models.Q(("campaign__isnull", False)), fields=["campaign", "state"], name="candidate_by_campaign"),
                    models.Index(condition=models.Q(("state", "stopped")), fields=["decided_at"], name="candidate_stopped_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("enrollment_id", "node", "visit"), name="candidate_once_per_visit"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["waiting", "deferred", "allowed", "stopped"])), name="candidate_state_known"),
                    models.CheckConstraint(condition=models.Q(("channel__in", ["email", "sms", "push", "wechat", "inapp", "webhook", "task"])), name="candidate_channel_known"),
                    models.CheckConstraint(condition=models.Q(("purpose__in", ["transactional", "service", "marketing"])), name="candidate_purpose_known"),
                    models.CheckConstraint(condition=models.Q(("priority__range", (0, 100))), name="candidate_priority_range"),
                    models.CheckConstraint(condition=models.Q(("bucket", django.db.models.functions.math.Mod(models.F("customer"), 256))), name="candidate_bucket_of_customer"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContentVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("created_at", models.DateTimeField(verbose_name="created")),
                ("content", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="campaigns.content")),
                ("created_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "content version",
                "verbose_name_plural": "content versions",
                "ordering": ["-number"],
                "constraints": [models.UniqueConstraint(fields=("content", "number"), name="contentversion_once")],
            },
        ),
        migrations.CreateModel(
            name="FrequencyCap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("push", "push"),
                            ("wechat", "WeChat"),
                            ("inapp", "in-app"),
                            ("webhook", "webhook"),
                            ("task", "task for a person"),
                        ],
                        max_length=8,
                        verbose_name="channel",
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        blank=True, choices=[("transactional", "transactional"), ("service", "service"), ("marketing", "marketing")], max_length=16, verbose_name="purpose"
                    ),
                ),
                ("journey_id", models.BigIntegerField(blank=True, null=True, verbose_name="journey")),
                ("limit", models.PositiveSmallIntegerField(verbose_name="at most")),
                (
                    "period",
                    models.CharField(
                        choices=[
                            ("rolling", "a rolling window"),
                            ("day", "a day of the customer's calendar"),
                            ("week", "a week of the customer's calendar"),
                            ("month", "a month of the customer's calendar"),
                        ],
                        default="rolling",
                        max_length=8,
                        verbose_name="counted over",
                    ),
                ),
                ("window_seconds", models.PositiveIntegerField(default=86400, help_text="Of a rolling window.", verbose_name="within (seconds)")),
                ("per_address", models.BooleanField(default=False, help_text="Each address of a customer has places of its own.", verbose_name="per address")),
                ("counts_transactional", models.BooleanField(default=False, help_text="They go out all the same, but take a place.", verbose_name="transactional messages count")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("brand", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="caps", to="customers.brand")),
                ("campaign", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="caps", to="campaigns.campaign")),
                ("content", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="caps", to="campaigns.content")),
            ],
            options={
                "verbose_name": "frequency cap",
                "verbose_name_plural": "frequency caps",
                "ordering": ["brand", "channel", "window_seconds"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("limit__gte", 1)), name="cap_limit_some"),
                    models.CheckConstraint(condition=models.Q(("window_seconds__range", (60, 31622400))), name="cap_window_range"),
                    models.CheckConstraint(
                        condition=models.Q(("channel", ""), ("channel__in", ["email", "sms", "push", "wechat", "inapp", "webhook", "task"]), _connector="OR"),
                        name="cap_channel_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("purpose", ""), ("purpose__in", ["transactional", "service", "marketing"]), _connector="OR"), name="cap_purpose_known"
                    ),
                    models.CheckConstraint(condition=models.Q(("period__in", ["rolling", "day", "week", "month"])), name="cap_period_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="OfferCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64, verbose_name="code")),
                ("issued_at", models.DateTimeField(blank=True, null=True, verbose_name="issued")),
                ("redeemed_at", models.DateTimeField(blank=True, null=True, verbose_name="redeemed")),
                (
                    "token",
                    models.CharField(
                        blank=True, db_default="", default="", help_text="What it was issued for; each asking is answered once.", max_length=80, verbose_name="asking"
                    ),
                ),
                ("customer", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="offer_codes", to="customers.customer")),
                ("offer", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="codes", to="campaigns.offer")),
            ],
            options={
                "verbose_name": "offer code",
                "verbose_name_plural": "offer codes",
                "indexes": [models.Index(condition=models.Q(("issued_at__isnull", True)), fields=["offer", "id"], name="offercode_free")],
                "constraints": [
                    models.UniqueConstraint(fields=("offer", "code"), name="offercode_once"),
                    models.UniqueConstraint(condition=models.Q(("token", ""), _negated=True), fields=("offer", "token"), name="offercode_one_per_asking"),
                    models.CheckConstraint(
                        condition=models.Q(("redeemed_at__isnull", True), ("issued_at__isnull", False), _connector="OR"), name="offercode_issued_before_redeemed"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuotaUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("used", models.PositiveIntegerField(default=0, verbose_name="used")),
                ("quota", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="uses", to="campaigns.quota")),
            ],
            options={
                "verbose_name": "use of a quota",
                "verbose_name_plural": "uses of quotas",
                "constraints": [models.UniqueConstraint(fields=("quota", "starts_at"), name="quotause_once_per_period")],
            },
        ),
        migrations.CreateModel(
            name="SendingPause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("push", "push"),
                            ("wechat", "WeChat"),
                            ("inapp", "in-app"),
                            ("webhook", "webhook"),
                            ("task", "task for a person"),
                        ],
                        max_length=8,
                        verbose_name="channel",
                    ),
                ),
                ("holds_transactional", models.BooleanField(default=False, verbose_name="transactional messages too")),
                ("note", models.CharField(blank=True, max_length=240, verbose_name="note")),
                ("since", models.DateTimeField(verbose_name="since")),
                ("brand", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.brand")),
                ("by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("campaign", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="pauses", to="campaigns.campaign")),
            ],
            options={
                "verbose_name": "pause of sending",
                "verbose_name_plural": "pauses of sending",
                "ordering": ["-since"],
                "constraints": [
                    models.UniqueConstraint(fields=("brand", "channel", "campaign"), name="sendingpause_once", nulls_distinct=False),
                    models.CheckConstraint(
                        condition=models.Q(("channel", ""), ("channel__in", ["email", "sms", "push", "wechat", "inapp", "webhook", "task"]), _connector="OR"),
                        name="sendingpause_channel_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WaitingReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, verbose_name="digest")),
                ("message_id", models.BigIntegerField(blank=True, null=True, verbose_name="message")),
                ("provider_id", models.CharField(blank=True, max_length=200, verbose_name="id at the provider")),
                ("content", models.JSONField(verbose_name="content")),
                ("received_at", models.DateTimeField(verbose_name="received")),
                ("account", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="campaigns.channelaccount")),
            ],
            options={
                "verbose_name": "waiting report",
                "verbose_name_plural": "waiting reports",
                "constraints": [models.UniqueConstraint(fields=("account", "digest"), name="waitingreport_once")],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("journey_id", models.BigIntegerField(verbose_name="journey")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("push", "push"),
                            ("wechat", "WeChat"),
                            ("inapp", "in-app"),
                            ("webhook", "webhook"),
                            ("task", "task for a person"),
                        ],
                        max_length=8,
                        verbose_name="channel",
                    ),
                ),
                (
                    "purpose",
                    models.CharField(choices=[("transactional", "transactional"), ("service", "service"), ("marketing", "marketing")], max_length=16, verbose_name="purpose"),
                ),
                ("priority", models.SmallIntegerField(default=50, verbose_name="priority")),
                ("address", models.CharField(blank=True, max_length=320, verbose_name="address")),
                ("language", models.CharField(blank=True, max_length=12, verbose_name="language")),
                ("variant", models.CharField(blank=True, max_length=12, verbose_name="variant")),
                ("subject", models.CharField(blank=True, max_length=998, verbose_name="subject")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("accepted", "accepted"),
                            ("handed_over", "handed over"),
                            ("delivered", "delivered"),
                            ("failed", "failed"),
                            ("uncertain", "uncertain"),
                            ("held", "held"),
                        ],
                        default="accepted",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("accepted_at", models.DateTimeField(verbose_name="accepted")),
                ("next_attempt_at", models.DateTimeField(blank=True, null=True, verbose_name="next attempt")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("claimed_at", models.DateTimeField(blank=True, null=True, verbose_name="claimed")),
                ("handed_over_at", models.DateTimeField(blank=True, null=True, verbose_name="handed over")),
                ("delivered_at", models.DateTimeField(blank=True, null=True, verbose_name="delivered")),
                ("opened_at", models.DateTimeField(blank=True, null=True, verbose_name="opened")),
                ("clicked_at", models.DateTimeField(blank=True, null=True, verbose_name="clicked")),
                ("provider_id", models.CharField(blank=True, max_length=200, verbose_name="id at the provider")),
                ("error", models.CharField(blank=True, max_length=400, verbose_name="error")),
                ("account", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.channelaccount")),
                ("brand", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="customers.brand")),
                ("campaign", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="campaigns.campaign")),
                ("candidate", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="message", to="campaigns.candidate")),
                (
                    "content",
                    models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="campaigns.content"),
                ),
                ("content_version", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.contentversion")),
                ("customer", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="customers.customer")),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["customer", "accepted_at"], include=("channel", "purpose", "brand", "journey_id", "campaign"), name="message_sent_history"),
                    models.Index(condition=models.Q(("next_attempt_at__isnull", False)), fields=["account", "-priority", "next_attempt_at"], name="message_due"),
                    models.Index(fields=["accepted_at"], name="message_accepted_at"),
                    models.Index(fields=["journey_id", "node"], name="message_by_node"),
                    models.Index(condition=models.Q(("campaign__isnull", False)), fields=["campaign", "state"], name="message_by_campaign"),
                    models.Index(
                        condition=models.Q(("purpose", "marketing"), models.Q(("address", ""), _negated=True)), fields=["address", "accepted_at"], name="message_by_address"
                    ),
                    models.Index(condition=models.Q(("provider_id", ""), _negated=True), fields=["provider_id"], name="message_provider_id"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("state__in", ["accepted", "handed_over", "delivered", "failed", "uncertain", "held"])), name="message_state_known"),
                    models.CheckConstraint(condition=models.Q(("channel__in", ["email", "sms", "push", "wechat", "inapp", "webhook", "task"])), name="message_channel_known"),
                    models.CheckConstraint(condition=models.Q(("purpose__in", ["transactional", "service", "marketing"])), name="message_purpose_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContentText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(max_length=12, verbose_name="language")),
                ("variant", models.CharField(default="a", max_length=12, verbose_name="variant")),
                ("subject", models.CharField(blank=True, max_length=240, verbose_name="subject")),
                ("preheader", models.CharField(blank=True, max_length=240, verbose_name="preheader")),
                ("body", models.TextField(blank=True, verbose_name="text")),
                ("html", models.TextField(blank=True, verbose_name="HTML")),
                ("version", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="texts", to="campaigns.contentversion")),
            ],
            options={
                "verbose_name": "text",
                "verbose_name_plural": "texts",
                "ordering": ["language", "variant"],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "language", "variant"), name="contenttext_once"),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("body", ""), _negated=True), models.Q(("html", ""), _negated=True), _connector="OR"), name="contenttext_says_something"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InAppMessage",
            fields=[
                ("message", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="inapp", serialize=False, to="campaigns.message")),
                ("placement", models.CharField(choices=[("inbox", "inbox"), ("popup", "popup")], max_length=5, verbose_name="placement")),
                ("title", models.CharField(blank=True, max_length=998, verbose_name="title")),
                ("body", models.TextField(blank=True, verbose_name="text")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read")),
                ("dismissed_at", models.DateTimeField(blank=True, null=True, verbose_name="dismissed")),
            ],
            options={
                "verbose_name": "in-app message",
                "verbose_name_plural": "in-app messages",
                "constraints": [models.CheckConstraint(condition=models.Q(("placement__in", ["inbox", "popup"])), name="inappmessage_placement_known")],
            },
        ),
        migrations.CreateModel(
            name="RecordedMessage",
            fields=[
                ("message", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="recorded", serialize=False, to="campaigns.message")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("address", models.CharField(blank=True, max_length=320, verbose_name="address")),
                ("subject", models.CharField(blank=True, max_length=998, verbose_name="subject")),
                ("body", models.TextField(blank=True, verbose_name="text")),
                ("html", models.TextField(blank=True, verbose_name="HTML")),
            ],
            options={"verbose_name": "recorded message", "verbose_name_plural": "recorded messages"},
        ),
        migrations.AddField(
            model_name="content",
            name="current",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.contentversion"),
        ),
        migrations.RunSQL((SQL / "ledger.sql").read_text()),
        migrations.RunSQL(STORAGE),
        migrations.RunPython(_fill, _empty),
    ]
