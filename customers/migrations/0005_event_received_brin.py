"""The live view asks for what arrived just now; a BRIN index answers it and costs nearly nothing."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_schedule")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX customers_event_received ON customers_event"
            " USING brin (received_at) WITH (pages_per_range = 32)",
            "DROP INDEX customers_event_received",
        )
    ]
