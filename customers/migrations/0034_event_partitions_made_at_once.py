"""Two who need the same month of events at the same moment: the second one finds it made."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("customers", "0033_room_beside_customers")]

    operations = [
        migrations.RunSQL((SQL / "ensure_events.sql").read_text(), migrations.RunSQL.noop)
    ]
