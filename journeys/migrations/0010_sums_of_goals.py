"""Sums of walks that reached their goal, per hour, for those of the time before they were kept."""

from django.db import migrations

COUNT = """
INSERT INTO journeys_nodecount AS c (version_id, node, outcome, hour, n)
SELECT version_id, '', 'goal', date_trunc('hour', goal_at, 'UTC'), count(*)
FROM journeys_enrollment WHERE goal_at IS NOT NULL GROUP BY 1, 4
UNION ALL
SELECT version_id, '', 'goal_of_entry', date_trunc('hour', entered_at, 'UTC'), count(*)
FROM journeys_enrollment WHERE goal_at IS NOT NULL GROUP BY 1, 4
ON CONFLICT (version_id, node, outcome, hour) DO NOTHING
"""
FORGET = "DELETE FROM journeys_nodecount WHERE node = ''"


class Migration(migrations.Migration):
    dependencies = [("journeys", "0009_partitions_made_at_once")]

    operations = [migrations.RunSQL(COUNT, FORGET)]
