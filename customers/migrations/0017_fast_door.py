"""The door writes identities without looking up namespace and source row by row, and finds room
beside a customer's row for the next time she is seen."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0016_identity_rules")]

    operations = [
        migrations.AlterField(
            "identity",
            "namespace",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.namespace",
            ),
        ),
        migrations.AlterField(
            "identity",
            "source",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.source",
            ),
        ),
        # Who is seen again gets a new row version on the same page: no index is touched.
        migrations.RunSQL(
            "ALTER TABLE customers_customer SET (fillfactor = 90)",
            "ALTER TABLE customers_customer RESET (fillfactor)",
        ),
    ]
