from importlib.resources import files

from django.db import migrations


def install_pgmq(apps, schema_editor):
    """The script is not idempotent, and a server may already have the real extension."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('pgmq') IS NULL")
        if cursor.fetchone()[0]:
            script = files("pgmq").joinpath("sql", "pgmq.sql").read_text(encoding="utf-8")
            # Without parameters the % signs of the script stay as they are.
            cursor.execute(script)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    # Going back leaves the queues: they may hold work, and may not be ours.
    operations = [migrations.RunPython(install_pgmq, migrations.RunPython.noop)]
