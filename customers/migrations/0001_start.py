"""People and everything that is known of them, as they stand after the first months of work.

It stands for the migrations that led here, each of which the database of an earlier version has
applied; tables are followed by what only SQL can say (sql/), and by the rows that every group has.
"""

from pathlib import Path
from typing import Any

import customers.models.event
import customers.models.user
import datetime
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

SQL = Path(__file__).resolve().parents[1] / "sql"
# Room for updates inside the page.
STORAGE = """
ALTER TABLE customers_customer SET (fillfactor = 70);
"""
PERIODIC: list[dict[str, Any]] = [
    {"name": "Refresh segments", "task": "customers.segments.refresh", "queue": "audience", "description": "Rebuilds the segments whose time has come.", "every_seconds": 60},
    {
        "name": "Forget old idempotency keys",
        "task": "customers.ingest.forget_keys",
        "queue": "default",
        "description": "Removes idempotency keys that are older than 30 days.",
        "crontab": "17 3 * * *",
    },
    {"name": "Go on with imports", "task": "customers.imports.rescue", "queue": "default", "description": "Goes on with imports whose worker went away.", "every_seconds": 60},
    {"name": "Read new names", "task": "customers.names.catch_up", "queue": "default", "description": "Makes new names findable by pinyin and by their parts.", "every_seconds": 5},
    {
        "name": "Refresh tags",
        "task": "customers.tags.look",
        "queue": "audience",
        "description": "Refreshes tags on schedule and after events; takes what is not valid any more.",
        "every_seconds": 15,
    },
    {
        "name": "Forget old refreshes of tags",
        "task": "customers.tags.forget",
        "queue": "default",
        "description": "Removes old lines of the log of refreshes.",
        "crontab": "47 3 * * *",
    },
    {
        "name": "Tidy imports",
        "task": "customers.imports.tidy",
        "queue": "default",
        "description": "Removes drafts of imports after a week, and files of stopped ones after a month.",
        "crontab": "41 3 * * *",
    },
    {
        "name": "Count tags",
        "task": "customers.tags.count",
        "queue": "audience",
        "description": "Counts who has which tag, writes the day of each, and flags stale and unused ones.",
        "every_seconds": 3600,
    },
    {
        "name": "Look after bulk changes and exports",
        "task": "customers.bulk.look_after",
        "queue": "audience",
        "description": "Goes on with jobs whose worker went away; removes files after a week.",
        "every_seconds": 60,
    },
    {
        "name": "Evaluate tags",
        "task": "customers.tags.evaluate",
        "queue": "audience",
        "description": "Works out what each tag is worth: coverage, use, accuracy, marketing success.",
        "crontab": "20 19 * * *",
    },
    {
        "name": "Follow changes of customers",
        "task": "customers.bits.follow",
        "queue": "audience",
        "description": "Brings the kept sets of customers up to date, so that counts stay fast.",
        "every_seconds": 2,
    },
    {
        "name": "Compare kept sets with the truth",
        "task": "customers.bits.upkeep",
        "queue": "audience",
        "description": "Compares the kept sets with the base tables, repairs them, drops unused ones.",
        "crontab": "27 2 * * *",
    },
    {
        "name": "Look after insights into segments",
        "task": "customers.segments.look_after_insights",
        "queue": "audience",
        "description": "Begins insights that wait, and those whose worker went away.",
        "every_seconds": 60,
    },
    {
        "name": "Follow live segments",
        "task": "customers.segments.live",
        "queue": "audience",
        "description": "Brings the segments that are kept live up to date.",
        "every_seconds": 10,
    },
]
# code, name, Chinese name, strength, normal form, at most per customer, personal data
NAMESPACES = [
    ("phone", "Phone", "手机号", "strong", "phone", 5, True),
    ("email", "E-mail", "邮箱", "strong", "email", 5, True),
    ("unionid", "WeChat unionid", "微信 unionid", "strong", "text", 2, True),
    ("openid", "WeChat openid", "微信 openid", "strong", "text", 10, True),
    ("member_id", "Member", "会员号", "strong", "text", 5, True),
    ("user_id", "User", "用户 ID", "strong", "text", 5, False),
    ("external_id", "External id", "外部编号", "strong", "text", 5, False),
    ("device", "Device", "设备", "weak", "text", 20, False),
]


def _namespaces(apps, schema_editor):
    namespace = apps.get_model("customers", "Namespace")
    for code, name, chinese, strength, normaliser, limit, is_personal in NAMESPACES:
        namespace.objects.get_or_create(
            code=code, defaults={"name": name, "names": {"zh-hans": chinese}, "strength": strength, "normaliser": normaliser, "limit": limit, "is_personal": is_personal}
        )


def _fill(apps, schema_editor):
    _namespaces(apps, schema_editor)
    apps.get_model("customers", "TagSettings").objects.get_or_create(pk=1)
    for each in PERIODIC:
        register_periodic(apps, **each)


def _empty(apps, schema_editor):
    for each in PERIODIC:
        unregister_periodic(apps, name=each["name"])


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("customers", "0001_initial"),
        ("customers", "0002_storage"),
        ("customers", "0003_namespaces"),
        ("customers", "0004_schedule"),
        ("customers", "0005_event_received_brin"),
        ("customers", "0006_imports"),
        ("customers", "0007_merges"),
        ("customers", "0008_tags"),
        ("customers", "0009_names"),
        ("customers", "0010_tag_tasks"),
        ("customers", "0011_import_pages"),
        ("customers", "0012_personal_data"),
        ("customers", "0013_views"),
        ("customers", "0014_erasures"),
        ("customers", "0015_tag_days"),
        ("customers", "0016_identity_rules"),
        ("customers", "0017_fast_door"),
        ("customers", "0018_bulk"),
        ("customers", "0019_orders_of_brands"),
        ("customers", "0020_tag_evaluation"),
        ("customers", "0021_bits"),
        ("customers", "0022_segment_insight"),
        ("customers", "0023_bit_spans"),
        ("customers", "0024_segment_refresh"),
        ("customers", "0025_bit_late"),
        ("customers", "0026_seen_again"),
        ("customers", "0027_segment_flow"),
        ("customers", "0028_trials_and_unread_files"),
        ("customers", "0029_segment_editing"),
        ("customers", "0030_tags_without_keys"),
        ("customers", "0031_build_costs"),
        ("customers", "0032_rows_for_the_admin"),
        ("customers", "0033_room_beside_customers"),
        ("customers", "0034_event_partitions_made_at_once"),
        ("customers", "0035_bit_changes_in_parts"),
        ("customers", "0036_consents_that_wait"),
        ("customers", "0037_sightings"),
    ]

    dependencies = [DEPENDENCY, ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("pk", models.CompositePrimaryKey("occurred_at", "id", blank=True, editable=False, primary_key=True, serialize=False)),
                ("id", models.BigIntegerField()),
                ("occurred_at", models.DateTimeField(verbose_name="occurred")),
                ("received_at", models.DateTimeField(verbose_name="received")),
                ("properties", models.JSONField(default=dict, verbose_name="properties")),
            ],
            options={"verbose_name": "event", "verbose_name_plural": "events", "db_table": "customers_event", "managed": False},
        ),
        migrations.CreateModel(
            name="EventRow",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("occurred_at", models.DateTimeField(verbose_name="occurred")),
                ("received_at", models.DateTimeField(verbose_name="received")),
                ("properties", models.JSONField(default=dict, verbose_name="properties")),
            ],
            options={"verbose_name": "event of a customer", "verbose_name_plural": "events of customers", "db_table": "customers_event", "managed": False},
        ),
        migrations.CreateModel(
            name="TagRow",
            fields=[
                ("value", models.CharField(max_length=160, primary_key=True, serialize=False, verbose_name="value")),
                ("since", models.DateTimeField(verbose_name="since")),
                ("expires_at", models.DateTimeField(null=True, verbose_name="expires")),
            ],
            options={"verbose_name": "tag of a customer", "verbose_name_plural": "tags of customers", "db_table": "customers_customertag", "managed": False},
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("display_name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                ("sort_key", models.CharField(blank=True, max_length=160, verbose_name="sort key")),
                ("language", models.CharField(blank=True, max_length=12, verbose_name="language")),
                ("timezone", models.CharField(blank=True, max_length=64, verbose_name="time zone")),
                ("is_known", models.BooleanField(default=False, help_text="Has an identity that identifies a person.", verbose_name="known")),
                ("attributes", models.JSONField(blank=True, default=dict, verbose_name="attributes")),
                ("provenance", models.JSONField(blank=True, default=dict, verbose_name="provenance")),
                ("created_at", models.DateTimeField(verbose_name="created")),
                (
                    "brand_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        db_default=models.Value([], output_field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                        default=list,
                        size=None,
                        verbose_name="brands that know her",
                    ),
                ),
                ("erased_at", models.DateTimeField(blank=True, null=True, verbose_name="erased")),
                ("merged_into", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="merged_customers", to="customers.customer")),
            ],
            options={
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["sort_key"], name="customer_sort_key", opclasses=["varchar_pattern_ops"]),
                    models.Index(condition=models.Q(("merged_into__isnull", False)), fields=["merged_into"], name="customer_merged_into"),
                    django.contrib.postgres.indexes.BrinIndex(fields=["created_at"], name="customer_created_brin"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("merged_into__isnull", True), models.Q(("merged_into", models.F("id")), _negated=True), _connector="OR"),
                        name="customer_not_merged_into_itself",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EventKey",
            fields=[("key", models.UUIDField(primary_key=True, serialize=False)), ("received_at", models.DateTimeField(db_index=True))],
            options={"verbose_name": "idempotency key", "verbose_name_plural": "idempotency keys"},
        ),
        migrations.CreateModel(
            name="EventType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("names", models.JSONField(blank=True, default=dict, help_text='The name in other languages, such as {"zh-hans": "城市"}.', verbose_name="translations")),
                ("code", models.CharField(max_length=120, unique=True, verbose_name="code")),
                ("description", models.CharField(blank=True, max_length=240, verbose_name="description")),
                (
                    "personal",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value({}, output_field=models.JSONField()),
                        default=dict,
                        help_text='Properties that speak of a person are known by their name, such as phone or address. Where the name says it wrong, say it here: {"remark": true, "contact": false}.',
                        validators=[customers.models.event.check_marks],
                        verbose_name="personal properties",
                    ),
                ),
                ("first_seen_at", models.DateTimeField(verbose_name="first seen")),
                ("last_seen_at", models.DateTimeField(verbose_name="last seen")),
            ],
            options={"verbose_name": "event type", "verbose_name_plural": "event types", "ordering": ["code"]},
        ),
        migrations.CreateModel(
            name="NameToKey",
            fields=[("customer_id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="customer"))],
            options={"verbose_name": "name without keys", "verbose_name_plural": "names without keys"},
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False, help_text="Designates that this user has all permissions without explicitly assigning them.", verbose_name="superuser status"
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("is_staff", models.BooleanField(default=False, help_text="Designates whether the user can log into this admin site.", verbose_name="staff status")),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.", verbose_name="active"
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail address")),
                ("display_name", models.CharField(blank=True, max_length=80, verbose_name="name")),
                ("language", models.CharField(blank=True, help_text="Empty: as the browser asks.", max_length=12, verbose_name="language")),
                ("theme", models.CharField(choices=[("system", "As the device"), ("light", "Light"), ("dark", "Dark")], default="system", max_length=8, verbose_name="theme")),
                ("timezone", models.CharField(default="UTC", max_length=64, verbose_name="time zone")),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "ordering": ["email"],
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("email"), name="user_email_any_case"),
                    models.CheckConstraint(condition=models.Q(("theme__in", ["system", "light", "dark"])), name="user_theme_known"),
                ],
            },
            managers=[("objects", customers.models.user.UserManager())],
        ),
        migrations.CreateModel(
            name="Attribute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("names", models.JSONField(blank=True, default=dict, help_text='The name in other languages, such as {"zh-hans": "城市"}.', verbose_name="translations")),
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
                (
                    "data_type",
                    models.CharField(
                        choices=[("text", "text"), ("number", "number"), ("date", "date"), ("datetime", "date and time"), ("boolean", "yes or no"), ("list", "list")],
                        default="text",
                        max_length=8,
                        verbose_name="type",
                    ),
                ),
                (
                    "conflict",
                    models.CharField(
                        choices=[("latest", "the latest"), ("first", "the first"), ("trusted", "that of the most trusted source")],
                        default="latest",
                        max_length=8,
                        verbose_name="in a conflict",
                    ),
                ),
                ("is_personal", models.BooleanField(default=False, verbose_name="personal data")),
                ("description", models.CharField(blank=True, max_length=240, verbose_name="description")),
            ],
            options={
                "verbose_name": "attribute",
                "verbose_name_plural": "attributes",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("data_type__in", ["text", "number", "date", "datetime", "boolean", "list"])), name="attribute_data_type_known"),
                    models.CheckConstraint(condition=models.Q(("conflict__in", ["latest", "first", "trusted"])), name="attribute_conflict_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BitSet",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=400, unique=True, verbose_name="key")),
                ("definition", models.JSONField(verbose_name="definition")),
                ("kind", models.CharField(max_length=12, verbose_name="kind")),
                ("ref", models.CharField(max_length=200, verbose_name="of")),
                ("state", models.CharField(choices=[("building", "being built"), ("ready", "ready")], default="building", max_length=8, verbose_name="state")),
                ("made_at", models.DateTimeField(verbose_name="made")),
                ("safe_after", models.BigIntegerField(blank=True, null=True, verbose_name="safe after transaction")),
                ("built_at", models.DateTimeField(blank=True, null=True, verbose_name="built")),
                ("used_at", models.DateTimeField(verbose_name="last used")),
                ("checked_at", models.DateTimeField(blank=True, null=True, verbose_name="last compared")),
                ("drift", models.PositiveIntegerField(default=0, verbose_name="differences found")),
            ],
            options={
                "verbose_name": "kept set",
                "verbose_name_plural": "kept sets",
                "ordering": ["key"],
                "indexes": [models.Index(fields=["kind", "ref"], name="bitset_by_source")],
                "constraints": [models.CheckConstraint(condition=models.Q(("state__in", ["building", "ready"])), name="bitset_state_known")],
            },
        ),
        migrations.CreateModel(
            name="Brand",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("names", models.JSONField(blank=True, default=dict, help_text='The name in other languages, such as {"zh-hans": "城市"}.', verbose_name="translations")),
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
                (
                    "timezone",
                    models.CharField(
                        default="UTC", help_text="The clock of customers whose own zone is not known, such as Asia/Shanghai.", max_length=64, verbose_name="time zone"
                    ),
                ),
                ("language", models.CharField(default="en", max_length=12, verbose_name="language")),
                ("currency", models.CharField(default="USD", max_length=3, verbose_name="currency")),
                ("sender_name", models.CharField(blank=True, max_length=80, verbose_name="sender name")),
                (
                    "order_event",
                    models.CharField(default="order_paid", help_text="The name of the event by which an order is counted.", max_length=120, verbose_name="event of an order"),
                ),
                ("order_amount", models.CharField(default="amount", max_length=120, verbose_name="property with its amount")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
            ],
            options={
                "verbose_name": "brand",
                "verbose_name_plural": "brands",
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("code__regex", "^[a-z][a-z0-9_]{0,39}$")), name="brand_code_form"),
                    models.CheckConstraint(condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="brand_currency_form"),
                ],
            },
        ),
        migrations.CreateModel(
            name="NameKey",
            fields=[
                ("pk", models.CompositePrimaryKey("customer_id", "key", blank=True, editable=False, primary_key=True, serialize=False)),
                ("customer_id", models.BigIntegerField(verbose_name="customer")),
                ("key", models.CharField(db_collation="C", max_length=80, verbose_name="key")),
                ("spelled", models.CharField(blank=True, db_collation="C", max_length=160, verbose_name="syllables")),
                ("place", models.CharField(blank=True, db_collation="C", max_length=160, verbose_name="place in order")),
            ],
            options={
                "verbose_name": "key of a name",
                "verbose_name_plural": "keys of names",
                "indexes": [
                    models.Index(fields=["key", "customer_id"], name="namekey_by_key"),
                    models.Index(condition=models.Q(("place", ""), _negated=True), fields=["place", "customer_id"], name="namekey_in_order"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TagCategory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("names", models.JSONField(blank=True, default=dict, help_text='The name in other languages, such as {"zh-hans": "城市"}.', verbose_name="translations")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("parent", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="children", to="customers.tagcategory")),
            ],
            options={
                "verbose_name": "tag category",
                "verbose_name_plural": "tag categories",
                "ordering": ["position", "name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("parent__isnull", True), models.Q(("parent", models.F("id")), _negated=True), _connector="OR"), name="tagcategory_not_its_own_parent"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TagSettings",
            fields=[
                ("id", models.SmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("coverage", models.PositiveSmallIntegerField(default=20, validators=[django.core.validators.MaxValueValidator(100)], verbose_name="coverage")),
                ("use", models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MaxValueValidator(100)], verbose_name="use")),
                ("accuracy", models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MaxValueValidator(100)], verbose_name="accuracy")),
                ("success", models.PositiveSmallIntegerField(default=20, validators=[django.core.validators.MaxValueValidator(100)], verbose_name="marketing success")),
                (
                    "stale_days",
                    models.PositiveSmallIntegerField(
                        default=30,
                        help_text="A tag whose values did not change for so long, while events came in.",
                        validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)],
                        verbose_name="stale after days",
                    ),
                ),
                (
                    "unused_days",
                    models.PositiveSmallIntegerField(
                        default=30,
                        help_text="A tag that is at least so old and that nothing reads.",
                        validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)],
                        verbose_name="unused after days",
                    ),
                ),
            ],
            options={
                "verbose_name": "how tags are judged",
                "verbose_name_plural": "how tags are judged",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="tagsettings_one_row"),
                    models.CheckConstraint(
                        condition=models.Q(("accuracy__lte", 100), ("coverage__lte", 100), ("success__lte", 100), ("use__lte", 100)), name="tagsettings_weights_range"
                    ),
                    models.CheckConstraint(condition=models.Q(("stale_days__range", (1, 365)), ("unused_days__range", (1, 365))), name="tagsettings_days_range"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("customers", "customers"), ("events", "events"), ("tags", "tags"), ("list", "list")], max_length=9, verbose_name="kind")),
                ("source", models.CharField(default="import", max_length=40, verbose_name="source")),
                ("file_name", models.CharField(max_length=200, verbose_name="file")),
                ("stored", models.CharField(blank=True, help_text="Name in the storage of files; empty for a file of the command line.", max_length=200)),
                ("size", models.PositiveBigIntegerField(default=0, verbose_name="size in bytes")),
                ("received", models.PositiveBigIntegerField(default=0, verbose_name="bytes that have arrived")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="digest")),
                ("header", models.JSONField(default=list, verbose_name="columns")),
                ("mapping", models.JSONField(default=dict, verbose_name="mapping")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("running", "running"), ("stopped", "stopped"), ("done", "done"), ("failed", "failed")],
                        default="draft",
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=400, verbose_name="problem")),
                ("position", models.PositiveBigIntegerField(default=0, verbose_name="last line read")),
                ("lines", models.PositiveBigIntegerField(default=0, verbose_name="lines of the file, about")),
                ("rows", models.PositiveBigIntegerField(default=0, verbose_name="rows read")),
                ("accepted", models.PositiveBigIntegerField(default=0, verbose_name="accepted")),
                ("refused", models.PositiveBigIntegerField(default=0, verbose_name="refused")),
                ("duplicates", models.PositiveBigIntegerField(default=0, verbose_name="known already")),
                ("passed_over", models.PositiveBigIntegerField(default=0, verbose_name="passed over")),
                ("customers_created", models.PositiveBigIntegerField(default=0, verbose_name="new customers")),
                ("merged", models.PositiveBigIntegerField(default=0, verbose_name="merged customers")),
                ("clashes", models.PositiveBigIntegerField(default=0, verbose_name="pairs to decide")),
                ("created_at", models.DateTimeField(verbose_name="created")),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="started")),
                ("resumed_at", models.DateTimeField(blank=True, null=True, verbose_name="last resumed")),
                ("resumed_position", models.PositiveBigIntegerField(default=0)),
                ("moved_at", models.DateTimeField(blank=True, null=True, verbose_name="last batch")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="imports", to="customers.brand")),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="brought by"
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["digest", "brand"], name="import_by_digest")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("kind__in", ["customers", "events", "tags", "list"])), name="import_kind_known"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["draft", "running", "stopped", "done", "failed"])), name="import_state_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("names", models.JSONField(blank=True, default=dict, help_text='The name in other languages, such as {"zh-hans": "城市"}.', verbose_name="translations")),
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
                (
                    "kind",
                    models.CharField(
                        choices=[("assigned", "assigned"), ("fact", "fact"), ("model", "model"), ("predictive", "predictive")],
                        default="assigned",
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "data_type",
                    models.CharField(
                        choices=[("text", "text"), ("number", "number"), ("date", "date"), ("datetime", "date and time"), ("boolean", "yes or no"), ("list", "list")],
                        default="text",
                        max_length=8,
                        verbose_name="type",
                    ),
                ),
                ("is_multiple", models.BooleanField(default=False, help_text="A customer may have several at once.", verbose_name="several values")),
                ("description", models.CharField(blank=True, max_length=240, verbose_name="description")),
                ("definition", models.JSONField(blank=True, default=dict, verbose_name="definition")),
                ("valid_days", models.PositiveIntegerField(blank=True, help_text="Empty: until it is changed.", null=True, verbose_name="valid for days")),
                (
                    "refresh_every",
                    models.CharField(
                        choices=[("hand", "only by hand"), ("hour", "every hour"), ("day", "every day"), ("week", "every week, on Monday")],
                        default="hand",
                        max_length=4,
                        verbose_name="refreshed",
                    ),
                ),
                ("refresh_time", models.TimeField(default=datetime.time(3, 0), help_text="On the clock of the brand.", verbose_name="at")),
                (
                    "follows_events",
                    models.BooleanField(default=False, help_text="A customer's value is worked out again seconds after an event of hers.", verbose_name="follows events"),
                ),
                ("watches", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, editable=False, size=None)),
                ("figures", models.JSONField(blank=True, default=dict, editable=False)),
                ("refreshed_at", models.DateTimeField(blank=True, null=True, verbose_name="last refreshed")),
                ("next_refresh_at", models.DateTimeField(blank=True, null=True, verbose_name="next refresh")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("brand", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.brand")),
                ("owner", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("category", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="tags", to="customers.tagcategory")),
            ],
            options={
                "verbose_name": "tag",
                "verbose_name_plural": "tags",
                "ordering": ["category__position", "name"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("kind__in", ["assigned", "fact", "model", "predictive"])), name="tag_kind_known"),
                    models.CheckConstraint(condition=models.Q(("data_type__in", ["text", "number", "date", "datetime", "boolean", "list"])), name="tag_data_type_known"),
                    models.CheckConstraint(condition=models.Q(("refresh_every__in", ["hand", "hour", "day", "week"])), name="tag_refresh_every_known"),
                    models.CheckConstraint(condition=models.Q(("valid_days__isnull", True), ("valid_days__gte", 1), _connector="OR"), name="tag_valid_some"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True, verbose_name="at")),
                ("actor_label", models.CharField(max_length=160, verbose_name="actor")),
                (
                    "via",
                    models.CharField(
                        choices=[("page", "page"), ("admin", "admin"), ("api", "API"), ("command", "command"), ("system", "system")], max_length=8, verbose_name="via"
                    ),
                ),
                ("action", models.CharField(help_text="noun.verb, such as journey.publish", max_length=60, verbose_name="action")),
                ("object_type", models.CharField(max_length=40, verbose_name="object type")),
                ("object_id", models.CharField(max_length=40, verbose_name="object id")),
                ("object_label", models.CharField(blank=True, max_length=200, verbose_name="object")),
                ("changes", models.JSONField(default=dict, verbose_name="changes")),
                ("request_id", models.CharField(blank=True, max_length=64, verbose_name="request id")),
                ("actor", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("brand", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.brand")),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit log",
                "ordering": ["-at", "-id"],
                "indexes": [models.Index(fields=["object_type", "object_id", "-at"], name="audit_by_object"), models.Index(fields=["brand", "-at"], name="audit_by_brand")],
                "constraints": [models.CheckConstraint(condition=models.Q(("via__in", ["page", "admin", "api", "command", "system"])), name="auditentry_via_known")],
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("prefix", models.CharField(max_length=12, unique=True, verbose_name="prefix")),
                ("digest", models.BinaryField(max_length=32, unique=True, verbose_name="digest")),
                ("scopes", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None, verbose_name="scopes")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("last_used_at", models.DateTimeField(blank=True, null=True, verbose_name="last used")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                ("created_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="api_keys", to="customers.brand")),
            ],
            options={"verbose_name": "API key", "verbose_name_plural": "API keys", "ordering": ["brand", "name"]},
        ),
        migrations.CreateModel(
            name="BulkJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(choices=[("tag", "tag"), ("untag", "take a tag away"), ("list", "add to a list"), ("export", "export")], max_length=6, verbose_name="kind"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "running"), ("stopped", "stopped"), ("done", "done"), ("failed", "failed")], default="running", max_length=7, verbose_name="state"
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=400, verbose_name="problem")),
                ("what", models.CharField(max_length=200, verbose_name="what")),
                ("options", models.JSONField(default=dict, verbose_name="options")),
                ("total", models.PositiveBigIntegerField(default=0, verbose_name="customers")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="next part")),
                ("done", models.PositiveBigIntegerField(default=0, verbose_name="done")),
                ("changed", models.PositiveBigIntegerField(default=0, verbose_name="changed")),
                ("files", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), default=list, size=None, verbose_name="files")),
                ("size", models.PositiveBigIntegerField(default=0, verbose_name="bytes")),
                ("runner", models.CharField(blank=True, max_length=32)),
                ("created_at", models.DateTimeField(verbose_name="created")),
                ("moved_at", models.DateTimeField(blank=True, null=True, verbose_name="last part")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="kept until")),
                ("brand", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.brand")),
                ("created_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "bulk job",
                "verbose_name_plural": "bulk jobs",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["created_by", "-id"], name="bulkjob_by_user")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("kind__in", ["tag", "untag", "list", "export"])), name="bulkjob_kind_known"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["running", "stopped", "done", "failed"])), name="bulkjob_state_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Sighting",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name="sighting", serialize=False, to="customers.customer"
                    ),
                ),
                ("at", models.DateTimeField(blank=True, null=True, verbose_name="last seen")),
            ],
            options={"verbose_name": "sighting", "verbose_name_plural": "sightings"},
        ),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("service", "she asked us something"),
                            ("order", "an order or a delivery"),
                            ("correction", "correcting her data"),
                            ("rights", "a request about her data"),
                            ("fraud", "fraud or security"),
                            ("other", "something else"),
                        ],
                        max_length=10,
                        verbose_name="reason",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("until", models.DateTimeField(verbose_name="until")),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="disclosures", to="customers.customer")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "disclosure",
                "verbose_name_plural": "disclosures",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["user", "until"], name="disclosure_open")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("reason__in", ["service", "order", "correction", "rights", "fraud", "other"])), name="disclosure_reason_known"),
                    models.CheckConstraint(condition=models.Q(("until__gte", models.F("at"))), name="disclosure_ends_after_it_began"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by_label", models.CharField(max_length=160, verbose_name="by")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("request", "she asked for it"),
                            ("consent", "she took back what they were kept for"),
                            ("purpose", "they are not needed any more"),
                            ("law", "a law or a court demands it"),
                            ("mistake", "they should not have been taken in"),
                        ],
                        max_length=8,
                        verbose_name="reason",
                    ),
                ),
                ("counts", models.JSONField(default=list, verbose_name="rows")),
                ("merged", models.PositiveIntegerField(default=0, verbose_name="merged customers")),
                ("is_barred", models.BooleanField(default=False, help_text="Facts that name one of her identities are refused.", verbose_name="not taken in again")),
                ("unread_files", models.JSONField(default=list)),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="taken in again since")),
                ("by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="erasures", to="customers.customer")),
            ],
            options={
                "verbose_name": "erasure",
                "verbose_name_plural": "erasures",
                "ordering": ["-id"],
                "constraints": [models.CheckConstraint(condition=models.Q(("reason__in", ["request", "consent", "purpose", "law", "mistake"])), name="erasure_reason_known")],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("viewer", "Viewer: sees everything, personal data masked"),
                            ("marketer", "Marketer: also edits drafts, contents and segments"),
                            ("manager", "Manager: also publishes, pauses and stops; sees personal data"),
                            ("admin", "Admin: also sets policies, channels, keys and rights"),
                        ],
                        default="viewer",
                        max_length=12,
                        verbose_name="role",
                    ),
                ),
                (
                    "brand",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: every brand of the group.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="customers.brand",
                    ),
                ),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "constraints": [
                    models.UniqueConstraint(fields=("user", "brand"), name="membership_once", nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(("role__in", ["viewer", "marketer", "manager", "admin"])), name="membership_role_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "reason",
                    models.CharField(
                        choices=[("identities", "one fact named identities of both"), ("manual", "by hand"), ("review", "decided in a review")],
                        max_length=12,
                        verbose_name="reason",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=240, verbose_name="note")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone")),
                ("by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("kept", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="merges", to="customers.customer")),
                ("other", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="merged_by", to="customers.customer")),
                ("undone_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "merge",
                "verbose_name_plural": "merges",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("reason__in", ["identities", "manual", "review"])), name="merge_reason_known"),
                    models.CheckConstraint(condition=models.Q(("kept", models.F("other")), _negated=True), name="merge_of_two"),
                    models.UniqueConstraint(condition=models.Q(("undone_at__isnull", True)), fields=("other",), name="merge_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Namespace",
            fields=[
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("names", models.JSONField(blank=True, default=dict, help_text='The name in other languages, such as {"zh-hans": "城市"}.', verbose_name="translations")),
                ("id", models.SmallAutoField(primary_key=True, serialize=False)),
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
                (
                    "strength",
                    models.CharField(choices=[("strong", "identifies one person"), ("weak", "belongs to one customer but never joins two")], max_length=8, verbose_name="strength"),
                ),
                (
                    "normaliser",
                    models.CharField(
                        choices=[("phone", "phone number (E.164)"), ("email", "e-mail address"), ("text", "as it is, without blanks around it"), ("lower", "small letters")],
                        default="text",
                        max_length=8,
                        verbose_name="normal form",
                    ),
                ),
                ("limit", models.PositiveSmallIntegerField(default=5, help_text="More than that goes to review.", verbose_name="at most per customer")),
                ("is_personal", models.BooleanField(default=True, help_text="Masked for roles that may not see it.", verbose_name="personal data")),
                (
                    "brand",
                    models.ForeignKey(
                        blank=True,
                        help_text="Whose numbers these are; empty: of the whole group.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.brand",
                    ),
                ),
                (
                    "general",
                    models.ForeignKey(
                        blank=True,
                        help_text="What the brand's facts call by this other code is read as this one.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="of_brands",
                        to="customers.namespace",
                        verbose_name="stands for",
                    ),
                ),
            ],
            options={
                "verbose_name": "identity namespace",
                "verbose_name_plural": "identity namespaces",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("strength__in", ["strong", "weak"])), name="namespace_strength_known"),
                    models.CheckConstraint(condition=models.Q(("normaliser__in", ["phone", "email", "text", "lower"])), name="namespace_normaliser_known"),
                    models.CheckConstraint(condition=models.Q(("limit__gte", 1)), name="namespace_limit_some"),
                    models.CheckConstraint(condition=models.Q(("general__isnull", True), ("brand__isnull", False), _connector="OR"), name="namespace_stands_for_a_brand"),
                    models.UniqueConstraint(condition=models.Q(("general__isnull", False)), fields=("brand", "general"), name="namespace_once_for_a_brand"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RememberedMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("customers", "customers"), ("events", "events"), ("tags", "tags"), ("list", "list")], max_length=9, verbose_name="kind")),
                ("header_digest", models.CharField(max_length=64)),
                ("header", models.JSONField(default=list, verbose_name="columns")),
                ("mapping", models.JSONField(default=dict, verbose_name="mapping")),
                ("used_at", models.DateTimeField(verbose_name="last used")),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.brand")),
            ],
            options={
                "verbose_name": "remembered mapping",
                "verbose_name_plural": "remembered mappings",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("kind__in", ["customers", "events", "tags", "list"])), name="rememberedmapping_kind_known"),
                    models.UniqueConstraint(fields=("brand", "kind", "header_digest"), name="rememberedmapping_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("query", models.CharField(blank=True, max_length=2000, verbose_name="address")),
                ("changed_at", models.DateTimeField(verbose_name="changed")),
                (
                    "brand",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: only its owner sees it.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.brand",
                        verbose_name="shared with",
                    ),
                ),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="customer_views", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "saved view",
                "verbose_name_plural": "saved views",
                "ordering": ["name"],
                "constraints": [models.UniqueConstraint(fields=("owner", "name"), name="savedview_once")],
            },
        ),
        migrations.CreateModel(
            name="Segment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("names", models.JSONField(blank=True, default=dict, help_text='The name in other languages, such as {"zh-hans": "城市"}.', verbose_name="translations")),
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
                ("kind", models.CharField(choices=[("rule", "by rule"), ("list", "list")], max_length=4, verbose_name="kind")),
                ("description", models.CharField(blank=True, max_length=240, verbose_name="description")),
                ("rule", models.JSONField(blank=True, default=dict, verbose_name="rule")),
                ("size", models.PositiveBigIntegerField(default=0, verbose_name="size")),
                ("refresh_seconds", models.PositiveIntegerField(blank=True, help_text="Empty: only by hand.", null=True, verbose_name="refreshed every (seconds)")),
                ("is_live", models.BooleanField(default=False, help_text="Members follow changes within seconds, where the rule allows it.", verbose_name="kept live")),
                ("built_at", models.DateTimeField(blank=True, null=True, verbose_name="last built")),
                ("full_built_at", models.DateTimeField(blank=True, null=True, verbose_name="last built from everybody")),
                (
                    "build_scope",
                    models.CharField(choices=[("full", "everybody"), ("changed", "only what changed")], default="full", max_length=7, verbose_name="last build looked at"),
                ),
                ("entered", models.PositiveBigIntegerField(default=0, verbose_name="came with the last change")),
                ("left", models.PositiveBigIntegerField(default=0, verbose_name="went with the last change")),
                ("build_seconds", models.FloatField(blank=True, null=True, verbose_name="last build took (seconds)")),
                ("full_seconds", models.FloatField(blank=True, null=True, verbose_name="finding everybody took (seconds)")),
                ("full_cost", models.FloatField(blank=True, null=True, verbose_name="finding everybody was expected to cost")),
                ("problem", models.CharField(blank=True, max_length=240, verbose_name="problem")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, verbose_name="version")),
                ("archived_at", models.DateTimeField(blank=True, null=True, verbose_name="archived")),
                (
                    "brand",
                    models.ForeignKey(
                        blank=True, help_text="Empty: shared by every brand.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="segments", to="customers.brand"
                    ),
                ),
                ("owner", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "segment",
                "verbose_name_plural": "segments",
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("kind__in", ["rule", "list"])), name="segment_kind_known"),
                    models.CheckConstraint(condition=models.Q(("build_scope__in", ["full", "changed"])), name="segment_build_scope_known"),
                    models.CheckConstraint(
                        condition=models.Q(("refresh_seconds__isnull", True), ("refresh_seconds__gte", 60), _connector="OR"), name="segment_refresh_not_below_a_minute"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("names", models.JSONField(blank=True, default=dict, help_text='The name in other languages, such as {"zh-hans": "城市"}.', verbose_name="translations")),
                ("id", models.SmallAutoField(primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=40, unique=True, verbose_name="code")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("api", "API"),
                            ("sdk", "SDK"),
                            ("import", "import"),
                            ("channel", "channel feedback"),
                            ("journey", "journey"),
                            ("manual", "by hand"),
                            ("replay", "replay"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("trust", models.SmallIntegerField(default=50, help_text="0 to 100; the higher one wins a conflict.", verbose_name="trust")),
                ("brand", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.brand")),
            ],
            options={
                "verbose_name": "source",
                "verbose_name_plural": "sources",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("kind__in", ["api", "sdk", "import", "channel", "journey", "manual", "replay"])), name="source_kind_known"),
                    models.CheckConstraint(condition=models.Q(("trust__range", (0, 100))), name="source_trust_range"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("customer_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name="customers")),
                ("job", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="customers.bulkjob")),
            ],
            options={
                "verbose_name": "part of a bulk job",
                "verbose_name_plural": "parts of bulk jobs",
                "constraints": [models.UniqueConstraint(fields=("job", "number"), name="bulkpart_once")],
            },
        ),
        migrations.CreateModel(
            name="ImportTrial",
            fields=[
                (
                    "import_of",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="trial", serialize=False, to="customers.import", verbose_name="import"
                    ),
                ),
                ("of", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "running"), ("stopped", "stopped"), ("done", "done"), ("failed", "failed")], default="running", max_length=7, verbose_name="state"
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="rows read")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("moved_at", models.DateTimeField(blank=True, null=True, verbose_name="last batch")),
                ("result", models.JSONField(default=dict, verbose_name="result")),
                ("problems", models.JSONField(default=list, verbose_name="problems")),
                ("is_same", models.BooleanField(default=False)),
                ("before", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="customers.import")),
            ],
            options={
                "verbose_name": "trial of an import",
                "verbose_name_plural": "trials of imports",
                "constraints": [models.CheckConstraint(condition=models.Q(("state__in", ["running", "stopped", "done", "failed"])), name="importtrial_state_known")],
            },
        ),
        migrations.CreateModel(
            name="ImportRefusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveBigIntegerField(verbose_name="line")),
                ("text", models.CharField(max_length=400, verbose_name="reason")),
                ("row", models.JSONField(default=list, verbose_name="row")),
                ("import_of", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="refusals", to="customers.import")),
            ],
            options={"verbose_name": "refused row", "verbose_name_plural": "refused rows"},
        ),
        migrations.CreateModel(
            name="MergeReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("namespaces", models.JSONField(blank=True, default=list, verbose_name="limits in the way")),
                ("source", models.CharField(blank=True, max_length=40, verbose_name="source")),
                ("place", models.CharField(blank=True, max_length=120, verbose_name="item")),
                ("state", models.CharField(choices=[("open", "to be decided"), ("merged", "merged"), ("apart", "kept apart")], default="open", max_length=6, verbose_name="state")),
                ("opened_at", models.DateTimeField(verbose_name="opened")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                ("brand", models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.brand")),
                ("decided_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("merge", models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="customers.merge")),
                ("one", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer")),
                ("two", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer")),
            ],
            options={
                "verbose_name": "merge review",
                "verbose_name_plural": "merge reviews",
                "ordering": ["-opened_at", "-id"],
                "indexes": [
                    models.Index(condition=models.Q(("state", "open")), fields=["-opened_at"], name="mergereview_open"),
                    models.Index(condition=models.Q(("state", "open"), _negated=True), fields=["-decided_at"], name="mergereview_decided"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("state__in", ["open", "merged", "apart"])), name="mergereview_state_known"),
                    models.UniqueConstraint(fields=("one", "two"), name="mergereview_once"),
                    models.CheckConstraint(condition=models.Q(("one__lt", models.F("two"))), name="mergereview_in_order"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MergeRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=63, verbose_name="table")),
                ("was", models.CharField(max_length=7, verbose_name="what was done")),
                ("key", models.JSONField(verbose_name="key")),
                ("before", models.JSONField(null=True, verbose_name="before")),
                ("after", models.JSONField(null=True, verbose_name="after")),
                ("merge", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="customers.merge")),
            ],
            options={
                "verbose_name": "row of a merge",
                "verbose_name_plural": "rows of merges",
                "constraints": [models.CheckConstraint(condition=models.Q(("was__in", ["changed", "removed", "made"])), name="mergerow_was_known")],
            },
        ),
        migrations.CreateModel(
            name="BarredIdentity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField(max_length=32, unique=True, verbose_name="digest")),
                ("erasure", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="barred", to="customers.erasure")),
                ("namespace", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.namespace")),
            ],
            options={"verbose_name": "barred identity", "verbose_name_plural": "barred identities"},
        ),
        migrations.CreateModel(
            name="SegmentInsight",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("brand_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None, verbose_name="brands")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("running", "running"), ("done", "done"), ("stopped", "stopped"), ("failed", "failed")],
                        default="waiting",
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("step", models.PositiveSmallIntegerField(default=0, verbose_name="step")),
                ("problem", models.CharField(blank=True, max_length=400, verbose_name="problem")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("moved_at", models.DateTimeField(blank=True, null=True, verbose_name="last step")),
                ("computed_at", models.DateTimeField(blank=True, null=True, verbose_name="worked out")),
                ("seconds", models.FloatField(blank=True, null=True, verbose_name="seconds")),
                ("runner", models.CharField(blank=True, max_length=32)),
                ("result", models.JSONField(blank=True, default=dict, verbose_name="result")),
                ("asked_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("other", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.segment")),
                ("segment", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="insights", to="customers.segment")),
            ],
            options={
                "verbose_name": "insight into a segment",
                "verbose_name_plural": "insights into segments",
                "constraints": [
                    models.UniqueConstraint(fields=("segment", "other", "brand_ids"), name="segmentinsight_once", nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(("state__in", ["waiting", "running", "done", "stopped", "failed"])), name="segmentinsight_state_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SegmentMember",
            fields=[
                ("pk", models.CompositePrimaryKey("segment_id", "customer_id", blank=True, editable=False, primary_key=True, serialize=False)),
                ("since", models.DateTimeField(verbose_name="since")),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="segments", to="customers.customer")),
                ("segment", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="members", to="customers.segment")),
            ],
            options={"verbose_name": "segment member", "verbose_name_plural": "segment members"},
        ),
        migrations.CreateModel(
            name="SegmentSize",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("size", models.PositiveBigIntegerField(verbose_name="size")),
                ("entered", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="came")),
                ("left", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="went")),
                ("segment", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="sizes", to="customers.segment")),
            ],
            options={
                "verbose_name": "size of a segment",
                "verbose_name_plural": "sizes of segments",
                "constraints": [models.UniqueConstraint(fields=("segment", "at"), name="segmentsize_once")],
            },
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.CharField(help_text="In normal form.", max_length=320, verbose_name="value")),
                ("created_at", models.DateTimeField(verbose_name="first seen")),
                ("verified_at", models.DateTimeField(blank=True, null=True, verbose_name="verified")),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="identities", to="customers.customer")),
                ("namespace", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.namespace")),
                ("source", models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.source")),
            ],
            options={
                "verbose_name": "identity",
                "verbose_name_plural": "identities",
                "constraints": [
                    models.UniqueConstraint(fields=("namespace", "value"), name="identity_once"),
                    models.CheckConstraint(condition=models.Q(("value", ""), _negated=True), name="identity_value_some"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsentChange",
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
                (
                    "purpose",
                    models.CharField(choices=[("transactional", "transactional"), ("service", "service"), ("marketing", "marketing")], max_length=16, verbose_name="purpose"),
                ),
                ("state", models.CharField(choices=[("granted", "yes"), ("pending", "asked, not confirmed"), ("denied", "no")], max_length=8, verbose_name="state")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("wording", models.TextField(blank=True, verbose_name="wording")),
                ("proof", models.JSONField(blank=True, default=dict, verbose_name="proof")),
                ("brand", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.brand")),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer")),
                ("source", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.source")),
            ],
            options={
                "verbose_name": "consent change",
                "verbose_name_plural": "consent changes",
                "ordering": ["-at"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("channel__in", ["email", "sms", "push", "wechat", "inapp", "webhook", "task"])), name="consentchange_channel_known"),
                    models.CheckConstraint(condition=models.Q(("purpose__in", ["transactional", "service", "marketing"])), name="consentchange_purpose_known"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["granted", "pending", "denied"])), name="consentchange_state_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
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
                (
                    "purpose",
                    models.CharField(choices=[("transactional", "transactional"), ("service", "service"), ("marketing", "marketing")], max_length=16, verbose_name="purpose"),
                ),
                ("state", models.CharField(choices=[("granted", "yes"), ("pending", "asked, not confirmed"), ("denied", "no")], max_length=8, verbose_name="state")),
                ("since", models.DateTimeField(verbose_name="since")),
                ("wording", models.TextField(blank=True, verbose_name="wording")),
                ("proof", models.JSONField(blank=True, default=dict, verbose_name="proof")),
                ("brand", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.brand")),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="consents", to="customers.customer")),
                ("source", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.source")),
            ],
            options={
                "verbose_name": "consent",
                "verbose_name_plural": "consents",
                "indexes": [models.Index(condition=models.Q(("state", "pending")), fields=["brand", "since"], name="consent_pending")],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "brand", "channel", "purpose"), name="consent_once"),
                    models.CheckConstraint(condition=models.Q(("channel__in", ["email", "sms", "push", "wechat", "inapp", "webhook", "task"])), name="consent_channel_known"),
                    models.CheckConstraint(condition=models.Q(("purpose__in", ["transactional", "service", "marketing"])), name="consent_purpose_known"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["granted", "pending", "denied"])), name="consent_state_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TagMeasure",
            fields=[
                ("tag", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="measure", serialize=False, to="customers.tag")),
                ("counted_at", models.DateTimeField(verbose_name="counted")),
                ("customers", models.PositiveBigIntegerField(default=0, verbose_name="customers")),
                ("values", models.PositiveBigIntegerField(default=0, verbose_name="different values")),
                ("bins", models.JSONField(blank=True, default=list, verbose_name="spread")),
                ("changed_at", models.DateTimeField(blank=True, null=True, verbose_name="last change")),
                ("uses", models.PositiveIntegerField(default=0, verbose_name="uses")),
                (
                    "stale",
                    models.CharField(blank=True, choices=[("late", "not refreshed in time"), ("still", "unchanged while events came in")], max_length=5, verbose_name="stale"),
                ),
                ("is_unused", models.BooleanField(default=False, verbose_name="unused")),
                ("problem", models.CharField(blank=True, max_length=400, verbose_name="problem")),
                ("evaluated_at", models.DateTimeField(blank=True, null=True, verbose_name="evaluated")),
                ("score", models.FloatField(blank=True, null=True, verbose_name="score")),
                ("parts", models.JSONField(blank=True, default=dict, verbose_name="parts")),
            ],
            options={
                "verbose_name": "measure of a tag",
                "verbose_name_plural": "measures of tags",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("stale", ""), ("stale__in", ["late", "still"]), _connector="OR"), name="tagmeasure_stale_known"),
                    models.CheckConstraint(condition=models.Q(("score__isnull", True), ("score__range", (0, 100)), _connector="OR"), name="tagmeasure_score_range"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TagOutcome",
            fields=[
                ("tag", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="outcome", serialize=False, to="customers.tag")),
                ("value", models.CharField(blank=True, max_length=160, verbose_name="value")),
                ("expects", models.CharField(choices=[("more", "more often"), ("less", "less often")], default="more", max_length=4, verbose_name="is done")),
                (
                    "days",
                    models.PositiveSmallIntegerField(
                        default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)], verbose_name="within days"
                    ),
                ),
                ("event_type", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.eventtype", verbose_name="event")),
            ],
            options={
                "verbose_name": "outcome of a tag",
                "verbose_name_plural": "outcomes of tags",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("expects__in", ["more", "less"])), name="tagoutcome_expects_known"),
                    models.CheckConstraint(condition=models.Q(("days__range", (1, 365))), name="tagoutcome_days_range"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerTag",
            fields=[
                ("pk", models.CompositePrimaryKey("customer_id", "tag_id", "value", blank=True, editable=False, primary_key=True, serialize=False)),
                ("value", models.CharField(default="", max_length=160, verbose_name="value")),
                ("since", models.DateTimeField(verbose_name="since")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires")),
                ("customer", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="tags", to="customers.customer")),
                ("source", models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.source")),
                ("tag", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="customers", to="customers.tag")),
            ],
            options={
                "verbose_name": "tag of a customer",
                "verbose_name_plural": "tags of customers",
                "indexes": [
                    models.Index(fields=["tag", "value", "customer"], name="customertag_by_value"),
                    models.Index(condition=models.Q(("expires_at__isnull", False)), fields=["expires_at"], name="customertag_expiring"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TagChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.CharField(max_length=160, verbose_name="value")),
                ("added", models.BooleanField(verbose_name="came")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("customer", models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer")),
                ("source", models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.source")),
                ("tag", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.tag")),
            ],
            options={
                "verbose_name": "tag change",
                "verbose_name_plural": "tag changes",
                "ordering": ["-at"],
                "indexes": [models.Index(fields=["tag", "at"], name="tagchange_by_tag")],
            },
        ),
        migrations.CreateModel(
            name="TagDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="day")),
                ("value", models.CharField(max_length=160, null=True, verbose_name="value")),
                ("customers", models.PositiveBigIntegerField(verbose_name="customers")),
                ("came", models.PositiveBigIntegerField(default=0, verbose_name="came")),
                ("went", models.PositiveBigIntegerField(default=0, verbose_name="went")),
                ("tag", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="days", to="customers.tag")),
            ],
            options={
                "verbose_name": "day of a tag",
                "verbose_name_plural": "days of tags",
                "constraints": [models.UniqueConstraint(fields=("tag", "day", "value"), name="tagday_once", nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name="TagDirty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer_id", models.BigIntegerField()),
                ("tag", models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.tag")),
            ],
            options={"verbose_name": "value to look at again", "verbose_name_plural": "values to look at again"},
        ),
        migrations.CreateModel(
            name="TagRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "scope",
                    models.CharField(
                        choices=[("full", "all customers"), ("changed", "customers who may have changed"), ("expired", "values that are not valid any more")],
                        default="full",
                        max_length=7,
                        verbose_name="of",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "running"), ("done", "done"), ("stopped", "stopped"), ("failed", "failed")], default="running", max_length=7, verbose_name="state"
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("customers", models.PositiveBigIntegerField(default=0, verbose_name="customers with a value")),
                ("came", models.PositiveBigIntegerField(default=0, verbose_name="came")),
                ("went", models.PositiveBigIntegerField(default=0, verbose_name="went")),
                ("seconds", models.FloatField(blank=True, null=True, verbose_name="seconds")),
                ("figures", models.JSONField(blank=True, default=dict, verbose_name="figures")),
                ("error", models.CharField(blank=True, max_length=400, verbose_name="problem")),
                ("stop_asked_at", models.DateTimeField(blank=True, null=True, verbose_name="stop asked")),
                ("stop_asked_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("tag", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="customers.tag")),
            ],
            options={
                "verbose_name": "refresh of a tag",
                "verbose_name_plural": "refreshes of tags",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["tag", "-id"], name="tagrun_by_tag")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("scope__in", ["full", "changed", "expired"])), name="tagrun_scope_known"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["running", "done", "stopped", "failed"])), name="tagrun_state_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TagSample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.CharField(blank=True, max_length=160, verbose_name="value")),
                ("seed", models.BigIntegerField(verbose_name="seed")),
                ("population", models.PositiveBigIntegerField(verbose_name="drawn from")),
                ("drawn_at", models.DateTimeField(verbose_name="drawn")),
                ("drawn_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("tag", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="samples", to="customers.tag")),
            ],
            options={"verbose_name": "checked sample", "verbose_name_plural": "checked samples", "ordering": ["-pk"]},
        ),
        migrations.CreateModel(
            name="TagMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField(verbose_name="place")),
                ("value", models.CharField(max_length=160, verbose_name="value")),
                ("verdict", models.CharField(blank=True, choices=[("right", "right"), ("wrong", "wrong"), ("unsure", "can't tell")], max_length=6, verbose_name="verdict")),
                ("marked_at", models.DateTimeField(blank=True, null=True, verbose_name="marked")),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer")),
                ("marked_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("sample", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="marks", to="customers.tagsample")),
            ],
            options={
                "verbose_name": "mark of a sample",
                "verbose_name_plural": "marks of samples",
                "ordering": ["place"],
                "constraints": [
                    models.UniqueConstraint(fields=("sample", "place"), name="tagmark_once"),
                    models.CheckConstraint(condition=models.Q(("verdict", ""), ("verdict__in", ["right", "wrong", "unsure"]), _connector="OR"), name="tagmark_known"),
                ],
            },
        ),
        migrations.RunSQL((SQL / "events.sql").read_text()),
        migrations.RunSQL((SQL / "audit.sql").read_text()),
        migrations.RunSQL((SQL / "names.sql").read_text()),
        migrations.RunSQL((SQL / "bits.sql").read_text()),
        migrations.RunSQL((SQL / "bit_changes.sql").read_text()),
        migrations.RunSQL((SQL / "sightings.sql").read_text()),
        migrations.RunSQL(STORAGE),
        migrations.RunPython(_fill, _empty),
    ]
