"""The admin of floor 3."""

from journeys.admin import enrollments, history, journeys

__all__ = ["enrollments", "history", "journeys"]
