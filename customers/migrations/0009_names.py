"""Keys by which names are found, and who writes them behind the names."""

from pathlib import Path

from django.db import migrations, models

from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

SQL = Path(__file__).resolve().parents[1] / "sql" / "names.sql"
NAME = "Read new names"
BACK = """
DROP INDEX identity_phone_end;
DROP TRIGGER customers_name_came ON customers_customer;
DROP TRIGGER customers_name_changed ON customers_customer;
DROP TRIGGER customers_name_went ON customers_customer;
DROP FUNCTION customers_note_name;
DROP FUNCTION customers_forget_names;
"""


def add(apps, schema_editor):
    register_periodic(
        apps,
        name=NAME,
        task="customers.names.catch_up",
        queue="default",
        description="Makes new names findable by pinyin and by their parts.",
        every_seconds=5,
    )


def remove(apps, schema_editor):
    unregister_periodic(apps, name=NAME)


class Migration(migrations.Migration):

    dependencies = [('customers', '0008_tags'), DEPENDENCY]

    operations = [
        migrations.CreateModel(
            name='NameToKey',
            fields=[
                ('customer_id', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='customer')),
            ],
            options={
                'verbose_name': 'name without keys',
                'verbose_name_plural': 'names without keys',
            },
        ),
        migrations.CreateModel(
            name='NameKey',
            fields=[
                ('pk', models.CompositePrimaryKey('customer_id', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('customer_id', models.BigIntegerField(verbose_name='customer')),
                ('key', models.CharField(db_collation='C', max_length=80, verbose_name='key')),
                ('spelled', models.CharField(blank=True, db_collation='C', max_length=160, verbose_name='syllables')),
                ('place', models.CharField(blank=True, db_collation='C', max_length=160, verbose_name='place in order')),
            ],
            options={
                'verbose_name': 'key of a name',
                'verbose_name_plural': 'keys of names',
                'indexes': [models.Index(fields=['key', 'customer_id'], name='namekey_by_key'), models.Index(condition=models.Q(('place', ''), _negated=True), fields=['place', 'customer_id'], name='namekey_in_order')],
            },
        ),
        migrations.RunSQL(SQL.read_text(), BACK),
        migrations.RunSQL(
            "INSERT INTO customers_nametokey SELECT id FROM customers_customer WHERE display_name <> ''",
            migrations.RunSQL.noop,
        ),
        migrations.RunPython(add, remove),
    ]
