"""Room for updates inside the page, and the buckets that workers of the engine lease."""

from django.db import migrations

STORAGE = """
ALTER TABLE journeys_enrollment SET (fillfactor = 60);
ALTER TABLE journeys_timer SET (autovacuum_vacuum_scale_factor = 0.02);
INSERT INTO journeys_bucket (id) SELECT generate_series(0, 255);
"""
BACK = """
ALTER TABLE journeys_enrollment RESET (fillfactor);
ALTER TABLE journeys_timer RESET (autovacuum_vacuum_scale_factor);
DELETE FROM journeys_bucket;
"""


class Migration(migrations.Migration):
    dependencies = [("journeys", "0001_initial")]

    operations = [migrations.RunSQL(STORAGE, BACK)]
