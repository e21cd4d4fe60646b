"""Imports as pages show them: how much has arrived, how fast they go, what they merged."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

NAME = "Tidy imports"


def add(apps, schema_editor):
    register_periodic(
        apps,
        name=NAME,
        task="customers.imports.tidy",
        queue="default",
        description="Removes drafts of imports after a week, and files of stopped ones after a month.",
        crontab="41 3 * * *",
    )


def remove(apps, schema_editor):
    unregister_periodic(apps, name=NAME)


class Migration(migrations.Migration):

    dependencies = [
        ('customers', "0010_tag_tasks"),
        DEPENDENCY,
    ]

    operations = [
        migrations.AddField(
            model_name='import',
            name='clashes',
            field=models.PositiveBigIntegerField(default=0, verbose_name='pairs to decide'),
        ),
        migrations.AddField(
            model_name='import',
            name='lines',
            field=models.PositiveBigIntegerField(default=0, verbose_name='lines of the file, about'),
        ),
        migrations.AddField(
            model_name='import',
            name='merged',
            field=models.PositiveBigIntegerField(default=0, verbose_name='merged customers'),
        ),
        migrations.AddField(
            model_name='import',
            name='received',
            field=models.PositiveBigIntegerField(default=0, verbose_name='bytes that have arrived'),
        ),
        migrations.AddField(
            model_name='import',
            name='resumed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='last resumed'),
        ),
        migrations.AddField(
            model_name='import',
            name='resumed_position',
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='import',
            name='size',
            field=models.PositiveBigIntegerField(default=0, verbose_name='size in bytes'),
        ),
        migrations.AddField(
            model_name='rememberedmapping',
            name='header',
            field=models.JSONField(default=list, verbose_name='columns'),
        ),
        migrations.AlterField(
            model_name='import',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='brought by'),
        ),
        migrations.AlterField(
            model_name='import',
            name='digest',
            field=models.CharField(blank=True, max_length=64, verbose_name='digest'),
        ),
        migrations.RunPython(add, remove),
    ]
