"""Days and measures of tags, what their evaluation goes by, and the work that keeps them."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from config.schedule import DEPENDENCY, register_periodic, unregister_periodic

COUNT = "Count tags"


def add(apps, schema_editor):
    register_periodic(
        apps,
        name=COUNT,
        task="customers.tags.count",
        queue="audience",
        description="Counts who has which tag, writes the day of each, and flags stale and unused ones.",
        every_seconds=3600,
    )


def remove(apps, schema_editor):
    unregister_periodic(apps, name=COUNT)


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0014_erasures"),
        DEPENDENCY,
    ]

    operations = [
        migrations.CreateModel(
            name='TagDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('value', models.CharField(max_length=160, null=True, verbose_name='value')),
                ('customers', models.PositiveBigIntegerField(verbose_name='customers')),
                ('came', models.PositiveBigIntegerField(default=0, verbose_name='came')),
                ('went', models.PositiveBigIntegerField(default=0, verbose_name='went')),
                ('tag', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='days', to='customers.tag')),
            ],
            options={
                'verbose_name': 'day of a tag',
                'verbose_name_plural': 'days of tags',
                'constraints': [models.UniqueConstraint(fields=('tag', 'day', 'value'), name='tagday_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='TagSample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.CharField(blank=True, max_length=160, verbose_name='value')),
                ('seed', models.BigIntegerField(verbose_name='seed')),
                ('population', models.PositiveBigIntegerField(verbose_name='drawn from')),
                ('drawn_at', models.DateTimeField(verbose_name='drawn')),
                ('drawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tag', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='samples', to='customers.tag')),
            ],
            options={
                'verbose_name': 'checked sample',
                'verbose_name_plural': 'checked samples',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='TagMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveIntegerField(verbose_name='place')),
                ('value', models.CharField(max_length=160, verbose_name='value')),
                ('verdict', models.CharField(blank=True, choices=[('right', 'right'), ('wrong', 'wrong'), ('unsure', "can't tell")], max_length=6, verbose_name='verdict')),
                ('marked_at', models.DateTimeField(blank=True, null=True, verbose_name='marked')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer')),
                ('marked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sample', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='marks', to='customers.tagsample')),
            ],
            options={
                'verbose_name': 'mark of a sample',
                'verbose_name_plural': 'marks of samples',
                'ordering': ['place'],
                'constraints': [models.UniqueConstraint(fields=('sample', 'place'), name='tagmark_once'), models.CheckConstraint(condition=models.Q(('verdict', ''), ('verdict__in', ['right', 'wrong', 'unsure']), _connector='OR'), name='tagmark_known')],
            },
        ),
        migrations.CreateModel(
            name='TagMeasure',
            fields=[
                ('tag', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='measure', serialize=False, to='customers.tag')),
                ('counted_at', models.DateTimeField(verbose_name='counted')),
                ('customers', models.PositiveBigIntegerField(default=0, verbose_name='customers')),
                ('values', models.PositiveBigIntegerField(default=0, verbose_name='different values')),
                ('bins', models.JSONField(blank=True, default=list, verbose_name='spread')),
                ('changed_at', models.DateTimeField(blank=True, null=True, verbose_name='last change')),
                ('uses', models.PositiveIntegerField(default=0, verbose_name='uses')),
                ('stale', models.CharField(blank=True, choices=[('late', 'not refreshed in time'), ('still', 'unchanged while events came in')], max_length=5, verbose_name='stale')),
                ('is_unused', models.BooleanField(default=False, verbose_name='unused')),
                ('problem', models.CharField(blank=True, max_length=400, verbose_name='problem')),
                ('evaluated_at', models.DateTimeField(blank=True, null=True, verbose_name='evaluated')),
                ('score', models.FloatField(blank=True, null=True, verbose_name='score')),
                ('parts', models.JSONField(blank=True, default=dict, verbose_name='parts')),
            ],
            options={
                'verbose_name': 'measure of a tag',
                'verbose_name_plural': 'measures of tags',
                'constraints': [models.CheckConstraint(condition=models.Q(('stale', ''), ('stale__in', ['late', 'still']), _connector='OR'), name='tagmeasure_stale_known'), models.CheckConstraint(condition=models.Q(('score__isnull', True), ('score__range', (0, 100)), _connector='OR'), name='tagmeasure_score_range')],
            },
        ),
        migrations.CreateModel(
            name='TagOutcome',
            fields=[
                ('tag', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='outcome', serialize=False, to='customers.tag')),
                ('value', models.CharField(blank=True, max_length=160, verbose_name='value')),
                ('expects', models.CharField(choices=[('more', 'more often'), ('less', 'less often')], default='more', max_length=4, verbose_name='is done')),
                ('days', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)], verbose_name='within days')),
                ('event_type', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.eventtype', verbose_name='event')),
            ],
            options={
                'verbose_name': 'outcome of a tag',
                'verbose_name_plural': 'outcomes of tags',
                'constraints': [models.CheckConstraint(condition=models.Q(('expects__in', ['more', 'less'])), name='tagoutcome_expects_known'), models.CheckConstraint(condition=models.Q(('days__range', (1, 365))), name='tagoutcome_days_range')],
            },
        ),
        migrations.CreateModel(
            name='TagSettings',
            fields=[
                ('id', models.SmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('coverage', models.PositiveSmallIntegerField(default=20, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='coverage')),
                ('use', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='use')),
                ('accuracy', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='accuracy')),
                ('success', models.PositiveSmallIntegerField(default=20, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='marketing success')),
                ('stale_days', models.PositiveSmallIntegerField(default=30, help_text='A tag whose values did not change for so long, while events came in.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)], verbose_name='stale after days')),
                ('unused_days', models.PositiveSmallIntegerField(default=30, help_text='A tag that is at least so old and that nothing reads.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)], verbose_name='unused after days')),
            ],
            options={
                'verbose_name': 'how tags are judged',
                'verbose_name_plural': 'how tags are judged',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='tagsettings_one_row'), models.CheckConstraint(condition=models.Q(('accuracy__lte', 100), ('coverage__lte', 100), ('success__lte', 100), ('use__lte', 100)), name='tagsettings_weights_range'), models.CheckConstraint(condition=models.Q(('stale_days__range', (1, 365)), ('unused_days__range', (1, 365))), name='tagsettings_days_range')],
            },
        ),
        migrations.AddIndex(
            model_name='tagchange',
            index=models.Index(fields=['tag', 'at'], name='tagchange_by_tag'),
        ),
        migrations.RunPython(add, remove),
    ]
