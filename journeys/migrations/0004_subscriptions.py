"""What other systems are told, and the work that tells them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

TELL = "Tell subscribers"
FORGET = "Remove old calls of subscriptions"


def add(apps, schema_editor):
    register_periodic(
        apps,
        name=TELL,
        task="journeys.webhooks.deliver",
        queue="default",
        description="Calls of subscriptions that are due, or whose worker was lost.",
        every_seconds=10,
    )
    register_periodic(
        apps,
        name=FORGET,
        task="journeys.webhooks.forget",
        queue="default",
        description="Calls of subscriptions are kept for two weeks.",
        crontab="40 3 * * *",
    )


def remove(apps, schema_editor):
    unregister_periodic(apps, name=TELL)
    unregister_periodic(apps, name=FORGET)


class Migration(migrations.Migration):

    dependencies = [
        DEPENDENCY,
        ('journeys', '0003_sends'),
    ]

    operations = [
        migrations.AddField(
            model_name='webhook',
            name='old_secret',
            field=models.BinaryField(null=True, verbose_name='old secret'),
        ),
        migrations.AddField(
            model_name='webhook',
            name='old_until',
            field=models.DateTimeField(blank=True, null=True, verbose_name='old secret works until'),
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topics', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=24), default=list, size=None, verbose_name='topics')),
                ('segments', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name='segments')),
                ('journeys', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, size=None, verbose_name='journeys')),
                ('namespaces', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name='identities')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('failures', models.PositiveIntegerField(default=0, verbose_name='failures on end')),
                ('failing_since', models.DateTimeField(blank=True, null=True, verbose_name='fails since')),
                ('resume_at', models.DateTimeField(blank=True, null=True, verbose_name='tried again')),
                ('succeeded_at', models.DateTimeField(blank=True, null=True, verbose_name='last success')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('webhook', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='subscription', to='journeys.webhook')),
            ],
            options={
                'verbose_name': 'subscription',
                'verbose_name_plural': 'subscriptions',
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(max_length=24, verbose_name='topic')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('facts', models.JSONField(verbose_name='facts')),
                ('count', models.PositiveSmallIntegerField(default=1, verbose_name='facts')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('ok', 'answered'), ('failed', 'failed')], max_length=7, verbose_name='state')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('next_at', models.DateTimeField(blank=True, null=True, verbose_name='next attempt')),
                ('gives_up_at', models.DateTimeField(verbose_name='given up')),
                ('tried_at', models.DateTimeField(blank=True, null=True, verbose_name='last attempt')),
                ('status', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='status')),
                ('error', models.CharField(blank=True, max_length=300, verbose_name='error')),
                ('subscription', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='journeys.subscription')),
            ],
            options={
                'verbose_name': 'call of a subscription',
                'verbose_name_plural': 'calls of subscriptions',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['subscription', '-id'], name='delivery_log'), models.Index(condition=models.Q(('state', 'waiting')), fields=['subscription', 'next_at', 'id'], name='delivery_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'ok', 'failed'])), name='delivery_state_known')],
            },
        ),
        migrations.RunPython(add, remove),
    ]
