"""Calls of other systems are made at once; this look finds those that are to be tried again."""

from typing import Any

from django.db import migrations

from config import schedule
from config.routing import DEFAULT_QUEUE

PERIODIC: dict[str, Any] = {
    "name": "Webhooks: call what is due",
    "task": "journeys.webhooks.call",
    "every_seconds": 5,
    "description": "Makes the calls of journeys to other systems, and tries failed ones again.",
}


def register(apps, schema_editor):
    schedule.register_periodic(apps, queue=DEFAULT_QUEUE, **PERIODIC)


def unregister(apps, schema_editor):
    schedule.unregister_periodic(apps, name=PERIODIC["name"])


class Migration(migrations.Migration):
    dependencies = [("journeys", "0011_entries_answers_and_webhooks"), schedule.DEPENDENCY]

    operations = [migrations.RunPython(register, unregister)]
