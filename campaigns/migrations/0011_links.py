"""Following links: what a brand wants, short links, and their tidying."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from config import schedule
from config.routing import SENDING

TIDY = "Outbox: drop short links that nobody sends any more"


def register(apps, schema_editor):
    schedule.register_periodic(
        apps,
        name=TIDY,
        task="campaigns.tasks.tidy",
        queue=SENDING,
        crontab="35 3 * * *",
        description="A short link is kept for 400 days after it was last written into a message.",
    )


def unregister(apps, schema_editor):
    schedule.unregister_periodic(apps, name=TIDY)


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0010_sums_of_verdicts'),
        ('customers', '0035_bit_changes_in_parts'),
        schedule.DEPENDENCY,
    ]

    operations = [
        migrations.CreateModel(
            name='BrandSending',
            fields=[
                ('brand', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='sending', serialize=False, to='customers.brand')),
                ('tracks_clicks', models.BooleanField(default=True, help_text='Links lead over this server, which notes the click and sends on at once.', verbose_name='follow clicks')),
                ('tracks_opens', models.BooleanField(default=True, help_text='An e-mail has a picture of one point, which is fetched when it is read.', verbose_name='follow opens')),
                ('adds_utm', models.BooleanField(default=True, help_text="So that the shop's own statistics know where a visit comes from.", verbose_name='add UTM parameters')),
                ('utm_source', models.CharField(blank=True, help_text='Empty: the code of the brand.', max_length=80, validators=[django.core.validators.RegexValidator('^[^\\s&=?#%\\x00-\\x1f]*$', 'Leave out blanks and the signs & = ? # %.')], verbose_name='UTM source')),
                ('utm_medium', models.CharField(blank=True, help_text='Empty: the channel, such as email or sms.', max_length=80, validators=[django.core.validators.RegexValidator('^[^\\s&=?#%\\x00-\\x1f]*$', 'Leave out blanks and the signs & = ? # %.')], verbose_name='UTM medium')),
                ('utm_campaign', models.CharField(blank=True, help_text='Empty: what the campaign says or its code, else the code of the content.', max_length=80, validators=[django.core.validators.RegexValidator('^[^\\s&=?#%\\x00-\\x1f]*$', 'Leave out blanks and the signs & = ? # %.')], verbose_name='UTM campaign')),
            ],
            options={
                'verbose_name': 'links and sending of a brand',
                'verbose_name_plural': 'links and sending of brands',
                'ordering': ['brand__name'],
            },
        ),
        migrations.CreateModel(
            name='ShortLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.UUIDField(unique=True, verbose_name='digest')),
                ('url', models.TextField(verbose_name='address')),
                ('used_on', models.DateField(db_index=True, verbose_name='last used')),
            ],
            options={
                'verbose_name': 'short link',
                'verbose_name_plural': 'short links',
            },
        ),
        migrations.AddField(
            model_name='campaign',
            name='utm_campaign',
            field=models.CharField(blank=True, help_text='Written into the links of its messages. Empty: the code.', max_length=80, validators=[django.core.validators.RegexValidator('^[^\\s&=?#%\\x00-\\x1f]*$', 'Leave out blanks and the signs & = ? # %.')], verbose_name='UTM campaign'),
        ),
        migrations.RunPython(register, unregister),
    ]
