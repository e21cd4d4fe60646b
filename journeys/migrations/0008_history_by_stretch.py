"""History by stretch instead of by visit, timers that name their version, entries without checks.

What was written visit by visit becomes stretches of one visit each; readers see the same steps.
"""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"
# Timers of walks that are gone wake nobody.
VERSIONS = """
ALTER TABLE {table} ADD COLUMN version_id bigint;
DELETE FROM {table} t WHERE NOT EXISTS (
    SELECT 1 FROM journeys_enrollment e WHERE e.id = t.enrollment_id);
UPDATE {table} t SET version_id = e.version_id FROM journeys_enrollment e
WHERE e.id = t.enrollment_id;
ALTER TABLE {table} ALTER COLUMN version_id SET NOT NULL;
"""
TAKE_OVER = """
SELECT journeys_ensure_history(min(left_at), max(left_at)) FROM journeys_visit;
SELECT journeys_way_id(node, outcome) FROM (
    SELECT DISTINCT node, outcome FROM journeys_visit ORDER BY node, outcome) ways;
INSERT INTO journeys_stretch (enrollment_id, version_id, arrived_at, left_at, visit, path, detail)
SELECT v.enrollment_id, v.version_id, v.arrived_at, v.left_at, v.visit, ARRAY[w.id], v.detail
FROM journeys_visit v JOIN journeys_way w USING (node, outcome) ORDER BY v.id;
DROP TABLE journeys_visit;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0029_segment_editing"),
        ("journeys", "0007_periodic_moves_and_watchdog"),
    ]

    operations = [
        migrations.RunSQL("ALTER TABLE journeys_step RENAME TO journeys_visit"),
        migrations.RunSQL((SQL / "history.sql").read_text()),
        migrations.RunSQL(TAKE_OVER),
        migrations.CreateModel(
            name="Way",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("outcome", models.CharField(max_length=40, verbose_name="outcome")),
            ],
            options={
                "verbose_name": "way",
                "verbose_name_plural": "ways",
                "db_table": "journeys_way",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Stretch",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enrollment_id",
                        "visit",
                        "left_at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enrollment_id", models.BigIntegerField(verbose_name="enrollment")),
                ("version_id", models.BigIntegerField(verbose_name="version")),
                ("arrived_at", models.DateTimeField(verbose_name="arrived")),
                ("left_at", models.DateTimeField(verbose_name="left")),
                ("visit", models.IntegerField(verbose_name="visit")),
                (
                    "path",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), size=None, verbose_name="path"
                    ),
                ),
                ("detail", models.JSONField(null=True, verbose_name="why")),
            ],
            options={
                "verbose_name": "stretch",
                "verbose_name_plural": "stretches",
                "db_table": "journeys_stretch",
                "managed": False,
            },
        ),
        migrations.AlterModelOptions(
            name="step",
            options={
                "managed": False,
                "ordering": ["enrollment_id", "visit"],
                "verbose_name": "step",
                "verbose_name_plural": "steps",
            },
        ),
        migrations.RemoveIndex(model_name="timer", name="timer_due"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(VERSIONS.format(table="journeys_timer")),
                migrations.RunSQL(VERSIONS.format(table="journeys_heldtimer")),
            ],
            state_operations=[
                migrations.AddField(
                    model_name="timer",
                    name="version_id",
                    field=models.BigIntegerField(default=None, verbose_name="version"),
                    preserve_default=False,
                ),
                migrations.AddField(
                    model_name="heldtimer",
                    name="version_id",
                    field=models.BigIntegerField(default=None, verbose_name="version"),
                    preserve_default=False,
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="timer",
            index=models.Index(
                fields=["version_id", "due_at", "enrollment_id"],
                include=("bucket",),
                name="timer_due",
            ),
        ),
        migrations.RunSQL((SQL / "due.sql").read_text()),
        migrations.RemoveConstraint(model_name="audienceentry", name="audienceentry_once"),
        migrations.AddField(
            model_name="audienceentry",
            name="part",
            field=models.SmallIntegerField(db_default=0, default=0, verbose_name="slice"),
        ),
        migrations.AddField(
            model_name="audienceentry",
            name="last_customer_id",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="as far as customer"),
        ),
        migrations.AddConstraint(
            model_name="audienceentry",
            constraint=models.UniqueConstraint(
                fields=("version", "node", "part"), name="audienceentry_once"
            ),
        ),
        migrations.AlterField(
            model_name="enrollment",
            name="customer",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="enrollments",
                to="customers.customer",
            ),
        ),
        migrations.AlterField(
            model_name="enrollment",
            name="journey",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="enrollments",
                to="journeys.journey",
            ),
        ),
        migrations.AlterField(
            model_name="enrollment",
            name="version",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrollments",
                to="journeys.journeyversion",
            ),
        ),
    ]
