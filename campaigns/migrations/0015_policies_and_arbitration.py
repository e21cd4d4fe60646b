"""Caps over calendar periods, holidays, arbitration, quotas, what each purpose does at night."""

import django.db.models.deletion
from django.db import migrations, models


# Quiet hours had one word for marketing and service; messages know their content by its version.
FILL = """
UPDATE campaigns_quiethours SET marketing = action, service = action;
UPDATE campaigns_message m SET content_id = v.content_id
FROM campaigns_contentversion v WHERE v.id = m.content_version_id;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0014_seed_addresses'),
        ('customers', '0035_bit_changes_in_parts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Arbitration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('window_seconds', models.PositiveIntegerField(default=14400, verbose_name='within (seconds)')),
                ('includes_service', models.BooleanField(default=False, verbose_name='service messages compete too')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'arbitration',
                'verbose_name_plural': 'arbitrations',
            },
        ),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('marketing', models.CharField(choices=[('defer', 'wait until they are over'), ('skip', 'do not send'), ('pass', 'send all the same')], default='defer', max_length=8, verbose_name='a marketing message then')),
                ('service', models.CharField(choices=[('defer', 'wait until they are over'), ('skip', 'do not send'), ('pass', 'send all the same')], default='defer', max_length=8, verbose_name='a service message then')),
                ('transactional', models.CharField(choices=[('defer', 'wait until they are over'), ('skip', 'do not send'), ('pass', 'send all the same')], default='pass', max_length=8, verbose_name='a transactional message then')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('starts_on', models.DateField(verbose_name='first day')),
                ('ends_on', models.DateField(verbose_name='last day')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'holiday',
                'verbose_name_plural': 'holidays',
                'ordering': ['starts_on', 'name'],
            },
        ),
        migrations.CreateModel(
            name='LedgerPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('keep_days', models.PositiveIntegerField(blank=True, default=400, null=True, verbose_name='days')),
            ],
            options={
                'verbose_name': 'policy of the ledger',
                'verbose_name_plural': 'policies of the ledger',
            },
        ),
        migrations.CreateModel(
            name='Quota',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'e-mail'), ('sms', 'SMS'), ('push', 'push'), ('wechat', 'WeChat'), ('inapp', 'in-app'), ('webhook', 'webhook'), ('task', 'task for a person')], max_length=8, verbose_name='channel')),
                ('limit', models.PositiveIntegerField(verbose_name='at most')),
                ('period', models.CharField(choices=[('hour', 'hour'), ('day', 'day'), ('month', 'month')], default='day', max_length=8, verbose_name='in one')),
                ('action', models.CharField(choices=[('defer', 'wait for the next period'), ('skip', 'do not send')], default='defer', max_length=8, verbose_name='a message beyond it')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'channel quota',
                'verbose_name_plural': 'channel quotas',
                'ordering': ['brand', 'channel', 'period'],
            },
        ),
        migrations.CreateModel(
            name='QuotaUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('used', models.PositiveIntegerField(default=0, verbose_name='used')),
            ],
            options={
                'verbose_name': 'use of a quota',
                'verbose_name_plural': 'uses of quotas',
            },
        ),
        migrations.AddField(
            model_name='content',
            name='on_loss',
            field=models.CharField(choices=[('defer', 'wait until the next one may go'), ('drop', 'do not send')], default='defer', max_length=8, verbose_name='when another message goes first'),
        ),
        migrations.AddField(
            model_name='content',
            name='worth',
            field=models.DecimalField(decimal_places=2, default=0, help_text='What an answer to it brings on average. Of two that want the same customer with the same priority, the one that is worth more goes.', max_digits=12, verbose_name='worth'),
        ),
        migrations.AddField(
            model_name='frequencycap',
            name='content',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='caps', to='campaigns.content'),
        ),
        migrations.AddField(
            model_name='frequencycap',
            name='counts_transactional',
            field=models.BooleanField(default=False, help_text='They go out all the same, but take a place.', verbose_name='transactional messages count'),
        ),
        migrations.AddField(
            model_name='frequencycap',
            name='per_address',
            field=models.BooleanField(default=False, help_text='Each address of a customer has places of its own.', verbose_name='per address'),
        ),
        migrations.AddField(
            model_name='frequencycap',
            name='period',
            field=models.CharField(choices=[('rolling', 'a rolling window'), ('day', "a day of the customer's calendar"), ('week', "a week of the customer's calendar"), ('month', "a month of the customer's calendar")], default='rolling', max_length=8, verbose_name='counted over'),
        ),
        migrations.AddField(
            model_name='message',
            name='content',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='campaigns.content'),
        ),
        migrations.AddField(
            model_name='quiethours',
            name='marketing',
            field=models.CharField(choices=[('defer', 'wait until they are over'), ('skip', 'do not send'), ('pass', 'send all the same')], default='defer', max_length=8, verbose_name='a marketing message then'),
        ),
        migrations.AddField(
            model_name='quiethours',
            name='service',
            field=models.CharField(choices=[('defer', 'wait until they are over'), ('skip', 'do not send'), ('pass', 'send all the same')], default='defer', max_length=8, verbose_name='a service message then'),
        ),
        migrations.AddField(
            model_name='quiethours',
            name='transactional',
            field=models.CharField(choices=[('defer', 'wait until they are over'), ('skip', 'do not send'), ('pass', 'send all the same')], default='pass', max_length=8, verbose_name='a transactional message then'),
        ),
        migrations.AlterField(
            model_name='frequencycap',
            name='window_seconds',
            field=models.PositiveIntegerField(default=86400, help_text='Of a rolling window.', verbose_name='within (seconds)'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('purpose', 'marketing'), models.Q(('address', ''), _negated=True)), fields=['address', 'accepted_at'], name='message_by_address'),
        ),
        migrations.AddConstraint(
            model_name='content',
            constraint=models.CheckConstraint(condition=models.Q(('on_loss__in', ['defer', 'drop'])), name='content_on_loss_known'),
        ),
        migrations.AddConstraint(
            model_name='content',
            constraint=models.CheckConstraint(condition=models.Q(('worth__gte', 0)), name='content_worth_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='frequencycap',
            constraint=models.CheckConstraint(condition=models.Q(('period__in', ['rolling', 'day', 'week', 'month'])), name='cap_period_known'),
        ),
        migrations.AddConstraint(
            model_name='quiethours',
            constraint=models.CheckConstraint(condition=models.Q(('transactional__in', ['defer', 'skip', 'pass'])), name='quiethours_transactional_known'),
        ),
        migrations.AddConstraint(
            model_name='quiethours',
            constraint=models.CheckConstraint(condition=models.Q(('service__in', ['defer', 'skip', 'pass'])), name='quiethours_service_known'),
        ),
        migrations.AddConstraint(
            model_name='quiethours',
            constraint=models.CheckConstraint(condition=models.Q(('marketing__in', ['defer', 'skip', 'pass'])), name='quiethours_marketing_known'),
        ),
        migrations.AddField(
            model_name='arbitration',
            name='brand',
            field=models.OneToOneField(blank=True, help_text='Empty: between all brands that have none of their own.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='arbitration', to='customers.brand'),
        ),
        migrations.AddField(
            model_name='holiday',
            name='brand',
            field=models.ForeignKey(blank=True, help_text='Empty: for every brand.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='holidays', to='customers.brand'),
        ),
        migrations.AddConstraint(
            model_name='ledgerpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('pk', 1)), name='ledgerpolicy_one'),
        ),
        migrations.AddConstraint(
            model_name='ledgerpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('keep_days__isnull', True), ('keep_days__range', (31, 3660)), _connector='OR'), name='ledgerpolicy_days_range'),
        ),
        migrations.AddField(
            model_name='quota',
            name='brand',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='quotas', to='customers.brand'),
        ),
        migrations.AddField(
            model_name='quotause',
            name='quota',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='campaigns.quota'),
        ),
        migrations.AddConstraint(
            model_name='arbitration',
            constraint=models.CheckConstraint(condition=models.Q(('window_seconds__range', (60, 604800))), name='arbitration_window_range'),
        ),
        migrations.AddConstraint(
            model_name='arbitration',
            constraint=models.UniqueConstraint(fields=('brand',), name='arbitration_one_per_brand', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='holiday',
            constraint=models.CheckConstraint(condition=models.Q(('transactional__in', ['defer', 'skip', 'pass'])), name='holiday_transactional_known'),
        ),
        migrations.AddConstraint(
            model_name='holiday',
            constraint=models.CheckConstraint(condition=models.Q(('service__in', ['defer', 'skip', 'pass'])), name='holiday_service_known'),
        ),
        migrations.AddConstraint(
            model_name='holiday',
            constraint=models.CheckConstraint(condition=models.Q(('marketing__in', ['defer', 'skip', 'pass'])), name='holiday_marketing_known'),
        ),
        migrations.AddConstraint(
            model_name='holiday',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='holiday_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='quota',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'sms', 'push', 'wechat', 'inapp', 'webhook', 'task'])), name='quota_channel_known'),
        ),
        migrations.AddConstraint(
            model_name='quota',
            constraint=models.CheckConstraint(condition=models.Q(('period__in', ['hour', 'day', 'month'])), name='quota_period_known'),
        ),
        migrations.AddConstraint(
            model_name='quota',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', ['defer', 'skip'])), name='quota_action_known'),
        ),
        migrations.AddConstraint(
            model_name='quota',
            constraint=models.CheckConstraint(condition=models.Q(('limit__gte', 1)), name='quota_limit_some'),
        ),
        migrations.AddConstraint(
            model_name='quota',
            constraint=models.UniqueConstraint(fields=('brand', 'channel', 'period'), name='quota_once_per_period'),
        ),
        migrations.AddConstraint(
            model_name='quotause',
            constraint=models.UniqueConstraint(fields=('quota', 'starts_at'), name='quotause_once_per_period'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name='quiethours',
            name='quiethours_action_known',
        ),
        migrations.RemoveField(
            model_name='quiethours',
            name='action',
        ),
    ]
