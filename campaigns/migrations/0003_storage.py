"""Room for updates inside the page, and the buckets that workers of the gate lease."""

from django.db import migrations

STORAGE = """
ALTER TABLE campaigns_candidate SET (fillfactor = 70);
ALTER TABLE campaigns_message SET (fillfactor = 70);
INSERT INTO campaigns_bucket (id) SELECT generate_series(0, 255);
"""
BACK = """
ALTER TABLE campaigns_candidate RESET (fillfactor);
ALTER TABLE campaigns_message RESET (fillfactor);
DELETE FROM campaigns_bucket;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]

    operations = [migrations.RunSQL(STORAGE, BACK)]
