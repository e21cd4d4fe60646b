"""The partitioned table of events, and an audit log that can't be rewritten."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "events.sql").read_text(),
            "DROP TABLE customers_event CASCADE; DROP FUNCTION customers_ensure_event_partitions",
        ),
        migrations.RunSQL(
            (SQL / "audit.sql").read_text(),
            "DROP TRIGGER customers_audit_is_final ON customers_auditentry;"
            "DROP FUNCTION customers_audit_is_final",
        ),
    ]
