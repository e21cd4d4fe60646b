"""Moves of people are woken when they begin; this look goes on with what lost its worker."""

from typing import Any

from django.db import migrations

from config import schedule
from config.routing import ENGINE

PERIODIC: list[dict[str, Any]] = [
    {
        "name": "Engine: go on with moves of people",
        "task": "journeys.tasks.move",
        "every_seconds": 15,
        "description": "Moves people to a new version, on, or out, bucket by bucket.",
    },
    {
        "name": "Engine: watchdog",
        "task": "journeys.tasks.watch",
        "every_seconds": 60,
        "description": "Finds walks that can't go on, and ends journeys whose time is over.",
    },
]


def register(apps, schema_editor):
    for each in PERIODIC:
        schedule.register_periodic(apps, queue=ENGINE, **each)


def unregister(apps, schema_editor):
    for each in PERIODIC:
        schedule.unregister_periodic(apps, name=each["name"])


class Migration(migrations.Migration):
    dependencies = [("journeys", "0006_people_who_are_moved"), schedule.DEPENDENCY]

    operations = [migrations.RunPython(register, unregister)]
