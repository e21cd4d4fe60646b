"""The clock of the engine. Events and publishing wake it at once; these looks find the rest."""

from typing import Any

from django.db import migrations

from config import schedule
from config.routing import ENGINE

PERIODIC: list[dict[str, Any]] = [
    {
        "name": "Engine: move whoever is due",
        "task": "journeys.tasks.tick",
        "every_seconds": 1,
        "description": "Walks the customers of all running journeys on, in batches.",
    },
    {
        "name": "Engine: forget what nobody waits for",
        "task": "journeys.tasks.clean",
        "crontab": "20 3 * * *",
        "description": "Deletes listeners whose time is over and whose walk has ended.",
    },
]


def register(apps, schema_editor):
    for each in PERIODIC:
        schedule.register_periodic(apps, queue=ENGINE, **each)


def unregister(apps, schema_editor):
    for each in PERIODIC:
        schedule.unregister_periodic(apps, name=each["name"])


class Migration(migrations.Migration):
    dependencies = [("journeys", "0003_held_timers_and_audience_entries"), schedule.DEPENDENCY]

    operations = [migrations.RunPython(register, unregister)]
