"""Imports, their refused rows, remembered mappings, and the look for imports left behind."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

RESCUE = "Go on with imports"


def add(apps, schema_editor):
    register_periodic(
        apps,
        name=RESCUE,
        task="customers.imports.rescue",
        queue="default",
        description="Goes on with imports whose worker went away.",
        every_seconds=60,
    )


def remove(apps, schema_editor):
    unregister_periodic(apps, name=RESCUE)


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0005_event_received_brin'),
        DEPENDENCY,
    ]

    operations = [
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('customers', 'customers'), ('events', 'events'), ('tags', 'tags'), ('list', 'list')], max_length=9, verbose_name='kind')),
                ('source', models.CharField(default='import', max_length=40, verbose_name='source')),
                ('file_name', models.CharField(max_length=200, verbose_name='file')),
                ('stored', models.CharField(blank=True, help_text='Name in the storage of files; empty for a file of the command line.', max_length=200)),
                ('digest', models.CharField(max_length=64, verbose_name='digest')),
                ('header', models.JSONField(default=list, verbose_name='columns')),
                ('mapping', models.JSONField(default=dict, verbose_name='mapping')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('running', 'running'), ('stopped', 'stopped'), ('done', 'done'), ('failed', 'failed')], default='draft', max_length=7, verbose_name='state')),
                ('problem', models.CharField(blank=True, max_length=400, verbose_name='problem')),
                ('position', models.PositiveBigIntegerField(default=0, verbose_name='last line read')),
                ('rows', models.PositiveBigIntegerField(default=0, verbose_name='rows read')),
                ('accepted', models.PositiveBigIntegerField(default=0, verbose_name='accepted')),
                ('refused', models.PositiveBigIntegerField(default=0, verbose_name='refused')),
                ('duplicates', models.PositiveBigIntegerField(default=0, verbose_name='known already')),
                ('passed_over', models.PositiveBigIntegerField(default=0, verbose_name='passed over')),
                ('customers_created', models.PositiveBigIntegerField(default=0, verbose_name='new customers')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started')),
                ('moved_at', models.DateTimeField(blank=True, null=True, verbose_name='last batch')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='imports', to='customers.brand')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'import',
                'verbose_name_plural': 'imports',
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['digest', 'brand'], name='import_by_digest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['customers', 'events', 'tags', 'list'])), name='import_kind_known'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'running', 'stopped', 'done', 'failed'])), name='import_state_known')],
            },
        ),
        migrations.CreateModel(
            name='ImportRefusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveBigIntegerField(verbose_name='line')),
                ('text', models.CharField(max_length=400, verbose_name='reason')),
                ('row', models.JSONField(default=list, verbose_name='row')),
                ('import_of', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refusals', to='customers.import')),
            ],
            options={
                'verbose_name': 'refused row',
                'verbose_name_plural': 'refused rows',
            },
        ),
        migrations.CreateModel(
            name='RememberedMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('customers', 'customers'), ('events', 'events'), ('tags', 'tags'), ('list', 'list')], max_length=9, verbose_name='kind')),
                ('header_digest', models.CharField(max_length=64)),
                ('mapping', models.JSONField(default=dict, verbose_name='mapping')),
                ('used_at', models.DateTimeField(verbose_name='last used')),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.brand')),
            ],
            options={
                'verbose_name': 'remembered mapping',
                'verbose_name_plural': 'remembered mappings',
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['customers', 'events', 'tags', 'list'])), name='rememberedmapping_kind_known'), models.UniqueConstraint(fields=('brand', 'kind', 'header_digest'), name='rememberedmapping_once')],
            },
        ),
        migrations.RunPython(add, remove),
    ]
