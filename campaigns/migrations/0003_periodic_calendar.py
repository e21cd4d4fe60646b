"""Campaigns follow the calendar: planned, running, ended."""

from typing import Any

from django.db import migrations

from config import schedule
from config.routing import SENDING

PERIODIC: dict[str, Any] = {
    "name": "Campaigns: follow the calendar",
    "task": "campaigns.tasks.follow",
    "every_seconds": 60,
    "description": "Turns campaigns whose period begins or ends.",
}


def register(apps, schema_editor):
    schedule.register_periodic(apps, queue=SENDING, **PERIODIC)


def unregister(apps, schema_editor):
    schedule.unregister_periodic(apps, name=PERIODIC["name"])


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_campaign_costs_and_approvals"), schedule.DEPENDENCY]

    operations = [migrations.RunPython(register, unregister)]
