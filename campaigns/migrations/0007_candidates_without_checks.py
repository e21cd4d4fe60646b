"""What a candidate refers to is read in the statement that writes it; checking it once more cost as
much as writing it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0006_counts_of_campaigns"),
        ("customers", "0029_segment_editing"),
    ]

    operations = [
        migrations.AlterField(
            model_name="candidate",
            name="brand",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="customers.brand",
            ),
        ),
        migrations.AlterField(
            model_name="candidate",
            name="campaign",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="campaigns.campaign",
            ),
        ),
        migrations.AlterField(
            model_name="candidate",
            name="content",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="campaigns.content",
            ),
        ),
        migrations.AlterField(
            model_name="candidate",
            name="customer",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="candidates",
                to="customers.customer",
            ),
        ),
    ]
