"""Changes that kept sets have to follow: a row for each chunk and statement, not for each customer."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql" / "bit_changes.sql"


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0034_event_partitions_made_at_once'),
    ]

    operations = [
        migrations.RunSQL(SQL.read_text(), migrations.RunSQL.noop),
    ]
