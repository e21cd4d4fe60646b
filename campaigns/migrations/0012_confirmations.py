"""Double opt-in: what a brand wants, and whom it has asked."""

import django.db.models.deletion
from django.db import migrations, models

from config import schedule
from config.routing import SENDING

ASK = "Consents: ask those who have not confirmed"


def register(apps, schema_editor):
    schedule.register_periodic(
        apps,
        name=ASK,
        task="campaigns.tasks.confirm",
        queue=SENDING,
        every_seconds=60,
        description="Brands that want it ask by e-mail for the word of those who subscribed.",
    )


def unregister(apps, schema_editor):
    schedule.unregister_periodic(apps, name=ASK)


class Migration(migrations.Migration):

    dependencies = [
        schedule.DEPENDENCY,
        ('campaigns', '0011_links'),
        ('customers', '0036_consents_that_wait'),
    ]

    operations = [
        migrations.AddField(
            model_name='brandsending',
            name='double_opt_in',
            field=models.BooleanField(default=False, help_text='Whose consent to marketing by e-mail is “asked, not confirmed” gets an e-mail with a link to confirm it.', verbose_name='ask for a confirmation'),
        ),
        migrations.CreateModel(
            name='Confirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('transactional', 'transactional'), ('service', 'service'), ('marketing', 'marketing')], max_length=16, verbose_name='purpose')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('asked_at', models.DateTimeField(verbose_name='asked')),
                ('times', models.PositiveSmallIntegerField(verbose_name='times')),
                ('total', models.PositiveIntegerField(verbose_name='in all')),
                ('brand', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.brand')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer')),
            ],
            options={
                'verbose_name': 'confirmation',
                'verbose_name_plural': 'confirmations',
                'constraints': [models.UniqueConstraint(fields=('customer', 'brand', 'purpose'), name='confirmation_once'), models.CheckConstraint(condition=models.Q(('purpose__in', ['transactional', 'service', 'marketing'])), name='confirmation_purpose_known')],
            },
        ),
        migrations.RunPython(register, unregister),
    ]
