"""The admin of floor 3."""

from journeys.admin import enrollments, entries, history, journeys, watch, webhooks

__all__ = ["enrollments", "entries", "history", "journeys", "watch", "webhooks"]
