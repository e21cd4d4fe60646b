"""Insights into segments, and who looks after them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

LOOK = "Look after insights into segments"


def add(apps, schema_editor):
    register_periodic(
        apps,
        name=LOOK,
        task="customers.segments.look_after_insights",
        queue="audience",
        description="Begins insights that wait, and those whose worker went away.",
        every_seconds=60,
    )


def remove(apps, schema_editor):
    unregister_periodic(apps, name=LOOK)


class Migration(migrations.Migration):

    dependencies = [
        DEPENDENCY,
        ('customers', '0021_bits'),
    ]

    operations = [
        migrations.CreateModel(
            name='SegmentInsight',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('brand_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None, verbose_name='brands')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('running', 'running'), ('done', 'done'), ('stopped', 'stopped'), ('failed', 'failed')], default='waiting', max_length=7, verbose_name='state')),
                ('step', models.PositiveSmallIntegerField(default=0, verbose_name='step')),
                ('problem', models.CharField(blank=True, max_length=400, verbose_name='problem')),
                ('asked_at', models.DateTimeField(verbose_name='asked')),
                ('moved_at', models.DateTimeField(blank=True, null=True, verbose_name='last step')),
                ('computed_at', models.DateTimeField(blank=True, null=True, verbose_name='worked out')),
                ('seconds', models.FloatField(blank=True, null=True, verbose_name='seconds')),
                ('runner', models.CharField(blank=True, max_length=32)),
                ('result', models.JSONField(blank=True, default=dict, verbose_name='result')),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('other', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.segment')),
                ('segment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='insights', to='customers.segment')),
            ],
            options={
                'verbose_name': 'insight into a segment',
                'verbose_name_plural': 'insights into segments',
                'constraints': [models.UniqueConstraint(fields=('segment', 'other', 'brand_ids'), name='segmentinsight_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'running', 'done', 'stopped', 'failed'])), name='segmentinsight_state_known')],
            },
        ),
        migrations.RunPython(add, remove),
    ]
