"""Reports of providers, the in-app inbox."""

import campaigns.models.account
import django.db.models.deletion
from django.db import migrations, models


def give_tokens(apps, schema_editor):
    for account in apps.get_model("campaigns", "ChannelAccount").objects.all():
        account.token = campaigns.models.account.new_token()
        account.save(update_fields=["token"])


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0008_tasks_and_askings_for_codes'),
        ('customers', '0034_event_partitions_made_at_once'),
    ]

    operations = [
        migrations.CreateModel(
            name='InAppMessage',
            fields=[
                ('message', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='inapp', serialize=False, to='campaigns.message')),
                ('placement', models.CharField(choices=[('inbox', 'inbox'), ('popup', 'popup')], max_length=5, verbose_name='placement')),
                ('title', models.CharField(blank=True, max_length=998, verbose_name='title')),
                ('body', models.TextField(blank=True, verbose_name='text')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires')),
                ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='read')),
                ('dismissed_at', models.DateTimeField(blank=True, null=True, verbose_name='dismissed')),
            ],
            options={
                'verbose_name': 'in-app message',
                'verbose_name_plural': 'in-app messages',
            },
        ),
        migrations.CreateModel(
            name='WaitingReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, verbose_name='digest')),
                ('message_id', models.BigIntegerField(blank=True, null=True, verbose_name='message')),
                ('provider_id', models.CharField(blank=True, max_length=200, verbose_name='id at the provider')),
                ('content', models.JSONField(verbose_name='content')),
                ('received_at', models.DateTimeField(verbose_name='received')),
            ],
            options={
                'verbose_name': 'waiting report',
                'verbose_name_plural': 'waiting reports',
            },
        ),
        migrations.AddField(
            model_name='channelaccount',
            name='callback_secret',
            field=models.BinaryField(blank=True, null=True, verbose_name='secret of reports'),
        ),
        migrations.AddField(
            model_name='channelaccount',
            name='token',
            field=models.CharField(default='', editable=False, max_length=43, verbose_name='token'),
            preserve_default=False,
        ),
        migrations.RunPython(give_tokens, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name='channelaccount',
            name='token',
            field=models.CharField(default=campaigns.models.account.new_token, editable=False, max_length=43, unique=True, verbose_name='token'),
        ),
        migrations.AddConstraint(
            model_name='inappmessage',
            constraint=models.CheckConstraint(condition=models.Q(('placement__in', ['inbox', 'popup'])), name='inappmessage_placement_known'),
        ),
        migrations.AddField(
            model_name='waitingreport',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='campaigns.channelaccount'),
        ),
        migrations.AddConstraint(
            model_name='waitingreport',
            constraint=models.UniqueConstraint(fields=('account', 'digest'), name='waitingreport_once'),
        ),
    ]
