"""The ground's only table."""

from django.db import models


class Heartbeat(models.Model):
    """When a recurring work was last seen alive; one row for each name."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField()
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "config_heartbeat"

    def __str__(self) -> str:
        return self.name
