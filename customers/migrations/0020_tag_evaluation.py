"""Every night all tags are evaluated, by weights that an admin may change."""

from django.db import migrations

from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

EVALUATE = "Evaluate tags"


def add(apps, schema_editor):
    apps.get_model("customers", "TagSettings").objects.get_or_create(pk=1)
    register_periodic(
        apps,
        name=EVALUATE,
        task="customers.tags.evaluate",
        queue="audience",
        description="Works out what each tag is worth: coverage, use, accuracy, marketing success.",
        crontab="20 19 * * *",
    )


def remove(apps, schema_editor):
    unregister_periodic(apps, name=EVALUATE)


class Migration(migrations.Migration):
    dependencies = [("customers", "0019_orders_of_brands"), DEPENDENCY]

    operations = [migrations.RunPython(add, remove)]
