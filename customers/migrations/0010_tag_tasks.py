"""The periodic work of tags: what is due is refreshed, what is not valid any more goes."""

import django.db.models.deletion
from django.db import migrations, models

from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

LOOK = "Refresh tags"
FORGET = "Forget old refreshes of tags"


def add(apps, schema_editor):
    register_periodic(
        apps,
        name=LOOK,
        task="customers.tags.look",
        queue="audience",
        description="Refreshes tags on schedule and after events; takes what is not valid any more.",
        every_seconds=15,
    )
    register_periodic(
        apps,
        name=FORGET,
        task="customers.tags.forget",
        queue="default",
        description="Removes old lines of the log of refreshes.",
        crontab="47 3 * * *",
    )


def remove(apps, schema_editor):
    unregister_periodic(apps, name=LOOK)
    unregister_periodic(apps, name=FORGET)


class Migration(migrations.Migration):
    dependencies = [("customers", "0009_names"), DEPENDENCY]

    operations = [
        migrations.AlterField(
            model_name="tagdirty",
            name="tag",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="customers.tag",
            ),
        ),
        migrations.RunPython(add, remove),
    ]
