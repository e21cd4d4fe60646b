"""Pieces of text that contents include."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0017_pauses'),
        ('customers', '0037_sightings'),
    ]

    operations = [
        migrations.CreateModel(
            name='ContentBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(help_text='How texts name it: {% include "footer" %}.', max_length=40, validators=[django.core.validators.RegexValidator('^[a-z][a-z0-9_]{0,39}$', 'Use up to 40 small letters, digits and underscores, beginning with a letter.')], verbose_name='code')),
                ('language', models.CharField(blank=True, choices=[('en', 'English'), ('zh-hans', 'Simplified Chinese')], help_text='Empty: for every language that has none of its own.', max_length=12, verbose_name='language')),
                ('source', models.TextField(help_text='Words, HTML, MJML or Liquid, as the texts that include it are written.', max_length=50000, verbose_name='text')),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blocks', to='customers.brand')),
            ],
            options={
                'verbose_name': 'block',
                'verbose_name_plural': 'blocks',
                'ordering': ['code', 'language'],
                'constraints': [models.UniqueConstraint(fields=('brand', 'code', 'language'), name='contentblock_once')],
            },
        ),
    ]
