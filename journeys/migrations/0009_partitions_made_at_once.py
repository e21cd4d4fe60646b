"""Two who need the same month of history at the same moment: the second one finds it made."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("journeys", "0008_history_by_stretch")]

    operations = [
        migrations.RunSQL((SQL / "ensure_history.sql").read_text(), migrations.RunSQL.noop)
    ]
