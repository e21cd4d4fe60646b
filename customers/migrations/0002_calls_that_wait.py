"""Calls of SDKs that came while the database was away are looked for once a minute."""

from django.db import migrations

from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

NAME = "Take in calls that wait on disk"


def add(apps, schema_editor):
    register_periodic(
        apps,
        name=NAME,
        task="customers.interop.drain",
        queue="default",
        description="Messages of other systems' SDKs that came while the database was away.",
        every_seconds=60,
    )


def remove(apps, schema_editor):
    unregister_periodic(apps, name=NAME)


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_start"), DEPENDENCY]

    operations = [migrations.RunPython(add, remove)]
