"""Addresses of colleagues for samples."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0013_texts_of_html'),
        ('customers', '0036_consents_that_wait'),
    ]

    operations = [
        migrations.CreateModel(
            name='SeedAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'e-mail'), ('sms', 'SMS')], max_length=8, verbose_name='channel')),
                ('address', models.CharField(max_length=320, verbose_name='address')),
                ('name', models.CharField(blank=True, max_length=80, verbose_name='name')),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seeds', to='customers.brand')),
            ],
            options={
                'verbose_name': 'seed address',
                'verbose_name_plural': 'seed addresses',
                'ordering': ['channel', 'name', 'address'],
                'constraints': [models.UniqueConstraint(fields=('brand', 'channel', 'address'), name='seedaddress_once'), models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'sms'])), name='seedaddress_channel_known')],
            },
        ),
    ]
