"""What a brand calls an order."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0018_bulk'),
    ]

    operations = [
        migrations.AddField(
            model_name='brand',
            name='order_amount',
            field=models.CharField(default='amount', max_length=120, verbose_name='property with its amount'),
        ),
        migrations.AddField(
            model_name='brand',
            name='order_event',
            field=models.CharField(default='order_paid', help_text='The name of the event by which an order is counted.', max_length=120, verbose_name='event of an order'),
        ),
    ]
