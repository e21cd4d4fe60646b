"""Certificates of erasure, and who is not to be taken in again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0013_views'),
    ]

    operations = [
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('by_label', models.CharField(max_length=160, verbose_name='by')),
                ('reason', models.CharField(choices=[('request', 'she asked for it'), ('consent', 'she took back what they were kept for'), ('purpose', 'they are not needed any more'), ('law', 'a law or a court demands it'), ('mistake', 'they should not have been taken in')], max_length=8, verbose_name='reason')),
                ('counts', models.JSONField(default=list, verbose_name='rows')),
                ('merged', models.PositiveIntegerField(default=0, verbose_name='merged customers')),
                ('is_barred', models.BooleanField(default=False, help_text='Facts that name one of her identities are refused.', verbose_name='not taken in again')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='taken in again since')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='erasures', to='customers.customer')),
            ],
            options={
                'verbose_name': 'erasure',
                'verbose_name_plural': 'erasures',
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason__in', ['request', 'consent', 'purpose', 'law', 'mistake'])), name='erasure_reason_known')],
            },
        ),
        migrations.CreateModel(
            name='BarredIdentity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.BinaryField(max_length=32, unique=True, verbose_name='digest')),
                ('namespace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.namespace')),
                ('erasure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='barred', to='customers.erasure')),
            ],
            options={
                'verbose_name': 'barred identity',
                'verbose_name_plural': 'barred identities',
            },
        ),
    ]
