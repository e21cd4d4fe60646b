"""What is expected of events, what is set aside, and the work that goes on with it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

REPLAY = "Go on with what is set aside"
FORGET = "Remove old refusals"


def add(apps, schema_editor):
    register_periodic(
        apps,
        name=REPLAY,
        task="customers.quarantine.run",
        queue="default",
        description="Jobs that take in again, or drop, what is set aside, whose worker was lost.",
        every_seconds=60,
    )
    register_periodic(
        apps,
        name=FORGET,
        task="customers.quarantine.forget",
        queue="default",
        description="Refusals after a day, and what is set aside after three months.",
        crontab="20 3 * * *",
    )


def remove(apps, schema_editor):
    unregister_periodic(apps, name=REPLAY)
    unregister_periodic(apps, name=FORGET)


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0003_keys_rotated_and_answers_kept'),
        DEPENDENCY,
    ]

    operations = [
        migrations.CreateModel(
            name='EventBreach',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.CharField(max_length=120, verbose_name='event')),
                ('property', models.CharField(max_length=120, verbose_name='property')),
                ('kind', models.CharField(choices=[('missing', 'is missing'), ('type', 'is of another type'), ('value', 'is none of the allowed values')], max_length=7, verbose_name='what')),
                ('count', models.BigIntegerField(verbose_name='count')),
                ('sample', models.CharField(blank=True, max_length=80, verbose_name='example')),
                ('first_at', models.DateTimeField(verbose_name='first')),
                ('last_at', models.DateTimeField(verbose_name='last')),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.brand')),
            ],
            options={
                'verbose_name': 'breach of an expected event',
                'verbose_name_plural': 'breaches of expected events',
                'constraints': [models.UniqueConstraint(fields=('brand', 'event', 'property', 'kind'), name='eventbreach_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['missing', 'type', 'value'])), name='eventbreach_kind_known')],
            },
        ),
        migrations.CreateModel(
            name='EventSchema',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.CharField(max_length=120, verbose_name='event')),
                ('mode', models.CharField(choices=[('off', 'take it as it comes'), ('warn', 'take it and count what is wrong'), ('quarantine', 'set it aside until it is mended'), ('block', "don't take it in at all")], default='off', max_length=10, verbose_name='mode')),
                ('properties', models.JSONField(blank=True, default=dict, verbose_name='properties')),
                ('changed_at', models.DateTimeField(verbose_name='changed')),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.brand')),
                ('changed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'expected event',
                'verbose_name_plural': 'expected events',
                'ordering': ['event'],
                'constraints': [models.UniqueConstraint(fields=('brand', 'event'), name='eventschema_once'), models.CheckConstraint(condition=models.Q(('mode__in', ['off', 'warn', 'quarantine', 'block'])), name='eventschema_mode_known')],
            },
        ),
        migrations.CreateModel(
            name='QuarantinedItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.CharField(max_length=120, verbose_name='event')),
                ('source', models.CharField(max_length=40, verbose_name='source')),
                ('source_kind', models.CharField(max_length=8, verbose_name='kind of source')),
                ('item', models.JSONField(verbose_name='item')),
                ('reasons', models.JSONField(default=list, verbose_name='reasons')),
                ('mark', models.UUIDField(null=True)),
                ('received_at', models.DateTimeField(db_index=True, verbose_name='received')),
                ('problem', models.CharField(blank=True, max_length=300, verbose_name='problem')),
                ('brand', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.brand')),
            ],
            options={
                'verbose_name': 'quarantined item',
                'verbose_name_plural': 'quarantined items',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['brand', 'event', 'id'], name='quarantine_by_event')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('mark__isnull', False)), fields=('brand', 'mark'), name='quarantined_once')],
            },
        ),
        migrations.CreateModel(
            name='QuarantineJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.CharField(max_length=120, verbose_name='event')),
                ('verb', models.CharField(choices=[('replay', 'take in again'), ('drop', 'drop')], max_length=6, verbose_name='what')),
                ('mending', models.JSONField(default=list, verbose_name='mending')),
                ('state', models.CharField(choices=[('running', 'running'), ('stopped', 'stopped'), ('done', 'done')], default='running', max_length=7, verbose_name='state')),
                ('total', models.PositiveBigIntegerField(verbose_name='items')),
                ('done', models.PositiveBigIntegerField(default=0, verbose_name='done')),
                ('taken', models.PositiveBigIntegerField(default=0, verbose_name='taken in or dropped')),
                ('position', models.BigIntegerField(default=0, verbose_name='position')),
                ('last_id', models.BigIntegerField(verbose_name='last item')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('moved_at', models.DateTimeField(blank=True, null=True, verbose_name='last part')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.brand')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'job of the quarantine',
                'verbose_name_plural': 'jobs of the quarantine',
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('verb__in', ['replay', 'drop'])), name='quarantinejob_verb_known'), models.CheckConstraint(condition=models.Q(('state__in', ['running', 'stopped', 'done'])), name='quarantinejob_state_known'), models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('brand', 'event'), name='quarantinejob_one_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='RefusedFact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=40, verbose_name='source')),
                ('event', models.CharField(blank=True, max_length=120, verbose_name='event')),
                ('text', models.CharField(max_length=300, verbose_name='why')),
                ('count', models.PositiveIntegerField(default=1, verbose_name='how many')),
                ('at', models.DateTimeField(db_index=True, verbose_name='when')),
                ('brand', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.brand')),
            ],
            options={
                'verbose_name': 'refused fact',
                'verbose_name_plural': 'refused facts',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['brand', '-id'], name='refusedfact_latest')],
            },
        ),
        migrations.RunPython(add, remove),
    ]
