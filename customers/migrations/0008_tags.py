"""How tags are refreshed: their schedule, the log of runs, customers to look at again."""

import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0007_merges'),
    ]

    operations = [
        migrations.CreateModel(
            name='TagDirty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customer_id', models.BigIntegerField()),
                ('tag', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.tag')),
            ],
            options={
                'verbose_name': 'value to look at again',
                'verbose_name_plural': 'values to look at again',
            },
        ),
        migrations.CreateModel(
            name='TagRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(choices=[('full', 'all customers'), ('changed', 'customers who may have changed'), ('expired', 'values that are not valid any more')], default='full', max_length=7, verbose_name='of')),
                ('state', models.CharField(choices=[('running', 'running'), ('done', 'done'), ('stopped', 'stopped'), ('failed', 'failed')], default='running', max_length=7, verbose_name='state')),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('customers', models.PositiveBigIntegerField(default=0, verbose_name='customers with a value')),
                ('came', models.PositiveBigIntegerField(default=0, verbose_name='came')),
                ('went', models.PositiveBigIntegerField(default=0, verbose_name='went')),
                ('seconds', models.FloatField(blank=True, null=True, verbose_name='seconds')),
                ('figures', models.JSONField(blank=True, default=dict, verbose_name='figures')),
                ('error', models.CharField(blank=True, max_length=400, verbose_name='problem')),
                ('stop_asked_at', models.DateTimeField(blank=True, null=True, verbose_name='stop asked')),
                ('stop_asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tag', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='customers.tag')),
            ],
            options={
                'verbose_name': 'refresh of a tag',
                'verbose_name_plural': 'refreshes of tags',
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['tag', '-id'], name='tagrun_by_tag')],
                'constraints': [models.CheckConstraint(condition=models.Q(('scope__in', ['full', 'changed', 'expired'])), name='tagrun_scope_known'), models.CheckConstraint(condition=models.Q(('state__in', ['running', 'done', 'stopped', 'failed'])), name='tagrun_state_known')],
            },
        ),
        migrations.AddField(
            model_name='tag',
            name='figures',
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='tag',
            name='follows_events',
            field=models.BooleanField(default=False, help_text="A customer's value is worked out again seconds after an event of hers.", verbose_name='follows events'),
        ),
        migrations.AddField(
            model_name='tag',
            name='next_refresh_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='next refresh'),
        ),
        migrations.AddField(
            model_name='tag',
            name='refresh_every',
            field=models.CharField(choices=[('hand', 'only by hand'), ('hour', 'every hour'), ('day', 'every day'), ('week', 'every week, on Monday')], default='hand', max_length=4, verbose_name='refreshed'),
        ),
        migrations.AddField(
            model_name='tag',
            name='refresh_time',
            field=models.TimeField(default=datetime.time(3, 0), help_text='On the clock of the brand.', verbose_name='at'),
        ),
        migrations.AddField(
            model_name='tag',
            name='watches',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, editable=False, size=None),
        ),
        migrations.AlterField(
            model_name='tag',
            name='refreshed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='last refreshed'),
        ),
        migrations.AddIndex(
            model_name='customertag',
            index=models.Index(condition=models.Q(('expires_at__isnull', False)), fields=['expires_at'], name='customertag_expiring'),
        ),
        migrations.AddConstraint(
            model_name='tag',
            constraint=models.CheckConstraint(condition=models.Q(('refresh_every__in', ['hand', 'hour', 'day', 'week'])), name='tag_refresh_every_known'),
        ),
    ]
