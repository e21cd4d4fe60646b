"""Kept sets of customers as bits, and the periodic work that follows changes."""

from pathlib import Path

from django.db import migrations, models

from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

SQL = Path(__file__).resolve().parents[1] / "sql" / "bits.sql"
UNDO = """
DROP TRIGGER customers_bits_changed ON customers_customer;
DROP TRIGGER customers_bits_came ON customers_customer;
DROP FUNCTION customers_bits_of_customer, customers_bits_of_new_customers;
DROP FUNCTION customers_bits_of_rows CASCADE;
DROP FUNCTION customers_bit_places;
DROP TABLE customers_bitchunk, customers_bitchange, customers_bitdue, customers_bitclock;
"""
FOLLOW = "Follow changes of customers"
UPKEEP = "Compare kept sets with the truth"


def add(apps, schema_editor):
    register_periodic(
        apps,
        name=FOLLOW,
        task="customers.bits.follow",
        queue="audience",
        description="Brings the kept sets of customers up to date, so that counts stay fast.",
        every_seconds=2,
    )
    register_periodic(
        apps,
        name=UPKEEP,
        task="customers.bits.upkeep",
        queue="audience",
        description="Compares the kept sets with the base tables, repairs them, drops unused ones.",
        crontab="27 2 * * *",
    )


def remove(apps, schema_editor):
    unregister_periodic(apps, name=FOLLOW)
    unregister_periodic(apps, name=UPKEEP)


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0020_tag_evaluation'),
        DEPENDENCY,
    ]

    operations = [
        migrations.CreateModel(
            name='BitSet',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=400, unique=True, verbose_name='key')),
                ('definition', models.JSONField(verbose_name='definition')),
                ('kind', models.CharField(max_length=12, verbose_name='kind')),
                ('ref', models.CharField(max_length=200, verbose_name='of')),
                ('state', models.CharField(choices=[('building', 'being built'), ('ready', 'ready')], default='building', max_length=8, verbose_name='state')),
                ('made_at', models.DateTimeField(verbose_name='made')),
                ('safe_after', models.BigIntegerField(blank=True, null=True, verbose_name='safe after transaction')),
                ('built_at', models.DateTimeField(blank=True, null=True, verbose_name='built')),
                ('used_at', models.DateTimeField(verbose_name='last used')),
                ('checked_at', models.DateTimeField(blank=True, null=True, verbose_name='last compared')),
                ('drift', models.PositiveIntegerField(default=0, verbose_name='differences found')),
            ],
            options={
                'verbose_name': 'kept set',
                'verbose_name_plural': 'kept sets',
                'ordering': ['key'],
                'indexes': [models.Index(fields=['kind', 'ref'], name='bitset_by_source')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['building', 'ready'])), name='bitset_state_known')],
            },
        ),
        migrations.RunSQL(SQL.read_text(), UNDO),
        migrations.RunPython(add, remove),
    ]
