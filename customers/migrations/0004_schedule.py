"""The periodic work of this floor: segments are rebuilt when they are due, old keys go."""

from django.db import migrations

from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

SEGMENTS = "Refresh segments"
KEYS = "Forget old idempotency keys"


def add(apps, schema_editor):
    register_periodic(
        apps,
        name=SEGMENTS,
        task="customers.segments.refresh",
        queue="audience",
        description="Rebuilds the segments whose time has come.",
        every_seconds=60,
    )
    register_periodic(
        apps,
        name=KEYS,
        task="customers.ingest.forget_keys",
        queue="default",
        description="Removes idempotency keys that are older than 30 days.",
        crontab="17 3 * * *",
    )


def remove(apps, schema_editor):
    unregister_periodic(apps, name=SEGMENTS)
    unregister_periodic(apps, name=KEYS)


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_namespaces"), DEPENDENCY]

    operations = [migrations.RunPython(add, remove)]
