"""The admin of floor 3."""

from journeys.admin import enrollments, history, journeys, watch

__all__ = ["enrollments", "history", "journeys", "watch"]
