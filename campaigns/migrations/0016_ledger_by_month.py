"""The decisions of the gate in months, and the clock of their cleaning."""

from pathlib import Path
from typing import Any

from django.db import migrations

from config import schedule
from config.routing import DEFAULT_QUEUE

SQL = Path(__file__).resolve().parents[1] / "sql"
CLEANING: dict[str, Any] = {
    "name": "Gate: forget old decisions",
    "task": "campaigns.tasks.clean",
    "queue": DEFAULT_QUEUE,
    "every_seconds": 3600,
    "description": "Drops months of decisions that are older than they are kept.",
}


def register(apps, schema_editor):
    schedule.register_periodic(apps, **CLEANING)


def unregister(apps, schema_editor):
    schedule.unregister_periodic(apps, name=CLEANING["name"])


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0015_policies_and_arbitration"), schedule.DEPENDENCY]

    operations = [
        migrations.RunSQL((SQL / "ledger.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunPython(register, unregister),
    ]
