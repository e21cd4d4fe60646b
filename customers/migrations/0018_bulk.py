"""Bulk jobs with their parts, and who looks after them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

LOOK = "Look after bulk changes and exports"


def add(apps, schema_editor):
    register_periodic(
        apps,
        name=LOOK,
        task="customers.bulk.look_after",
        queue="audience",
        description="Goes on with jobs whose worker went away; removes files after a week.",
        every_seconds=60,
    )


def remove(apps, schema_editor):
    unregister_periodic(apps, name=LOOK)


class Migration(migrations.Migration):

    dependencies = [
        DEPENDENCY,
        ('customers', '0017_fast_door'),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('tag', 'tag'), ('untag', 'take a tag away'), ('list', 'add to a list'), ('export', 'export')], max_length=6, verbose_name='kind')),
                ('state', models.CharField(choices=[('running', 'running'), ('stopped', 'stopped'), ('done', 'done'), ('failed', 'failed')], default='running', max_length=7, verbose_name='state')),
                ('problem', models.CharField(blank=True, max_length=400, verbose_name='problem')),
                ('what', models.CharField(max_length=200, verbose_name='what')),
                ('options', models.JSONField(default=dict, verbose_name='options')),
                ('total', models.PositiveBigIntegerField(default=0, verbose_name='customers')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='next part')),
                ('done', models.PositiveBigIntegerField(default=0, verbose_name='done')),
                ('changed', models.PositiveBigIntegerField(default=0, verbose_name='changed')),
                ('files', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), default=list, size=None, verbose_name='files')),
                ('size', models.PositiveBigIntegerField(default=0, verbose_name='bytes')),
                ('runner', models.CharField(blank=True, max_length=32)),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('moved_at', models.DateTimeField(blank=True, null=True, verbose_name='last part')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='kept until')),
                ('brand', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.brand')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'bulk job',
                'verbose_name_plural': 'bulk jobs',
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['created_by', '-id'], name='bulkjob_by_user')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['tag', 'untag', 'list', 'export'])), name='bulkjob_kind_known'), models.CheckConstraint(condition=models.Q(('state__in', ['running', 'stopped', 'done', 'failed'])), name='bulkjob_state_known')],
            },
        ),
        migrations.CreateModel(
            name='BulkPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('customer_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='customers')),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='customers.bulkjob')),
            ],
            options={
                'verbose_name': 'part of a bulk job',
                'verbose_name_plural': 'parts of bulk jobs',
                'constraints': [models.UniqueConstraint(fields=('job', 'number'), name='bulkpart_once')],
            },
        ),
        migrations.RunPython(add, remove),
    ]
