"""The few consents that wait for a confirmation are found at once."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0035_bit_changes_in_parts'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='consent',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['brand', 'since'], name='consent_pending'),
        ),
    ]
