"""When a customer was last seen stands beside her row: events move it, and nothing else of her."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql" / "sightings.sql"
UNDO = """
UPDATE customers_customer c SET last_seen_at = s.at
FROM customers_sighting s WHERE s.customer_id = c.id AND s.at IS NOT NULL;
DROP TRIGGER customers_sighting_came ON customers_customer;
DROP TRIGGER customers_sighting_went ON customers_customer;
DROP FUNCTION customers_sightings_of_new, customers_sightings_of_gone;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0036_consents_that_wait")]

    operations = [
        migrations.CreateModel(
            name="Sighting",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="sighting",
                        serialize=False,
                        to="customers.customer",
                    ),
                ),
                ("at", models.DateTimeField(blank=True, null=True, verbose_name="last seen")),
            ],
            options={"verbose_name": "sighting", "verbose_name_plural": "sightings"},
        ),
        migrations.RunSQL(SQL.read_text(), UNDO),
        migrations.RemoveField(model_name="customer", name="last_seen_at"),
    ]
