"""The clock of gate and outbox. Work wakes them at once; these looks find what a wake-up missed."""

from typing import Any

from django.db import migrations

from config import schedule
from config.routing import SENDING

PERIODIC: list[dict[str, Any]] = [
    {
        "name": "Gate: decide what is due",
        "task": "campaigns.tasks.gate",
        "every_seconds": 1,
        "description": "Decides the messages that journeys want to send.",
    },
    {
        "name": "Outbox: hand over what is due",
        "task": "campaigns.tasks.dispatch",
        "every_seconds": 1,
        "description": "Hands accepted messages over to the channels.",
    },
    {
        "name": "Outbox: settle what was interrupted",
        "task": "campaigns.tasks.settle",
        "every_seconds": 60,
        "description": "Finds messages whose hand-over was cut off, and says that they are uncertain.",
    },
]


def register(apps, schema_editor):
    for each in PERIODIC:
        schedule.register_periodic(apps, queue=SENDING, **each)


def unregister(apps, schema_editor):
    for each in PERIODIC:
        schedule.unregister_periodic(apps, name=each["name"])


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_recorded_messages_and_pacing"), schedule.DEPENDENCY]

    operations = [migrations.RunPython(register, unregister)]
