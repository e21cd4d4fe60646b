"""Changes that were followed while a set was being built: that set hears of them at its end."""

from django.db import migrations

FORWARD = """
CREATE TABLE customers_bitlate (
    kind text NOT NULL,
    ref text NOT NULL,
    customer_id bigint NOT NULL
);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0024_segment_refresh'),
    ]

    operations = [
        migrations.RunSQL(FORWARD, "DROP TABLE customers_bitlate;"),
    ]
