"""Sums over the verdicts of the gate, and those of the candidates that are there already."""

from django.db import migrations, models

FILL = """
ALTER TABLE campaigns_verdictcount SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
INSERT INTO campaigns_verdictcount (journey_id, version_id, node, hour, verdict, rule, n)
SELECT journey_id, version_id, node, date_trunc('hour', wanted_at, 'UTC'), state, rule, count(*)
FROM campaigns_candidate WHERE state IN ('allowed', 'stopped')
GROUP BY 1, 2, 3, 4, 5, 6;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0009_channels")]

    operations = [
        migrations.CreateModel(
            name="VerdictCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "journey_id",
                        "version_id",
                        "node",
                        "hour",
                        "verdict",
                        "rule",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("journey_id", models.BigIntegerField(verbose_name="journey")),
                ("version_id", models.BigIntegerField(verbose_name="version")),
                ("node", models.CharField(max_length=40, verbose_name="node")),
                ("hour", models.DateTimeField(verbose_name="hour")),
                ("verdict", models.CharField(max_length=8, verbose_name="verdict")),
                ("rule", models.CharField(max_length=24, verbose_name="deciding rule")),
                ("n", models.BigIntegerField(verbose_name="number")),
            ],
            options={
                "verbose_name": "verdict count",
                "verbose_name_plural": "verdict counts",
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
