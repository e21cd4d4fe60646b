"""How segments are kept up to date: live or on a schedule, and what the last build looked at."""

from django.db import migrations, models

from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

LIVE = "Follow live segments"


def add(apps, schema_editor):
    register_periodic(
        apps,
        name=LIVE,
        task="customers.segments.live",
        queue="audience",
        description="Brings the segments that are kept live up to date.",
        every_seconds=10,
    )


def remove(apps, schema_editor):
    unregister_periodic(apps, name=LIVE)


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0023_bit_spans'),
        DEPENDENCY,
    ]

    operations = [
        migrations.AddField(
            model_name='segment',
            name='build_scope',
            field=models.CharField(choices=[('full', 'everybody'), ('changed', 'only what changed')], default='full', max_length=7, verbose_name='last build looked at'),
        ),
        migrations.AddField(
            model_name='segment',
            name='entered',
            field=models.PositiveBigIntegerField(default=0, verbose_name='came with the last change'),
        ),
        migrations.AddField(
            model_name='segment',
            name='full_built_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='last built from everybody'),
        ),
        migrations.AddField(
            model_name='segment',
            name='is_live',
            field=models.BooleanField(default=False, help_text='Members follow changes within seconds, where the rule allows it.', verbose_name='kept live'),
        ),
        migrations.AddField(
            model_name='segment',
            name='left',
            field=models.PositiveBigIntegerField(default=0, verbose_name='went with the last change'),
        ),
        migrations.AddConstraint(
            model_name='segment',
            constraint=models.CheckConstraint(condition=models.Q(('build_scope__in', ['full', 'changed'])), name='segment_build_scope_known'),
        ),
        migrations.RunPython(add, remove),
    ]
